"""The clients that spend the budget: our limiter, and alternatives to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiolimiter import AsyncLimiter
from pyrate_limiter import AbstractBucket, AbstractClock, BucketFactory, InMemoryBucket, Rate, RateItem
from pyrate_limiter import Limiter as PyrateLimiter

from benchmarks.limiter.world import Answer, World
from benchmarks.virtual import VirtualClock
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async.policies import Lane, RateLimit
from woowup_async.ports import Headers

#: Most requests in flight of a client, as in `SessionPool(in_flight=8)`.
WORKERS = 8
#: Seconds before the end of a segment.
_LAST_MOMENT = 0.001


class Answerable(Protocol):
    """A permit that learns what became of its request."""

    def answered(self, status: int, headers: Headers) -> None:
        """Note an answer."""

    def lost(self) -> None:
        """Note that no answer comes."""


class Limiter(Protocol):
    """Gives permits."""

    async def admit(self, lane: Lane, timeout: float | None = None) -> Answerable:
        """Wait for the next permit."""
        ...


Client = Callable[[World, float], Awaitable[None]]


async def crowd(work: Callable[[], Awaitable[None]], end: float, tasks: int = WORKERS) -> None:
    """Let some tasks repeat `work` until the end, then stop them."""

    async def repeat() -> None:
        while True:
            await work()

    running = [asyncio.create_task(repeat()) for _ in range(tasks)]
    await asyncio.sleep(end - asyncio.get_running_loop().time())
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def call(limiter: Limiter, world: World, lane: Lane) -> None:
    """Send one request through our limiter."""
    permit = await limiter.admit(lane)
    answer = await world.exchange()
    if answer is None:
        permit.lost()
    else:
        permit.answered(answer.status, answer.headers)


def limiter_of(world: World, rate_limit: RateLimit = RateLimit()) -> AccountLimiter:
    """Return the real limiter, in virtual time."""
    return AccountLimiter(rate_limit, VirtualClock(), in_flight=WORKERS, random=world.rng.random)


def ours(rate_limit: RateLimit = RateLimit()) -> Client:
    """Return a client with our limiter, saturated by the bulk lane."""

    async def client(world: World, end: float) -> None:
        limiter = limiter_of(world, rate_limit)
        await crowd(lambda: call(limiter, world, Lane.BULK), end)

    return client


def leaky_bucket(rate: float, seconds: float) -> Client:
    """Return a client with aiolimiter, which ignores the server. After a 429, all workers wait as long as it says."""

    async def client(world: World, end: float) -> None:
        bucket, pause = AsyncLimiter(rate, seconds), Pause()

        async def work() -> None:
            await pause.wait()
            async with bucket:
                pause.obey(await world.exchange())

        await crowd(work, end)

    return client


def retry_after_only() -> Client:
    """Return a client without a limiter. It sends as fast as it can, until a 429 says how long to wait."""

    async def client(world: World, end: float) -> None:
        pause = Pause()

        async def work() -> None:
            await pause.wait()
            pause.obey(await world.exchange())

        await crowd(work, end)

    return client


def sliding_log(rate: int, seconds: float) -> Client:
    """Return a client with pyrate-limiter, which remembers each request of the last `seconds`."""

    async def client(world: World, end: float) -> None:
        bucket, clock = InMemoryBucket([Rate(rate, round(seconds * 1_000))]), Milliseconds()
        limiter, pause = PyrateLimiter(_OneBucket(bucket, clock)), Pause()

        async def work() -> None:
            await pause.wait()
            while not await limiter.try_acquire_async("account", blocking=False):
                wait = bucket.waiting(RateItem("account", clock.now()))
                assert isinstance(wait, int)
                await asyncio.sleep(max(1, wait) / 1_000)
            pause.obey(await world.exchange())

        await crowd(work, end)

    return client


def all_knowing(leaves: int) -> Client:
    """Return a client without distance that knows the server's count, and spends at the last moment of each segment.

    It leaves some slots free. A request of others is refused by what the whole segment before has, and by what came
    before it in its own. So no client that spends as much disturbs others less.
    """

    async def client(world: World, end: float) -> None:
        loop, server = asyncio.get_running_loop(), world.server
        while (last := server.rules.boundary(loop.time()) - _LAST_MOMENT) < end:
            await asyncio.sleep(last - loop.time())
            for _ in range(server.room(last) - leaves):
                server.arrive(last, world.ledger)
            await asyncio.sleep(2 * _LAST_MOMENT)

    return client


class Pause:
    """The pause of all workers that `Retry-After` asks for."""

    def __init__(self) -> None:
        self._until = 0.0

    async def wait(self) -> None:
        """Wait until it is over."""
        loop = asyncio.get_running_loop()
        while self._until > loop.time():  # noqa: ASYNC110 - it may have changed meanwhile
            await asyncio.sleep(self._until - loop.time())

    def obey(self, answer: Answer | None) -> None:
        """Begin a pause if an answer asks for it."""
        if answer is not None and answer.status == 429:
            self._until = asyncio.get_running_loop().time() + float(answer.headers["retry-after"])


class Milliseconds(AbstractClock):
    """The clock of pyrate-limiter, with the time of the loop."""

    def now(self) -> int:
        """Return the virtual time."""
        return round(asyncio.get_running_loop().time() * 1_000)


class _OneBucket(BucketFactory):
    def __init__(self, bucket: InMemoryBucket, clock: Milliseconds) -> None:
        self._bucket, self._clock = bucket, clock

    def wrap_item(self, name: str, weight: int = 1) -> RateItem:
        return RateItem(name, self._clock.now(), weight=weight)

    def get(self, item: RateItem) -> AbstractBucket:
        return self._bucket
