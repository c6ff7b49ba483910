"""Workers of one account in virtual time, with clocks of their own, over a store that is slow, fails or forgets."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import anyio

from benchmarks.virtual import VirtualClock
from tests.support.oracle import Oracle
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.budget import Snapshot
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import MemoryStore


class OwnClock:
    """A clock that is ahead and drifts."""

    def __init__(self, ahead: float = 0.0, drift: float = 0.0) -> None:
        self.ahead, self._rate, self._inner = ahead, 1 + drift, VirtualClock()

    def now(self) -> float:
        return self._inner.now() * self._rate + self.ahead

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        # a little later: otherwise a rounding error could make time stand still
        await self._inner.sleep_until((deadline - self.ahead) / self._rate + 1e-6, unless)


@dataclass
class Store:
    """A store some time away. `broken` is raised by each operation while it is set; `ahead` is added to its clock."""

    trip: tuple[float, float] = (0.0, 0.001)
    seed: int = 0
    broken: BaseException | None = None
    ahead: float = 0.0
    is_lossy: bool = False
    inner: MemoryStore = field(default_factory=lambda: MemoryStore(VirtualClock()))
    trips: int = 0
    swaps: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._unlucky: asyncio.Task[object] | None = None

    async def read(self, account: str) -> Snapshot:
        await self._travel()
        snapshot = await self.inner.read(account)
        await self._travel()
        self.trips += 1
        return Snapshot(snapshot.time + self.ahead, snapshot.version, snapshot.blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        await self._travel()
        was_swapped = await self.inner.swap(account, version, blob)
        await self._travel()
        self.trips += 1
        self.swaps += was_swapped
        me = asyncio.current_task()
        if self.is_lossy and self.trips % 10 == 0 and me is not self._unlucky:  # never twice in a row for one worker
            self._unlucky = me
            raise ConnectionResetError
        self._unlucky = None if me is self._unlucky else self._unlucky
        return was_swapped

    async def _travel(self) -> None:
        await asyncio.sleep(self._rng.uniform(*self.trip) / 2)
        if self.broken is not None:
            raise self.broken

    def forget(self) -> None:
        """Lose all blobs."""
        self.inner.blobs.clear()


@dataclass
class Worker:
    """One process that sends as much as it may."""

    limiter: SharedLimiter
    oracle: Oracle
    round_trip: tuple[float, float]
    rng: random.Random
    lost: float = 0.0
    statuses: list[int] = field(default_factory=list)

    async def send(self, lane: Lane = Lane.BULK) -> None:
        """Send one request."""
        permit = await self.limiter.admit(lane)
        await asyncio.sleep(self.rng.uniform(*self.round_trip) / 2)
        status, headers = self.oracle.arrive(asyncio.get_running_loop().time())
        self.statuses.append(status)
        if self.rng.random() < self.lost:
            permit.lost()
            return
        await asyncio.sleep(self.rng.uniform(*self.round_trip) / 2)
        permit.answered(status, headers)

    async def saturate(self, seconds: float, tasks: int = 2) -> None:
        """Let some tasks send for a number of seconds, then die."""

        async def forever() -> None:
            while True:
                await self.send()

        running = [asyncio.create_task(forever()) for _ in range(tasks)]
        await asyncio.sleep(seconds)
        self.limiter.kill()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def workers(
    number: int,
    store: Store,
    oracle: Oracle,
    *,
    seed: int = 0,
    policy: RateLimit | None = None,
    round_trip: tuple[float, float] = (0.05, 0.2),
    lost: float = 0.0,
) -> list[Worker]:
    """Return workers whose clocks have nothing in common."""
    rng = random.Random(seed)
    made = []
    for _ in range(number):
        clock = OwnClock(rng.uniform(0, 1e5), rng.uniform(-5e-5, 5e-5))
        policy = policy or RateLimit(limit=oracle.limit, segment=oracle.segment)
        limiter = SharedLimiter(policy, clock, store, "account", random=rng.random)
        made.append(Worker(limiter, oracle, round_trip, random.Random(rng.random()), lost))
    return made
