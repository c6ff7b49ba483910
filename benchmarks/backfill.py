"""`python -m benchmarks backfill`: 1,000,000 purchases from a file, planned and sent by the command.

Each line of the file has 1.7 KB. The server is a null server without a limit, in its own process. The table has the
wall time and the peak memory of the command's process. It also has them for a tenth of the file, to show what grows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.common import Result, lines, null_server

COUNTS = (100_000, 1_000_000)


def _run(*arguments: str) -> tuple[float, float, dict[str, object]]:
    """Run the command. Return its seconds, its peak MB and its JSON output."""
    environment = os.environ | {"WOOWUP_API_KEY": "benchmark"}
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "woowup_async", *arguments, "--json"], stdout=said, env=environment,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        assert process.returncode == 0, arguments
        said.seek(0)
        return seconds, used.ru_maxrss / 1024, json.load(said)


def main() -> None:
    """Measure, print, save."""
    result = Result(
        "backfill", "A million purchases, planned and sent by the command", head=("purchases", "what", "s", "peak MB")
    )
    result.notes.append("1.7 KB a purchase, JSON Lines; null server on loopback without a limit.")
    peaks: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as folder, null_server() as url:
        for count in COUNTS:
            file = Path(folder) / f"{count}.jsonl"
            with file.open("wb") as written:
                written.writelines(line + b"\n" for line in lines(count))
            journal = str(Path(folder) / f"{count}.journal")
            send = ("backfill", "--purchases", str(file), "--base-url", f"{url}/apiv3", "--rate-limit", "1000000")
            for what, arguments in {
                "plan": ("plan", "--purchases", str(file)),
                "backfill": send,
                "backfill with a journal": (*send, "--journal", journal),
            }.items():
                seconds, peak, output = _run(*arguments)
                counted = output["purchases"]
                assert isinstance(counted, dict)
                assert counted["submitted"] == count
                peaks[what, count] = peak
                result.rows.append((f"{count:,}", what, f"{seconds:.1f}", f"{peak:.0f}"))
                if (what, count) == ("plan", COUNTS[-1]):
                    result.bar("plan, seconds", seconds, "≤", 60)
                    result.bar("plan, peak MB", peak, "≤", 150)
            file.unlink()
    result.bar(
        "backfill, MB more for ten times the purchases",
        peaks["backfill", COUNTS[1]] - peaks["backfill", COUNTS[0]],
        "≤",
        10,
    )
    result.save()


if __name__ == "__main__":
    main()
