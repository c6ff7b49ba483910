"""`python -m benchmarks accounts`: many accounts over four processes and one Valkey, in real time.

A report of what it costs and what bounds it, without bars. Each process has a limiter for each account, all over one
`RedisStore`. No request leaves the process: an answer comes 200 ms after the permit, with the headers of a server whose
segments begin at full half minutes. Afterwards all requests of all processes go through the window of the simulator, in
the order of their times, so a refusal is counted but does not slow down its account.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

from benchmarks.common import Result, child, cpu, median
from tests.support.valkey import Valkey
from woowup_async._clock import MonotonicClock
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.budget import RedisStore, account_name
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing._window import ServerWindow

PROCESSES, LIMIT, SEGMENT, TRIP = 4, 70, 30.0, 0.2
#: Seconds that are measured, after at least `_WARM` seconds in which the processes start and the workers meet.
SECONDS, _WARM = 60.0, 20.0
#: Accounts, and seconds between two requests of an account in one process; 0 for as many as it may send.
ROWS = ((10, 0.0), (100, 0.0), (300, 0.0), (1_000, 0.0), (1_000, 40.0), (1_000, 400.0))
#: Tasks of an account in a process that want permits.
_TASKS = 2


class Process:
    """One process with a limiter for each account."""

    def __init__(self, store: RedisStore, accounts: int, pause: float) -> None:
        clock, self._pause = MonotonicClock(), pause
        names = [account_name(f"key {number}", "https://example.com", SEGMENT) for number in range(accounts)]
        self.limiters = [SharedLimiter(RateLimit(), clock, store, name) for name in names]
        self.sent: dict[int, list[float]] = defaultdict(list)

    async def spend(self, begin: float) -> dict[str, Any]:
        """Send requests for all accounts, and return the figures of the measured time."""
        running = [
            asyncio.create_task(self._repeat(number)) for number in range(len(self.limiters)) for _ in range(_TASKS)
        ]
        await asyncio.sleep(begin - time.time())
        before, used = self._counts(), cpu()
        await asyncio.sleep(begin + SECONDS - time.time())
        used, counts = cpu() - used, self._counts()
        latency = median([limiter.statistics().budget.latency for limiter in self.limiters])  # type: ignore[union-attr]
        for limiter in self.limiters:
            limiter.kill()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return {"cpu": used, "latency": latency, "sent": self.sent} | {
            name: counts[name] - before[name] for name in counts
        }

    async def _repeat(self, number: int) -> None:
        while True:
            if self._pause:
                await asyncio.sleep(random.uniform(0, 2 * self._pause * _TASKS))
            permit = await self.limiters[number].admit(Lane.BULK)
            await asyncio.sleep(TRIP / 2)
            at = time.time()
            self.sent[number].append(at)
            await asyncio.sleep(TRIP / 2)
            reset = (at // SEGMENT + 1) * SEGMENT
            headers = {
                "date": formatdate(math.floor(at), usegmt=True),
                "x-rate-limit-limit": str(LIMIT),
                "x-rate-limit-reset": f"{reset:.0f}",
            }
            permit.answered(200, headers)

    def _counts(self) -> Counter[str]:
        total = Counter[str]()
        for limiter in self.limiters:
            seen = limiter.statistics().budget
            assert seen is not None
            total.update(trips=seen.trips, conflicts=seen.conflicts, fallbacks=seen.fallbacks)
        return total


def work(url: str, accounts: int, pause: float, begin: float) -> dict[str, Any]:
    """Be one of the processes."""

    async def main() -> dict[str, Any]:
        async with RedisStore(url) as store:
            return await Process(store, accounts, pause).spend(begin)

    return asyncio.run(main())


def together(accounts: int, pause: float) -> dict[str, float]:
    """Let the processes spend the accounts over a new Valkey, and judge what they sent."""
    with Valkey() as server, ThreadPoolExecutor(PROCESSES) as pool:
        begin = math.ceil((time.time() + _WARM) / SEGMENT) * SEGMENT
        arguments = (server.url, accounts, pause, begin)
        made = [pool.submit(child, "benchmarks.accounts:work", *arguments) for _ in range(PROCESSES)]
        time.sleep(begin - time.time())
        used = _cpu_of(server)
        time.sleep(begin + SECONDS - time.time())
        used, memory = _cpu_of(server) - used, server.run("INFO", "memory")["used_memory"]
        runs = [one.result() for one in made]
    accepted, refused = judged([run["sent"] for run in runs], begin)
    total = Counter[str]()
    for run in runs:
        total.update({name: run[name] for name in ("cpu", "trips", "conflicts", "fallbacks")})
    turns = max(1, total["trips"] / 2)
    return {
        "rate": accepted / SECONDS,
        "share": accepted / (accounts * LIMIT * SECONDS / SEGMENT),
        "refused": 1_000 * refused / max(1, accepted),
        "trips": total["trips"] / max(1, accepted),
        "conflicts": total["conflicts"] / turns,
        "fallbacks": total["fallbacks"],
        "latency": 1e3 * median([run["latency"] for run in runs]),
        "client": total["cpu"] / SECONDS,
        "per_trip": 1e6 * total["cpu"] / max(1, total["trips"]),
        "server": used / SECONDS,
        "bytes": memory / accounts,
    }


def judged(sent: list[dict[str, list[float]]], begin: float) -> tuple[int, int]:
    """Count the requests of the measured time that a server accepts, and all that it refuses."""
    times: dict[str, list[float]] = defaultdict(list)
    for process in sent:
        for account, some in process.items():
            times[account] += some
    accepted = refused = 0
    for some in times.values():
        window = ServerWindow(LIMIT, SEGMENT, counts_refused=False, weighs_remaining=False)
        for at in sorted(some):
            is_refused = window.arrive(at).is_refused
            refused += is_refused
            accepted += not is_refused and begin <= at < begin + SECONDS
    return accepted, refused


def _cpu_of(server: Valkey) -> float:
    used = server.run("INFO", "cpu")
    return float(used["used_cpu_sys"]) + float(used["used_cpu_user"])


def main() -> None:
    """Measure, print, save."""
    result = Result("accounts", "Many accounts over four processes and one Valkey")
    result.head = (
        "accounts", "each process sends", "requests a second", "of all budgets", "refused per 1,000",
        "round trips a request", "conflicts", "fallbacks", "round trip ms", "CPU of clients", "µs a round trip",
        "CPU of Valkey", "bytes an account",
    )  # fmt: skip
    result.notes.append(
        f"Real time: {SECONDS:g} s of a run of each row. CPU in cores; the machine has {os.cpu_count()}."
    )
    result.notes.append(
        "Conflicts are parts of the transactions. Fallbacks are limiters that went on without the store."
    )
    result.notes.append(f"Load of the machine before: {os.getloadavg()[0]:.1f}, with other programs on it.")
    for accounts, pause in ROWS:
        seen = together(accounts, pause)
        how = f"a request every {pause:g} s" if pause else "as much as it may"
        result.rows.append((
            f"{accounts:,}", how, f"{seen['rate']:,.0f}", f"{seen['share']:.3f}", f"{seen['refused']:.1f}",
            f"{seen['trips']:.1f}", f"{seen['conflicts']:.1%}", f"{seen['fallbacks']:,.0f}", f"{seen['latency']:.1f}",
            f"{seen['client']:.2f}", f"{seen['per_trip']:.0f}", f"{seen['server']:.2f}", f"{seen['bytes']:,.0f}",
        ))  # fmt: skip
        print(json.dumps(result.rows[-1], ensure_ascii=False), file=sys.stderr, flush=True)
    result.save()


if __name__ == "__main__":
    main()
