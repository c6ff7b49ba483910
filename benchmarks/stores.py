"""`python -m benchmarks stores`: how long a store of budgets takes, and how processes get in each other's way.

One transaction reads a blob and swaps in the next one, of 4 kB. The servers are on the same machine, so the network
costs nothing. Processes that swap without a pause are the worst case: an account gets 2.3 permits a second, and one
process that sends them all makes about three transactions for each.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.common import Result, child, cpu, median
from tests.support import postgres, valkey
from woowup_async.budget import BudgetStore, HostStore, store_from
from woowup_async.budget.opened import in_context

ACCOUNT, BLOB = "0" * 32, bytes(4_000)
SECONDS, PROCESSES, ROUNDS = 5.0, 8, 3
#: Mean seconds between two transactions of a process: all eight make 40 a second, five times what an account needs.
PAUSE = 0.2
_MEMORY = Path("/dev/shm")


@contextmanager
def places() -> Iterator[dict[str, str]]:
    """Start the servers, and yield where each store keeps its blobs."""
    with ExitStack() as stack:
        disk = stack.enter_context(tempfile.TemporaryDirectory())
        memory = stack.enter_context(tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None))
        yield {
            "host, in memory": f"{memory}/budget",
            "host, on a disk": f"{disk}/budget",
            "Valkey, loopback": stack.enter_context(valkey.Valkey()).url,
            "PostgreSQL, socket": stack.enter_context(postgres.started()).url,
        }


def measure(place: str, gate: str, processes: int, pause: float) -> dict[str, Any]:
    """Make transactions for some seconds, once all processes are at the gate. Return how long each took."""
    return asyncio.run(_measure(place, Path(gate), processes, pause))


async def _measure(place: str, gate: Path, processes: int, pause: float) -> dict[str, Any]:
    store = HostStore(place) if place.startswith("/") else store_from(place)
    assert store is not None
    async with in_context(store) as opened:
        await opened.read(ACCOUNT)
        _wait_for_all(gate, processes)
        until, spent, took, won = time.monotonic() + SECONDS, cpu(), list[int](), 0
        while time.monotonic() < until:
            if pause:
                await asyncio.sleep(random.expovariate(1 / pause))
            at = time.perf_counter()
            won += await _swap(opened)
            took.append(round((time.perf_counter() - at) * 1e6))
        return {"took": took, "won": won, "cpu": cpu() - spent}


def _wait_for_all(gate: Path, processes: int) -> None:
    (gate / str(os.getpid())).touch()
    while len(list(gate.iterdir())) < processes:
        time.sleep(0.01)


async def _swap(store: BudgetStore) -> bool:
    return await store.swap(ACCOUNT, (await store.read(ACCOUNT)).version, BLOB)


def together(place: str, processes: int, pause: float) -> dict[str, float]:
    """Let some processes swap in one account."""
    with tempfile.TemporaryDirectory() as gate, ThreadPoolExecutor(processes) as pool:
        made = [
            pool.submit(child, "benchmarks.stores:measure", place, gate, processes, pause) for _ in range(processes)
        ]
        runs = [one.result() for one in made]
    took = sorted(one for run in runs for one in run["took"])
    won = [run["won"] for run in runs]
    return {
        "rate": sum(won) / SECONDS,
        "p50": took[len(took) // 2] / 1e3,
        "p99": took[len(took) * 99 // 100] / 1e3,
        "cpu": sum(run["cpu"] for run in runs) / len(took) * 1e6,
        "lost": 1 - sum(won) / len(took),
        "least": min(won) * processes / sum(won),
        "most": max(won) * processes / sum(won),
    }


def main() -> None:
    """Measure, print, save."""
    head = ("store", "processes", "swaps a second", "p50 ms", "p99 ms", "CPU µs", "conflicts", "least to most")
    result = Result("stores", "Stores of a shared budget", head=head)
    result.notes.append(
        f"A transaction reads and swaps {len(BLOB):,} bytes. {SECONDS:g} s, medians of {ROUNDS} rounds."
    )
    result.notes.append(
        "CPU is that of the client, for each transaction. Conflicts are transactions that lost the race."
    )
    result.notes.append("The last column is the share of the process with the fewest and the most swaps (1 is fair).")
    result.notes.append(f"Paced processes pause for {PAUSE:g} s on average, so their shares differ by chance.")
    result.notes.append(f"Load of the machine before: {os.getloadavg()[0]:.1f}, with other programs on it.")
    ways = (("1", 1, 0.0), (f"{PROCESSES}, paced", PROCESSES, PAUSE), (f"{PROCESSES}, no pause", PROCESSES, 0.0))
    with places() as found:
        for store, place in found.items():
            for way, processes, pause in ways:
                runs = [together(place, processes, pause) for _ in range(ROUNDS)]
                one = {key: median([run[key] for run in runs]) for key in runs[0]}
                shown = (f"{one['rate']:,.0f}", f"{one['p50']:.2f}", f"{one['p99']:.2f}", f"{one['cpu']:.0f}")
                shares = f"{one['least']:.2f} to {one['most']:.2f}"
                result.rows.append((store, way, *shown, f"{one['lost']:.1%}", shares if processes > 1 else ""))
                print(json.dumps(result.rows[-1], ensure_ascii=False), flush=True)
                if pause:
                    result.bar(f"{store}, {way}: conflicts", one["lost"], "≤", 0.05)
                    result.bar(f"{store}, {way}: p99 ms", one["p99"], "≤", 50)
    result.save()


if __name__ == "__main__":
    main()
