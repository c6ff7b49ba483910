"""Rows of several workers on one account: uncoordinated copies, fixed shares, and one budget in a store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from benchmarks.limiter.situations import USUAL, poisson
from benchmarks.limiter.world import Distance, Rules, Server, World, greedy
from benchmarks.virtual import VirtualClock, run
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.permit import Permit
from woowup_async.policies import Lane, RateLimit


class Limiter(Protocol):
    """Gives permits."""

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit."""
        ...


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
    trips: int = 0
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


@dataclass(frozen=True, slots=True)
class Fleet:
    """Several workers that spend one account.

    Args:
        workers: their number.
        distance: to the server.
        foreign: requests a second of other programs.
        is_shared_by: how they share it: "nothing", or "parts" (each `RateLimit(share=1/n)`).

    """

    workers: int
    distance: Distance = USUAL
    foreign: float = 0.0
    is_shared_by: str = "nothing"
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
        rng = random.Random(f"{self.name} {seed}")
        rules = replace(self.rules, skew=1.7e9 + rng.uniform(-9_000, 9_000), drift=rng.uniform(-30e-6, 30e-6))
        arrivals = list(poisson(rng, self.foreign, seconds))
        server = Server(rules, arrivals)
        worlds = [World(server, self.distance, random.Random(rng.random())) for _ in range(self.workers)]
        run(self._saturate(worlds, seconds))
        server.pass_time(seconds)
        return self._score(worlds, arrivals, seconds)

    async def _saturate(self, worlds: list[World], seconds: float) -> None:
        await asyncio.gather(*(self._work(world, self._limiter(world), seconds) for world in worlds))

    def _limiter(self, world: World) -> Limiter:
        rate_limit = RateLimit(share=1 / self.workers) if self.is_shared_by == "parts" else RateLimit()
        return AccountLimiter(rate_limit, VirtualClock(), random=world.rng.random)

    async def _work(self, world: World, limiter: Limiter, until: float) -> None:
        await repeat(lambda: call(limiter, world, Lane.BULK), self.tasks, until)

    def _score(self, worlds: list[World], arrivals: list[float], seconds: float) -> FleetScore:
        rules = worlds[0].server.rules
        start = rules.boundary(0.0)
        undisturbed = Server(rules, arrivals)
        undisturbed.pass_time(seconds)
        return FleetScore(
            left=greedy(rules, seconds).since(start) - undisturbed.foreign.since(start),
            accepted=tuple(world.ledger.since(start) for world in worlds),
            refused=sum(len(world.ledger.refused) for world in worlds),
        )


async def call(limiter: Limiter, world: World, lane: Lane) -> None:
    """Send one request."""
    permit = await limiter.admit(lane)
    answer = await world.exchange()
    if answer is None:
        permit.lost()
    else:
        permit.answered(answer.status, answer.headers)


async def repeat(work: Callable[[], Awaitable[None]], tasks: int, until: float) -> None:
    """Let some tasks repeat `work`, then stop them."""

    async def forever() -> None:
        while True:
            await work()

    running = [asyncio.create_task(forever()) for _ in range(tasks)]
    await asyncio.sleep(until - asyncio.get_running_loop().time())
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
