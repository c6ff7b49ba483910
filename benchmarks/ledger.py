"""`python -m benchmarks ledger`: what a ledger in PostgreSQL costs for each record, with one and with eight processes.

Each process has an account, and looks up, claims and settles new purchases in batches of 100, without sending them. The
server is on the same machine, so the network costs nothing, and the processes share the cores with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.common import Result, child, cpu, median
from benchmarks.stores import _wait_for_all
from tests.support import postgres
from tests.support.journals import item, note
from woowup_async._flow import Entity
from woowup_async._ledger.ledger import PostgresLedger
from woowup_async.budget.dsn import Dsn
from woowup_async.outcomes import Accepted

COUNT, BATCH, PROCESSES, ROUNDS = 20_000, 100, 8, 3
_STEPS = ("find", "claim", "settle")


def measure(url: str, gate: str, processes: int) -> dict[str, Any]:
    """Store new records, once all processes are at the gate. Return the seconds of each step."""
    return asyncio.run(_measure(url, Path(gate), processes))


async def _measure(url: str, gate: Path, processes: int) -> dict[str, Any]:
    ledger = PostgresLedger(Dsn(url), lambda salt: f"{os.getpid()}-{time.time()}".encode())
    await ledger.begin([])
    batches = [
        [item(f"Centro/F-{at + one:08}", str(at + one)) for one in range(BATCH)] for at in range(0, COUNT, BATCH)
    ]
    took: dict[str, list[float]] = {step: [] for step in _STEPS}
    queued = Accepted("queued")
    _wait_for_all(gate, processes)
    began, spent = time.perf_counter(), cpu()
    for items in batches:
        moments = [time.perf_counter()]
        await ledger.find(Entity.PURCHASE, [one.key for one in items])
        moments.append(time.perf_counter())
        assert not await ledger.claim(Entity.PURCHASE, items)
        moments.append(time.perf_counter())
        await ledger.settle([note(one, queued) for one in items], b"")
        moments.append(time.perf_counter())
        for step, before, after in zip(_STEPS, moments, moments[1:]):
            took[step].append(after - before)
    found: dict[str, Any] = {step: median(each) * 1e3 for step, each in took.items()}
    found["best"] = sum(min(each) for each in took.values()) / BATCH * 1e6
    found |= {"began": began, "ended": time.perf_counter(), "cpu": cpu() - spent}
    await ledger.aclose()
    return found


def together(url: str, processes: int) -> dict[str, float]:
    """Let some processes write, each for its own account."""
    with tempfile.TemporaryDirectory() as gate, ThreadPoolExecutor(processes) as pool:
        made = [pool.submit(child, "benchmarks.ledger:measure", url, gate, processes) for _ in range(processes)]
        runs = [one.result() for one in made]
    # the clock of `perf_counter` is one for all processes of a machine
    seconds = max(run["ended"] for run in runs) - min(run["began"] for run in runs)
    records = COUNT * processes
    return {step: median([run[step] for run in runs]) for step in _STEPS} | {
        "best": min(run["best"] for run in runs),
        "each": seconds * processes / records * 1e6,
        "rate": records / seconds,
        "cpu": sum(run["cpu"] for run in runs) / records * 1e6,
    }


def main() -> None:
    """Measure, print, save."""
    head = (
        "processes",
        "look up, ms",
        "claim, ms",
        "settle, ms",
        "µs a record",
        "fastest",
        "client CPU µs",
        "records a second",
    )
    result = Result("ledger", "A shared ledger in PostgreSQL", head=head)
    result.notes.append(
        f"Batches of {BATCH} new purchases, {COUNT:,} for each process; medians of {ROUNDS} rounds; a Unix socket."
    )
    result.notes.append("µs a record is the time of one process for each of its records: three steps of a batch.")
    result.notes.append("The fastest is the sum of the fastest of each step: what it takes if nothing else is running.")
    result.notes.append(f"Load of the machine before: {os.getloadavg()[0]:.1f}, with other programs on it.")
    with postgres.started() as server:
        for processes in (1, PROCESSES):
            runs = [together(server.url, processes) for _ in range(ROUNDS)]
            one = {key: median([run[key] for run in runs]) for key in runs[0]}
            steps = [f"{one[step]:.1f}" for step in _STEPS]
            result.rows.append(
                (
                    f"{processes}",
                    *steps,
                    f"{one['each']:.0f}",
                    f"{one['best']:.0f}",
                    f"{one['cpu']:.0f}",
                    f"{one['rate']:,.0f}",
                )
            )
            print(json.dumps(result.rows[-1], ensure_ascii=False), flush=True)
            if processes == 1:
                result.bar("one process, µs a record", one["each"], "≤", 60)
            else:
                result.bar(f"{processes} processes, records a second", one["rate"], "≥", 50_000)
        size = server.one("SELECT pg_total_relation_size('woowup_record')::float8 / count(*) FROM woowup_record")
        result.bar("bytes a record, with its index", size, "≤", 350)
    result.save()


if __name__ == "__main__":
    main()
