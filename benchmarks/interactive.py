"""`python -m benchmarks interactive`: how long an interactive call waits while other workers saturate in bulk.

In virtual time, against the window of the simulator: four workers of one account, three of which send bulk requests as
fast as they may. The calls go through the fourth worker, or through one of the three. Each waits for its permit. The
time to the server is the same in all rows, so it is left out.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from benchmarks.common import Result
from benchmarks.limiter import clients
from benchmarks.limiter.clients import Limiter, crowd
from benchmarks.limiter.fleets import DistantStore
from benchmarks.limiter.situations import USUAL
from benchmarks.limiter.world import Rules, Server, World
from benchmarks.virtual import VirtualClock, run
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.policies import Lane, RateLimit

SEEDS, SECONDS, PAUSE = (11, 12, 13, 14, 15), 1_200.0, 4.0
#: Seconds in which the workers meet. Calls before it do not count.
_WARM = 60.0
#: Seconds that a call may wait longer than alone.
_BAR = 0.5


@dataclass(frozen=True, slots=True)
class Mix:
    """Workers that send bulk requests, and interactive calls beside them.

    Args:
        bulk: workers that saturate in bulk.
        is_apart: whether the calls go through a worker of their own.
        share: of each worker, if there is no store. None for one budget in a store.
        trip: seconds to the store and back.

    """

    bulk: int
    is_apart: bool = True
    share: float | None = None
    trip: float = 0.001

    def run(self, seed: int) -> Waits:
        """Do one run. The same seed gives the same run."""
        rng = random.Random(f"interactive {seed}")
        rules = replace(Rules(), skew=1.7e9 + rng.uniform(-9_000, 9_000), drift=rng.uniform(-30e-6, 30e-6))
        server = Server(rules)
        store = DistantStore(self.trip, (math.inf, math.inf), math.inf)
        worlds = [World(server, USUAL, random.Random(rng.random())) for _ in range(self.bulk + self.is_apart)]
        waits = Waits()
        run(self._all(worlds, store, waits))
        waits.refused = sum(len(world.ledger.refused) for world in worlds)
        return waits

    async def _all(self, worlds: list[World], store: DistantStore, waits: Waits) -> None:
        limiters = [self._limiter(world, store) for world in worlds]
        async with asyncio.TaskGroup() as tasks:
            for limiter, world in list(zip(limiters, worlds, strict=True))[: self.bulk]:
                tasks.create_task(crowd(_bulk(limiter, world), SECONDS))
            tasks.create_task(crowd(lambda: waits.one(limiters[-1], worlds[-1]), SECONDS, 1))
        for limiter in limiters:
            if isinstance(limiter, SharedLimiter):
                limiter.kill()

    def _limiter(self, world: World, store: DistantStore) -> Limiter:
        if self.share is None:
            return SharedLimiter(RateLimit(), VirtualClock(), store, "account", random=world.rng.random)
        return AccountLimiter(RateLimit(share=self.share), VirtualClock(), random=world.rng.random)


@dataclass(slots=True)
class Waits:
    """The seconds that interactive calls waited for their permits, and the refusals of all requests."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    async def one(self, limiter: Limiter, world: World) -> None:
        """Make one call after a pause."""
        await asyncio.sleep(world.rng.uniform(0, 2 * PAUSE))
        loop = asyncio.get_running_loop()
        began = loop.time()
        permit = await limiter.admit(Lane.INTERACTIVE)
        if began > _WARM:
            self.seconds.append(loop.time() - began)
        answer = await world.exchange()
        assert answer is not None  # no answer is lost here
        permit.answered(answer.status, answer.headers)

    def add(self, other: Waits) -> None:
        """Count the calls of another run."""
        self.seconds += other.seconds
        self.refused += other.refused

    def part(self, part: float) -> float:
        """Return a quantile."""
        return sorted(self.seconds)[int(part * (len(self.seconds) - 1))]


def _bulk(limiter: Limiter, world: World) -> Callable[[], Awaitable[None]]:
    return lambda: clients.call(limiter, world, Lane.BULK)


ALONE = "alone, over a store"
ROWS = {
    ALONE: Mix(0),
    "one process, bulk beside it, no store": Mix(1, is_apart=False, share=1.0),
    "three others in bulk": Mix(3),
    "three in bulk, through one of them": Mix(3, is_apart=False),
    "three others in bulk, store at 20 ms": Mix(3, trip=0.02),
    "three others in bulk, copies without a store": Mix(3, share=1.0),
    "three others in bulk, `share=1/4`": Mix(3, share=0.25),
}
#: The rows that the bar is for.
_SHARED = ("three others in bulk", "three in bulk, through one of them", "three others in bulk, store at 20 ms")


def main() -> None:
    """Measure, print, save."""
    result = Result("interactive", "An interactive call while others saturate in bulk")
    result.head = ("situation", "calls", "p50 s", "p99 s", "longest s", "refused, all requests")
    result.notes.append(f"Seconds until the permit, in virtual time: {len(SEEDS)} seeds of {SECONDS / 60:g} minutes.")
    result.notes.append(f"A call every {PAUSE:g} s, 200 ms to the server, 1 ms to the store if nothing else is said.")
    seen = dict[str, Waits]()
    for name, mix in ROWS.items():
        waits = seen[name] = Waits()
        for seed in SEEDS:
            waits.add(mix.run(seed))
        figures = (waits.part(0.5), waits.part(0.99), max(waits.seconds))
        result.rows.append((name, f"{len(waits.seconds):,}", *(f"{one:.2f}" for one in figures), f"{waits.refused:,}"))
        print(json.dumps(result.rows[-1], ensure_ascii=False), flush=True)
    for name in _SHARED:
        result.bar(f"{name}: p99 s more than alone", seen[name].part(0.99) - seen[ALONE].part(0.99), "≤", _BAR)
    result.save()


if __name__ == "__main__":
    main()
