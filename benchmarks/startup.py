"""`python -m benchmarks startup`: time to import the library and to show the help, compared with its dependencies."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.common import Result, interleaved

ROUNDS = 21
_PROGRAMS = {
    "python alone": ("-c", "pass"),
    "aiohttp and msgspec": ("-c", "import aiohttp, msgspec"),
    "aiohttp, msgspec, anyio and aiolimiter": ("-c", "import aiohttp, msgspec, anyio, aiolimiter"),
    "from woowup_async import WoowUp": ("-c", "from woowup_async import WoowUp"),
    "woowup --help": ("-m", "woowup_async", "--help"),
}


def _started(*arguments: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    """Measure, print, save."""
    figures = interleaved({name: lambda each=each: _started(*each) for name, each in _PROGRAMS.items()}, ROUNDS)  # type: ignore[misc]
    seconds = {name: float(figure) for name, figure in figures.items()}
    result = Result("startup", "Start-up", head=("", "ms", "ms above python alone"))
    result.notes.append(f"Medians of {ROUNDS} interleaved starts of fresh processes, files in the cache.")
    bare = seconds["python alone"]
    result.rows = [(name, f"{s * 1e3:.0f}", f"{(s - bare) * 1e3:.0f}") for name, s in seconds.items()]
    ours, theirs = seconds["from woowup_async import WoowUp"] - bare, seconds["aiohttp and msgspec"] - bare
    result.bar("import time ÷ aiohttp and msgspec", ours / theirs, "≤", 1.25)
    result.save()


if __name__ == "__main__":
    main()
