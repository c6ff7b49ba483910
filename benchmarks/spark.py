"""`make spark-faults`: what each fault leaves on a cluster of Spark, and 200,000 purchases of 20 accounts.

It needs the environment of `make test-spark`. It saves benchmarks/results/spark.md, with the kills that
`make test-spark-long` counted. `--only` runs the faults whose names contain a text, or `load`, and keeps other rows.
`--only load --each 200` tries the load with fewer purchases of each account, and saves nothing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import RESULTS, Result
from benchmarks.spark_load import EACH, add_load
from tests.support import spark as cluster
from tests.support import spark_faults as faults
from tests.support.fleet import running
from tests.support.postgres import started
from tests.support.spark_faults import Place, Seen
from tests.support.valkey import Valkey

_HEAD = ("fault", "submitted", "stored", "reported", "sent twice", "unread", "in flight at most", "429", "seconds")
_KILLS = RESULTS / "spark_kills.json"
_LOAD = "Load: "
_ON_CLUSTER: tuple[Callable[[Place], Seen], ...] = (
    faults.nothing,
    faults.task_raises,
    faults.worker_killed,
    faults.executor_killed,
    faults.store_down,
    faults.ledger_down,
)


@contextmanager
def place(settings: dict[str, str] | None, folder: Path) -> Iterator[Place]:
    """Start the servers and a cluster with these settings; without a cluster if they are None."""
    with ExitStack() as stack:
        fleet = stack.enter_context(running(faults.ACCOUNTS, speed=faults.SPEED, latency=faults.LATENCY))
        ledger, store = stack.enter_context(started()), stack.enter_context(Valkey())
        faults.environment(fleet, store, ledger)
        spark: Any = None
        if settings is not None:
            spark = stack.enter_context(cluster.session(cluster.CLUSTER, **settings))
        yield Place(spark, fleet, folder, store, ledger)


def seen_faults(only: str, folder: Path) -> Iterator[Seen]:
    """Run each fault, and yield what it left."""
    if wanted := [fault for fault in _ON_CLUSTER if only in fault.__name__]:
        with place({}, folder) as here:
            for fault in wanted:
                yield fault(here)
            if faults.task_raises in wanted:
                without = faults.task_raises(here, journal=None)
                without.name += ", no journal"
                yield without
    if only in "speculation":
        with place(faults.SPECULATION, folder) as here:
            yield faults.speculation(here)
    if only in "driver_killed":
        with place(None, folder) as here:
            yield faults.driver_killed(here)


def add(result: Result, seen: Seen) -> None:
    """Add what a fault left to a result."""
    columns = seen.submitted, seen.stored, seen.reported, seen.duplicates, seen.unread, seen.most, seen.throttled
    result.rows.append((seen.name, *(f"{each:,}" for each in columns), f"{seen.seconds:.0f}"))
    print(result.rows[-1], flush=True)
    if "no journal" not in seen.name:
        result.bar(f"{seen.name}: lost", seen.submitted - seen.stored, "≤", 0)
        result.bar(f"{seen.name}: without exactly one outcome", abs(seen.submitted - seen.reported), "≤", 0)
        result.bar(f"{seen.name}: sent twice beyond those in flight", max(0, seen.duplicates - seen.most), "≤", 0)


def keep_others(result: Result) -> None:
    """Add what an earlier run saved about others."""
    path = RESULTS / "spark.json"
    former = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"rows": [], "bars": [], "notes": []}
    names, bars = {row[0] for row in result.rows}, {bar[0] for bar in result.bars}
    rows = [tuple(row) for row in former["rows"] if len(row) == len(_HEAD) and row[0] not in names]
    result.rows = [*rows, *result.rows]
    names = {row[0] for row in rows} | {_LOAD.partition(":")[0].lower()}
    others = [tuple(bar) for bar in former["bars"] if bar[0].partition(":")[0] in names and bar[0] not in bars]
    result.bars = [*others, *result.bars]
    if not any(note.startswith(_LOAD) for note in result.notes):
        result.notes += [note for note in former["notes"] if note.startswith(_LOAD)]


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--each", type=int, default=EACH)
    options = parser.parse_args()
    only = options.only
    warnings.simplefilter("ignore")
    result = Result("spark", "Faults of a cluster of Spark, and a load")
    result.head = _HEAD
    result.notes.append(
        f"Spark in {cluster.CLUSTER}; {faults.ACCOUNTS} accounts of {faults.EACH:,} purchases each, {cluster.ITEMS} in "
        f"a request; segments of {30 / faults.SPEED:g} s, answers after {faults.LATENCY * 1e3:g} ms. The ledger is a "
        "PostgreSQL, the store of the budgets is a Valkey. A driver that is killed is in local[2]. Each fault happens "
        "when an eighth of each account is stored; random kills begin then, up to five in each write of 8,000. "
        '"Sent twice" has purchases that the server had already, in bulk requests and alone. "Unread": requests whose '
        "client was gone when the server answered. More are sent twice if answers had arrived, and the ledger had no "
        'outcomes of them yet. "In flight at most": purchases that the killed processes can have had in flight: eight '
        "requests of each of their accounts. An exception, a store or a ledger that is down, and a second copy of a "
        "task interrupt no request, so nothing is sent twice."
    )
    with tempfile.TemporaryDirectory() as folder:
        for seen in seen_faults(only, Path(folder)):
            add(result, seen)
        if only in "random kills" and _KILLS.exists():
            add(result, Seen(**json.loads(_KILLS.read_text(encoding="utf-8"))))
        if only in "load":
            if not only:
                result.save()  # what was seen until here, since the load takes long
            add_load(result, Path(folder), options.each)
    if options.each != EACH:
        print(result.text())
        return
    if only:
        keep_others(result)
    result.save()


if __name__ == "__main__":
    main()
