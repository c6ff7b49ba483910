"""The rows of the table: the account, the network and the other programs, and the bars to reach."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from unittest.mock import patch

from benchmarks.limiter import clients
from benchmarks.limiter.world import Distance, Rules, Server, World, greedy
from benchmarks.virtual import run
from woowup_async.policies import Lane, RateLimit

NEAR, USUAL, FAR = Distance(0.05), Distance(0.2), Distance(0.8, spread=0.6)


@dataclass(frozen=True, slots=True)
class Bar:
    """The bars: the least share, the most refusals per 1,000 accepted requests, and per 100 foreign ones."""

    share: float = 0.0
    refused: float = 0.0
    foreign_refused: float | None = None
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The result of one run. `left`: requests of the greedy oracle minus those of the other programs without us."""

    left: int
    accepted: tuple[int, ...]
    refused: int
    foreign: int = 0
    foreign_refused: int = 0
    waits: tuple[float, ...] = ()

    @property
    def share(self) -> float:
        """Our part of `left`."""
        return sum(self.accepted) / self.left


@dataclass(frozen=True, slots=True)
class Situation:
    """One row.

    Args:
        name: as printed.
        bar: the bars to reach.
        rules: of the server; skew and drift are random for each run.
        distance: to the server.
        foreign: requests a second of other programs, as a Poisson process.
        part: our part of the announced limit.
        client: spends the budget.
        joins: seconds after which a second copy of the client starts.
        jump: seconds by which the client's wall clock is set forward in the middle of a run.
        play: the course of a run, if it is not "saturate until the end".

    """

    name: str
    bar: Bar
    rules: Rules = field(default_factory=Rules)
    distance: Distance = USUAL
    foreign: float = 0.0
    part: float = 1.0
    client: clients.Client = field(default_factory=clients.ours)
    joins: float | None = None
    jump: float = 0.0
    play: Callable[[World, float], Score] | None = None

    def run(self, seed: int, seconds: float = 1_200.0) -> Score:
        """Do one run. The same seed gives the same run."""
        rng = random.Random(f"{self.name} {seed}")
        rules = replace(self.rules, skew=1.7e9 + rng.uniform(-9_000, 9_000), drift=rng.uniform(-30e-6, 30e-6))
        arrivals = list(poisson(rng, self.foreign, seconds))
        world = World(Server(rules, arrivals), self.distance, random.Random(rng.random()))
        if self.play is not None:
            return self.play(world, seconds)
        worlds = [world]
        if self.joins is not None:
            worlds.append(World(world.server, self.distance, random.Random(rng.random())))
        run(self._saturate(worlds, seconds))
        world.server.pass_time(seconds)
        return self._score(worlds, arrivals, seconds)

    async def _saturate(self, worlds: list[World], seconds: float) -> None:
        async def start(world: World, after: float) -> None:
            await asyncio.sleep(after)
            await self.client(world, seconds)

        loop = asyncio.get_running_loop()

        def wall() -> float:
            return 5e8 + loop.time() + (self.jump if loop.time() > seconds / 2 else 0.0)

        with patch("time.time", wall):
            await asyncio.gather(*(start(world, n * (self.joins or 0.0)) for n, world in enumerate(worlds)))

    def _score(self, worlds: list[World], arrivals: list[float], seconds: float) -> Score:
        """Score from the second segment on, since the first one may be nearly over at the start."""
        rules = worlds[0].server.rules
        start = rules.boundary(self.joins or 0.0)
        undisturbed = Server(rules, arrivals)
        undisturbed.pass_time(seconds)
        return Score(
            left=round(self.part * greedy(rules, seconds).since(start)) - undisturbed.foreign.since(start),
            accepted=tuple(world.ledger.since(start) for world in worlds),
            refused=sum(len(world.ledger.refused) for world in worlds),
            foreign=len(arrivals),
            foreign_refused=len(worlds[0].server.foreign.refused),
        )


def poisson(rng: random.Random, rate: float, seconds: float) -> list[float]:
    """Return the arrivals of a Poisson process."""
    arrivals, now = list[float](), 0.0
    while rate and now < seconds:
        now += rng.expovariate(rate)
        arrivals.append(now)
    return arrivals


def burst(world: World, _: float) -> Score:
    """Make 60 calls at once from a new process. The wait is from the first answer to the last permit."""

    async def main() -> list[float]:
        limiter, admitted, loop = clients.limiter_of(world), list[float](), asyncio.get_running_loop()
        answered = list[float]()

        async def one() -> None:
            permit = await limiter.admit(Lane.INTERACTIVE)
            admitted.append(loop.time())
            answer = await world.exchange()
            assert answer is not None
            answered.append(loop.time())
            permit.answered(answer.status, answer.headers)

        await asyncio.gather(*(one() for _ in range(60)))
        return [max(admitted) - min(answered)]

    late = run(main())
    return Score(60, (len(world.ledger.accepted),), len(world.ledger.refused), waits=tuple(late))


def interactive_beside_bulk(world: World, seconds: float) -> Score:
    """Saturate the bulk lane, and measure the wait of an interactive call every five seconds."""

    async def main() -> list[float]:
        limiter, loop, waits = clients.limiter_of(world), asyncio.get_running_loop(), list[float]()

        async def someone() -> None:
            while True:
                await asyncio.sleep(5)
                began = loop.time()
                permit = await limiter.admit(Lane.INTERACTIVE)
                waits.append(loop.time() - began)
                answer = await world.exchange()
                assert answer is not None
                permit.answered(answer.status, answer.headers)

        calling = asyncio.create_task(someone())
        await clients.crowd(lambda: clients.call(limiter, world, Lane.BULK), seconds)
        calling.cancel()
        return waits

    waits = run(main())
    rules = world.server.rules
    start = rules.boundary(0.0)
    left = greedy(rules, seconds).since(start)
    return Score(left, (world.ledger.since(start),), len(world.ledger.refused), waits=tuple(waits))


