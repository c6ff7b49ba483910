"""Rows of several workers on one account: uncoordinated copies, fixed shares, and one budget in a store."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from dataclasses import dataclass, field, replace

from benchmarks.limiter import clients, fleet_peers
from benchmarks.limiter.clients import Limiter, crowd
from benchmarks.limiter.fleet_peers import PeerLimiter
from benchmarks.limiter.situations import USUAL, poisson
from benchmarks.limiter.world import Distance, Rules, Server, World, greedy
from benchmarks.virtual import VirtualClock, run
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.budget import Snapshot
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import MemoryStore


@dataclass(frozen=True, slots=True)
class FleetScore:
    """The result of one run.

    Args:
        left: requests of the greedy oracle minus those of the other programs without us.
        accepted: by worker, from the second segment on.
        refused: of all workers.
        trips: round trips to the store, of all workers.
        conflicts: swaps that came too late.

    """

    left: int
    accepted: tuple[int, ...]
    refused: int
    trips: float = 0
    conflicts: int = 0

    @property
    def share(self) -> float:
        """Our part of `left`."""
        return sum(self.accepted) / self.left

    @property
    def refused_per_1000(self) -> float:
        """Refused requests for 1,000 accepted ones."""
        return 1_000 * self.refused / max(1, sum(self.accepted))

    @property
    def split(self) -> tuple[float, float]:
        """The least and the most that a worker got, as parts of a fair part."""
        fair = sum(self.accepted) / len(self.accepted)
        return min(self.accepted) / fair, max(self.accepted) / fair


class DistantStore:
    """A store some milliseconds away. It may be down for a while, and may forget everything once."""

    def __init__(self, trip: float, down: tuple[float, float], forgets_at: float) -> None:
        self._inner = MemoryStore(VirtualClock())
        self._trip, self._down, self._forgets_at = trip, down, forgets_at
        self.trips, self.conflicts = 0.0, 0

    async def read(self, account: str) -> Snapshot:
        """Read after half a round trip, and answer after the other half."""
        await self._arrive()
        snapshot = await self._inner.read(account)
        await self.travel()
        return snapshot

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Swap after half a round trip."""
        await self._arrive()
        was_swapped = await self._inner.swap(account, version, blob)
        self.conflicts += not was_swapped
        await self.travel()
        return was_swapped

    async def travel(self) -> None:
        """Travel one way."""
        self.trips += 0.5
        await asyncio.sleep(self._trip / 2)

    async def _arrive(self) -> None:
        await self.travel()
        now = asyncio.get_running_loop().time()
        if self._down[0] <= now < self._down[1]:
            raise ConnectionRefusedError
        if now >= self._forgets_at:
            self._forgets_at = math.inf
            self._inner.blobs.clear()


@dataclass(frozen=True, slots=True)
class Fleet:
    """Several workers that spend one account.

    Args:
        workers: their number.
        distance: to the server.
        foreign: requests a second of other programs.
        is_shared_by: how they share it: "nothing", "parts" (each `RateLimit(share=1/n)`), "a store", or the name of
            another limiter.
        trip: seconds to the store and back.
        dies: whether half of the workers are killed in the middle of the run.
        is_uneven: whether only the first worker has work, apart from a request now and then.
        down: when the store does not work.
        forgets_at: when it forgets everything.

    """

    workers: int
    distance: Distance = USUAL
    foreign: float = 0.0
    is_shared_by: str = "a store"
    trip: float = 0.001
    dies: bool = False
    is_uneven: bool = False
    down: tuple[float, float] = (math.inf, math.inf)
    forgets_at: float = math.inf
    rules: Rules = field(default_factory=Rules)

    @property
    def name(self) -> str:
        """As printed."""
        return f"{self.workers} workers"

    @property
    def tasks(self) -> int:
        """Tasks of a worker that want permits."""
        return 8 if self.workers <= 4 else 2

    def run(self, seed: int, seconds: float = 1_200.0) -> FleetScore:
        """Do one run. The same seed gives the same run."""
        rng = random.Random(f"fleet {seed}")  # the same account for any number of workers
        rules = replace(self.rules, skew=1.7e9 + rng.uniform(-9_000, 9_000), drift=rng.uniform(-30e-6, 30e-6))
        arrivals = list(poisson(rng, self.foreign, seconds))
        server = Server(rules, arrivals)
        worlds = [World(server, self.distance, random.Random(rng.random())) for _ in range(self.workers)]
        store = DistantStore(self.trip, self.down, self.forgets_at)
        run(self._saturate(worlds, store, seconds))
        server.pass_time(seconds)
        return self._score(worlds, store, arrivals, seconds)

    async def _saturate(self, worlds: list[World], store: DistantStore, seconds: float) -> None:
        ask = fleet_peers.PEERS[self.is_shared_by]() if self.is_shared_by in fleet_peers.PEERS else None

        async def work(number: int, world: World) -> None:
            limiter = PeerLimiter(ask, store.travel, world.rng) if ask else self._limiter(world, store)
            is_killed = self.dies and number >= self.workers / 2
            until = seconds / 2 + world.rng.uniform(0, 5) if is_killed else seconds
            tasks, pause = (self.tasks, 0.0) if not (self.is_uneven and number) else (1, 20.0)
            await crowd(lambda: call(limiter, world, pause), until, tasks)
            if isinstance(limiter, SharedLimiter):
                limiter.kill()

        with fleet_peers.virtual_time() if ask else contextlib.nullcontext():
            await asyncio.gather(*(work(number, world) for number, world in enumerate(worlds)))

    def _limiter(self, world: World, store: DistantStore) -> Limiter:
        if self.is_shared_by == "a store":
            return SharedLimiter(RateLimit(), VirtualClock(), store, "account", random=world.rng.random)
        rate_limit = RateLimit(share=1 / self.workers) if self.is_shared_by == "parts" else RateLimit()
        return AccountLimiter(rate_limit, VirtualClock(), random=world.rng.random)

    def _score(self, worlds: list[World], store: DistantStore, arrivals: list[float], seconds: float) -> FleetScore:
        rules = worlds[0].server.rules
        start = rules.boundary(0.0)
        undisturbed = Server(rules, arrivals)
        undisturbed.pass_time(seconds)
        return FleetScore(
            left=greedy(rules, seconds).since(start) - undisturbed.foreign.since(start),
            accepted=tuple(world.ledger.since(start) for world in worlds),
            refused=sum(len(world.ledger.refused) for world in worlds),
            trips=store.trips,
            conflicts=store.conflicts,
        )


async def call(limiter: Limiter, world: World, pause: float) -> None:
    """Send one bulk request, after a pause of up to twice the given seconds."""
    await asyncio.sleep(world.rng.uniform(0, 2 * pause))
    await clients.call(limiter, world, Lane.BULK)
