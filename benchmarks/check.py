"""`make bench-check`: count what a run makes Python do, and compare the counts with a baseline.

It counts calls of Python functions, calls of C functions and turns of the event loop per record. Unlike times, they are
the same on every machine. The server is a transport that answers at once. `python -m benchmarks.check --record` writes
a new `benchmarks/baseline.json`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.common import lines, mappings, models
from woowup_async._clock import MonotonicClock
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._planning.dry_run import Free, Willing
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.sender import Sender
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.sources import CsvFile, Entity, Mapping

BASELINE = Path(__file__).parent / "baseline.json"
COUNT = 2_000
_MAPPING = """
[csv]
datetime = "%d/%m/%Y %H:%M"
[purchase]
key = ["Store", "Ticket"]
require = ["Mail"]
leave_out = [{ column = "Ticket", matches = "^C", reason = "a cancellation" }]
[purchase.fields]
invoice_number = { template = "{Store}-{Ticket}" }
branch_name = { constant = "Centro" }
email = { column = "Mail", as = "lower" }
service_uid = { column = "Customer", as = "id" }
createtime = { column = "Date", as = "datetime" }
"prices.gross" = { sum = ["Qty", "Price"] }
"prices.total" = { sum = ["Qty", "Price"], minus = ["Off"] }
[purchase.lines]
sku = { column = "Code" }
quantity = { column = "Qty", as = "int" }
unit_price = { column = "Price", as = "decimal" }
category = { column = "Group", split = "/" }
variations = { pairs = { Talle = "Size", Color = "Colour" } }
[[purchase.payments]]
type = { column = "Paid", lookup = "payments" }
total = { column = "PaidSum", as = "decimal" }
[lookups.payments]
T = "credit"
"""
#: Share by which a count may grow, since versions of Python and of libraries differ.
_SLACK = 0.03


async def _run(**inputs: Any) -> None:
    sender = Sender("", ApiKey("check"), Willing(), Free(), MonotonicClock(), "check")
    report = await ingest(sender, RunPolicy(BatchPolicy(), IngestPolicy(), 8), Inputs(**inputs))
    assert report.accepted == report.submitted > 0


def counted(work: Callable[[], object]) -> Counter[str]:
    """Count the calls of a function."""
    seen: Counter[str] = Counter()

    def hear(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            seen["python calls"] += 1
            seen["turns of the loop"] += frame.f_code.co_qualname == "Handle._run"
        elif event == "c_call":
            seen["c calls"] += 1

    gc.disable()
    sys.setprofile(hear)
    try:
        work()
    finally:
        sys.setprofile(None)
        gc.enable()
    return seen


def figures() -> dict[str, float]:
    """Return the counts per record."""
    users = [{"document": str(number)} for number in range(COUNT)]
    with tempfile.TemporaryDirectory() as folder:
        kinds: dict[str, dict[str, Any]] = {
            "purchases from bytes": {"purchases": list(lines(COUNT))},
            "purchases from models": {"purchases": list(models(COUNT))},
            "purchases from dictionaries": {"purchases": list(mappings(COUNT))},
            "purchases with a journal": {"purchases": list(lines(COUNT)), "journal": Path(folder) / "journal"},
            "users": {"users": users},
        }
        found: dict[str, float] = {}
        for kind, inputs in kinds.items():
            warm_up = inputs | {"journal": Path(folder) / "warm-up"} if "journal" in inputs else inputs
            asyncio.run(_run(**warm_up))  # so that modules are imported and caches are filled
            for name, count in counted(lambda inputs=inputs: asyncio.run(_run(**inputs))).items():  # type: ignore[misc]
                found[f"{kind}: {name}"] = round(count / COUNT, 3)
        table = _table(Path(folder))
        sum(1 for _ in table.records())
        for name, count in counted(lambda: sum(1 for _ in table.records())).items():
            found[f"rows of a CSV: {name}"] = round(count / COUNT, 3)
    return found


def _table(folder: Path) -> CsvFile:
    """Write orders of two rows as a CSV, with a mapping that has every kind of field of version 1."""
    (folder / "m.toml").write_text(_MAPPING, encoding="utf-8")
    rows = (
        f"S,{number // 2},Ana{number // 2}@x.com,{number // 2}.0,02/03/2020 10:11,2,1.50,0.25,SK{number},A / B,M,,T,5\n"
        for number in range(COUNT)
    )
    header = "Store,Ticket,Mail,Customer,Date,Qty,Price,Off,Code,Group,Size,Colour,Paid,PaidSum\n"
    (folder / "orders.csv").write_text(header + "".join(rows), encoding="utf-8")
    return CsvFile(folder / "orders.csv", Mapping.load(folder / "m.toml"), Entity.PURCHASE)


def main() -> int:
    """Compare the counts with the baseline, or write a new one."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write a new baseline")
    is_recording = parser.parse_args().record
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets changes the counts
        return subprocess.run(
            [sys.executable, "-m", "benchmarks.check", *sys.argv[1:]], env=os.environ | {"PYTHONHASHSEED": "0"}
        ).returncode
    found = figures()
    if is_recording:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        return 0
    known: dict[str, float] = json.loads(BASELINE.read_text(encoding="utf-8"))
    worse = [name for name, count in found.items() if count > known.get(name, 0.0) * (1 + _SLACK) + 0.01]
    for name, count in found.items():
        print(f"{name:50} {count:9.3f}  baseline {known.get(name, 0.0):9.3f}{'  MORE' if name in worse else ''}")
    print(f"{len(worse)} counts grew; if this is intended, use --record" if worse else "no count grew")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