def restarted(world: World, seconds: float) -> Score:
    """Kill the client at a random moment, and restart it with the memory stored before its last request."""

    async def main() -> None:
        loop, memories = asyncio.get_running_loop(), list[object]()
        limiter = clients.limiter_of(world)

        async def work() -> None:
            permit = await limiter.admit(Lane.BULK)
            memories[:] = [limiter.remember(wall=loop.time() + 5e8)]
            answer = await asyncio.shield(asyncio.ensure_future(world.exchange()))
            assert answer is not None
            permit.answered(answer.status, answer.headers)

        killed = world.rng.uniform(60, seconds - 120)
        await clients.crowd(work, killed)
        await asyncio.sleep(world.rng.uniform(0.0, 2.0))
        limiter = clients.limiter_of(world)
        limiter.recall(memories[0], wall=loop.time() + 5e8)  # type: ignore[arg-type]
        await clients.crowd(lambda: clients.call(limiter, world, Lane.BULK), seconds)

    run(main())
    rules = world.server.rules
    start = rules.boundary(0.0)
    left = greedy(rules, seconds).since(start)
    return Score(left, (world.ledger.since(start),), len(world.ledger.refused))


def _foreign(rate: float, bar: Bar, far_bar: Bar | None = None) -> list[Situation]:
    rows = []
    for weighs, reading in ((False, "limit − current"), (True, "limit − estimated")):
        rules = Rules(weighs_remaining=weighs)
        distances = [(USUAL, "200 ms", bar)]
        if far_bar is not None:
            distances = [(NEAR, "50 ms", bar), (USUAL, "200 ms", bar), (FAR, "800 ms", far_bar)]
        for distance, what, reach in distances:
            name = f"foreign {rate:g}/s, {what}, remaining = {reading}"
            rows.append(Situation(name, reach, rules, distance, foreign=rate))
    return rows


def _copies() -> list[Situation]:
    bar, rows = Bar(0.965, 3.0), []
    for joins, what in ((0.0, "from the start"), (300.0, "after 5 minutes")):
        for distance, trip in ((NEAR, "50 ms"), (USUAL, "200 ms")):
            for weighs, reading in ((False, "current"), (True, "estimated")):
                rules = Rules(weighs_remaining=weighs)
                name = f"a second copy {what}, {trip}, remaining = limit − {reading}"
                rows.append(Situation(name, bar, rules, distance, joins=joins))
    return rows


ALONE = Bar(0.995)
OURS = [
    Situation("alone, 50 ms", ALONE, distance=NEAR),
    Situation("alone, 200 ms", ALONE),
    Situation("alone, 200 ms, remaining = limit − estimated", ALONE, Rules(weighs_remaining=True)),
    Situation("alone, 800 ms with tails to 4 s", Bar(0.97), distance=FAR),
    Situation("1 % of responses lost, wall clock jumps 10 s", Bar(0.99), distance=replace(USUAL, lost=0.01), jump=10.0),
    Situation("wall clock jumps 10 s in mid-run, 200 ms", Bar(0.99), jump=10.0),
    Situation(
        "1 % of responses lost, remaining = limit − estimated",
        Bar(0.99), Rules(weighs_remaining=True), replace(USUAL, lost=0.01),
    ),
    Situation("no headers, 50 ms", Bar(0.95), Rules(has_headers=False), NEAR),
    Situation("no headers, 200 ms", Bar(0.95), Rules(has_headers=False)),
    Situation("no headers, 800 ms", Bar(0.93), Rules(has_headers=False), FAR),
    Situation("refused requests count, 200 ms", ALONE, Rules(counts_refused=True)),
    Situation("announced 210, configured 70", Bar(0.99), Rules(limit=210)),
    Situation(
        "announced 210, share 0.5", Bar(0.99), Rules(limit=210), part=0.5, client=clients.ours(RateLimit(share=0.5))
    ),
    *_foreign(1.0, Bar(0.95, 2.0, 2.0), Bar(0.92, 2.0, 2.0)),
    *_foreign(0.2, Bar(0.97, 2.0)),
    *_foreign(2.0, Bar(0.92, 5.0, 2.0)),
    *_copies(),
    Situation("60 calls at once, cold, 200 ms", Bar(1.0, wait=0.2), play=burst),
    Situation("bulk saturates, a call each 5 s", Bar(wait=0.5), play=interactive_beside_bulk),
    Situation("killed and restarted with its memory", Bar(0.98), play=restarted),
]  # fmt: skip

#: (10, 5): at most 10 permits at once, refilled so that no segment exceeds its limit: 30 · 10 / (70 − 10).
PEERS = [
    Situation("aiolimiter (140, 60)", Bar(), client=clients.leaky_bucket(140, 60)),
    Situation("aiolimiter (70, 30)", Bar(), client=clients.leaky_bucket(70, 30)),
    Situation("aiolimiter (10, 5), sized to the rule", Bar(), client=clients.leaky_bucket(10, 5)),
    Situation("pyrate-limiter 140 in 60 s", Bar(), client=clients.sliding_log(140, 60)),
    Situation("pyrate-limiter 70 in 30 s", Bar(), client=clients.sliding_log(70, 30)),
    Situation("retry after Retry-After", Bar(), client=clients.retry_after_only()),
]

#: What beside 2 requests a second is possible at most: nobody knows what they know.
LIMITS = [
    Situation(f"knows all, leaves {leaves} of 70", Bar(), foreign=2.0, client=clients.all_knowing(leaves))
    for leaves in range(6)
]
