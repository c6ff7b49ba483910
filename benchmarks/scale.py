"""`python -m benchmarks scale`: many accounts in one pool, each at its full budget of 140 requests a minute.

The process runs on one core. The null server, on the other, announces the limit of each account. The measurement begins
after two segments, when every account has found its pace. It compares the requests of each account with its budget, and
measures CPU. The last row has half of the accounts in each of two processes, as a fleet (`woowup backfill --accounts`)
has them: they and the server share two cores.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.common import Result, child, cpu, null_server
from woowup_async import SessionPool
from woowup_async.events import RequestSent, RunEvent

ACCOUNTS = (1, 10, 100, 1_000)
_WARM, _SPAN = 60.0, 60.0
_PER_MINUTE = 140
_CALM = (20_000, 20, 50)


async def _saturated(url: str, accounts: int) -> dict[str, Any]:
    counts: Counter[int] = Counter()
    is_measured = False
    async with SessionPool() as pool, asyncio.TaskGroup() as tasks:

        async def account(number: int) -> None:
            def hear(event: RunEvent) -> None:
                counts[number] += is_measured and isinstance(event, RequestSent)

            users = ({"document": f"{number}-{each}"} for each in range(10**9))
            woowup = pool.account(f"benchmark-{number}", base_url=f"{url}/limited/apiv3")
            await woowup.ingest(users=users, on_event=hear)

        running = [tasks.create_task(account(number)) for number in range(accounts)]
        await asyncio.sleep(_WARM)
        used, began, is_measured = cpu(), time.perf_counter(), True
        await asyncio.sleep(_SPAN)
        used, wall, is_measured = cpu() - used, time.perf_counter() - began, False
        for task in running:
            task.cancel()
    budget = _PER_MINUTE * wall / 60
    shares = sorted(counts[number] / budget for number in range(accounts))
    return {
        "mean": sum(shares) / accounts,
        "least": shares[0],
        "most": shares[-1],
        "cpu": used / wall,
        "per_request": used / max(1, counts.total()) * 1e6,
    }


def in_processes(url: str, accounts: int, processes: int) -> dict[str, Any]:
    """Run in several processes, on all cores."""
    each = accounts // processes
    with ThreadPoolExecutor(processes) as threads:
        runs = [
            threads.submit(child, "benchmarks.scale:saturated", url, each, True, False, timeout=600)
            for _ in range(processes)
        ]
        found = [run.result() for run in runs]
    cpu_used = sum(one["cpu"] for one in found)
    requests = sum(one["cpu"] / one["per_request"] for one in found)
    return {
        "mean": sum(one["mean"] for one in found) / processes,
        "least": min(one["least"] for one in found),
        "most": max(one["most"] for one in found),
        "cpu": cpu_used,
        "per_request": cpu_used / requests,
    }


def saturated(url: str, accounts: int, is_calm: bool = False, is_pinned: bool = True) -> dict[str, Any]:
    """Run in this process, on one core if there are two.

    `is_calm`: make the garbage collector visit the state of a thousand accounts less often. Only an application can
    decide this.
    """
    if is_calm:
        gc.set_threshold(*_CALM)
    if is_pinned and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return asyncio.run(_saturated(url, accounts))


def main() -> None:
    """Measure, print, save."""
    result = Result("scale", "Many accounts in one pool, each at full budget")
    result.head = ("accounts", "share, mean", "least", "most", "of one core", "CPU µs a request")
    result.notes.append(f"{_WARM:.0f} s to settle, {_SPAN:.0f} s measured; each request has one user.")
    most = ACCOUNTS[-1]
    with null_server() as url:
        for accounts, is_calm in (*((each, False) for each in ACCOUNTS), (most, True)):
            found = child("benchmarks.scale:saturated", url, accounts, is_calm, timeout=600)
            _add(result, f"{accounts:,}{', calm collector' if is_calm else ''}", found)
            if accounts == most:
                ceiling = 1e6 / found["per_request"]
                handled = min(ceiling, accounts * _PER_MINUTE / 60)
                result.notes.append(
                    f"{result.rows[-1][0]}: one core handled {handled:,.0f} requests a second, and can handle"
                    f" {ceiling:,.0f}; accounts share it fairly."
                )
        _add(result, f"{most:,}, two processes", in_processes(url, most, 2))
    result.save()


def _add(result: Result, name: str, found: dict[str, Any]) -> None:
    shares = [f"{found[key]:.3f}" for key in ("mean", "least", "most")]
    result.rows.append((name, *shares, f"{found['cpu']:.0%}", f"{found['per_request']:.0f}"))
    if name.startswith(f"{ACCOUNTS[-1]:,}"):
        result.bar(f"share of {name}, least", found["least"], "≥", 0.97)


if __name__ == "__main__":
    main()
