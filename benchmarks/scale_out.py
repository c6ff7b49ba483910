"""`python -m benchmarks scale_out`: one account to 100,000, in virtual time: minutes, cores, ledger, store, money.

Two simulations. The first runs the real limiter for ten virtual minutes, with some processes that share the budget of
an account, and counts what they send and what they ask of the store. The second gives each core of a cluster a task
with some accounts, which it sends at their budgets or at what the core can do, to the end of the last purchase. What
they take from measurements is in the constants.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.common import Result
from benchmarks.virtual import run
from tests.support.oracle import Oracle
from tests.support.workers import Store, workers

#: Purchases of a request (guessed maximum, U1), and what an account may send in a second (documented: 140 a minute).
ITEMS, REQUESTS = 100, 140 / 60
RATE = ITEMS * REQUESTS
#: Seconds of CPU of Python a purchase in a task of Spark (measured: 84 µs without a journal, and half of the 66 µs of
#: the ledger; rounded up), and the part of a core that can be used (guessed).
CPU, USABLE = 150e-6, 0.9
#: Bytes of a record in the ledger and seconds of CPU of its server for one (measured, docs/ledger.md).
LEDGER_BYTES, LEDGER_CPU = 240, 15e-6
#: Records a second of one ledger (measured: 59,500 on two cores that its clients share). More need several ledgers.
LEDGER_RATE = 50_000
#: Statements of the ledger for one request: look up, claim, settle.
STATEMENTS = 3
#: Dollars of a core for an hour and of a gigabyte for a month (guessed: list prices of clouds, on demand).
CORE_HOUR, GB_MONTH = 0.05, 0.12
#: Accounts that a task sends at the same time (the option `at_once`).
AT_ONCE = 24
#: Accounts and purchases.
CASES = ((1, 10**6), (1, 10**7), (1_000, 10**6), (1_000, 10**8), (1_000, 10**9), (100_000, 10**9), (100_000, 10**10))
_MINUTES = 10.0


@dataclass(frozen=True)
class Shared:
    """What processes that share the budget of an account did: share of the budget, operations of the store, refused."""

    processes: int
    share: float
    trips: float
    throttled: int


async def _shared(processes: int) -> Shared:
    store, oracle = Store(), Oracle()
    crew = workers(processes, store, oracle, seed=processes)
    seconds = _MINUTES * 60
    await asyncio.gather(*(worker.saturate(seconds) for worker in crew))
    sent = sum(len(worker.statuses) for worker in crew)
    return Shared(processes, sent / (seconds * REQUESTS), store.trips / sent, len(oracle.refused))


def shared(processes: int) -> Shared:
    """Let some processes share the budget of one account for ten virtual minutes."""
    return run(_shared(processes))


def seconds_of(purchases: Sequence[float], core: float) -> float:
    """Return when one task has sent its accounts, if a core can send `core` purchases a second.

    All accounts in progress are sent at the same rate: the budget, or an equal part of the core. `level` is what each
    of them has been sent since the start, so an account ends when the level has grown by its purchases.
    """
    now = level = 0.0
    waiting, ends = sorted(purchases), list[float]()
    while waiting or ends:
        while waiting and len(ends) < AT_ONCE:
            heapq.heappush(ends, level + waiting.pop())
        rate = min(RATE, core / len(ends))
        end = heapq.heappop(ends)
        now, level = now + (end - level) / rate, end
    return now


def cluster_seconds(purchases: Sequence[float], cores: int, rng: random.Random, tasks_of_core: int = 1) -> float:
    """Return when a cluster has sent all accounts. A hash gives each a task, and a free core takes the next task."""
    tasks: list[list[float]] = [[] for _ in range(cores * tasks_of_core)]
    for each in purchases:
        tasks[rng.randrange(len(tasks))].append(each)
    free = [0.0] * cores
    for task in tasks:
        heapq.heapreplace(free, free[0] + seconds_of(task, USABLE / CPU))
    return max(free)


def sizes(accounts: int, purchases: int, *, is_skewed: bool) -> list[float]:
    """Return the purchases of each account: all equal, or falling as 1 / rank ** 0.5, as shops of different sizes."""
    weights = [1 / (rank + 1) ** 0.5 if is_skewed else 1.0 for rank in range(accounts)]
    whole = sum(weights)
    return [purchases * weight / whole for weight in weights]


def cores_for(accounts: int, purchases: int) -> int:
    """Return the cores with which the budget is the limit, but no more than fit the ledger or end in ten minutes."""
    useful = accounts * RATE * CPU / USABLE
    short = purchases * CPU / USABLE / 600  # a cluster for less than ten minutes costs more to start than to use
    return max(1, math.ceil(min(useful, short)))


def _spelled(seconds: float) -> str:
    for name, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {name}"
    return f"{seconds:.0f} s"


def bottleneck(rate: float, accounts: int, slowest: float, seconds: float) -> str:
    """Name what ends a run: a rate of purchases of all accounts, and the seconds that the largest one needs alone."""
    if slowest > 0.9 * seconds:
        return "the budget of the largest account" if accounts > 1 else "the budget of the account"
    if rate > LEDGER_RATE:
        return f"the ledger: {math.ceil(rate / LEDGER_RATE)} are needed"
    return "CPU of the tasks"


def row(accounts: int, purchases: int, trips: float, *, is_skewed: bool) -> tuple[str, ...]:
    """Simulate one case."""
    each, cores = sizes(accounts, purchases, is_skewed=is_skewed), cores_for(accounts, purchases)
    seconds = cluster_seconds(each, cores, random.Random(accounts))
    rate, requests = purchases / seconds, sum(math.ceil(size / ITEMS) for size in each)
    ledgers = max(1, math.ceil(rate / LEDGER_RATE))
    ledger_cores = max(1, math.ceil(rate * LEDGER_CPU / USABLE))
    money = (cores + ledger_cores) * seconds / 3_600 * CORE_HOUR + purchases * LEDGER_BYTES / 1e9 * GB_MONTH
    return (
        f"{accounts:,}{' of different sizes' if is_skewed else ''}",
        f"{purchases:,}",
        f"{requests:,}",
        str(cores),
        _spelled(seconds),
        f"{rate:,.0f}",
        f"{purchases * LEDGER_BYTES / 1e9:,.1f}",
        f"{ledgers} × {math.ceil(ledger_cores / ledgers)} cores, {rate / ITEMS * STATEMENTS:,.0f}",
        f"{rate / ITEMS * trips:,.0f}",
        f"{money:,.2f}",
        bottleneck(rate, accounts, max(each) / RATE, seconds),
    )


def main() -> None:
    """Simulate, print, save."""
    result = Result("scale_out", "One account to 100,000, in virtual time")
    result.head = (
        "accounts", "purchases", "requests", "cores", "time", "purchases a second", "ledger, GB",
        "ledger: servers, statements a second", "store operations a second", "dollars", "first bottleneck",
    )  # fmt: skip
    seen = [shared(processes) for processes in (1, 2, 12)]
    result.notes += [
        f"Processes that share the budget of an account, for ten minutes with the real limiter: {each.processes}. They "
        f"sent {each.share:.3f} of the budget, with {each.trips:.1f} operations of the store a request, and "
        f"{each.throttled} refused."
        for each in seen
    ]
    result.notes.append(
        f"From measurements: {CPU * 1e6:.0f} µs of CPU a purchase, {LEDGER_BYTES} bytes and {LEDGER_CPU * 1e6:.0f} µs "
        f"in the ledger, {LEDGER_RATE:,} records a second of one ledger. Guessed: {CORE_HOUR} dollars a core and hour, "
        f"{GB_MONTH} a gigabyte and month, {USABLE:.0%} of a core can be used."
    )
    cores = cores_for(1_000, 10**8)
    one, four = (cluster_seconds([1e5] * 1_000, cores, random.Random(1_000), tasks) / 60 for tasks in (1, 4))
    result.notes.append(
        f"100,000,000 purchases of 1,000 equal accounts on {cores} cores: {one:.0f} minutes with one task a core, "
        f"{four:.0f} with four, since accounts in tasks that wait lose budget."
    )
    for accounts, purchases in CASES:
        for is_skewed in (False, True) if accounts > 1 else (False,):
            result.rows.append(row(accounts, purchases, seen[0].trips, is_skewed=is_skewed))
    result.bar("share of the budget with 12 processes", seen[2].share, "≥", 0.97)
    result.save()


if __name__ == "__main__":
    main()
