"""Other limiters for several workers, in virtual time.

Each of them can keep its state in Redis: a log of requests (`limits`, `pyrate-limiter`), or one number that grows with
each request (`throttled-py`, GCRA). Here all workers share the library's own state in memory, some milliseconds away,
since the scripts for Redis follow the same rules, but some of them by the clock of the Redis server. None of these
limiters looks at the answers. So after a 429, a worker waits as long as it says.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from unittest.mock import patch

from benchmarks.limiter.clients import Milliseconds, Pause
from benchmarks.limiter.world import Answer
from woowup_async.policies import Lane
from woowup_async.ports import Headers

#: Takes a permit of all workers and returns 0, or returns the seconds to wait.
Ask = Callable[[], float]
#: The least wait, since some libraries round theirs down.
_LEAST = 0.001
#: The most seconds added to a wait at random.
_SPREAD = 0.02


def limits_log() -> Ask:
    """Return `limits` with its moving window: 70 in any 30 seconds."""
    from limits import RateLimitItemPerSecond
    from limits.storage import MemoryStorage
    from limits.strategies import MovingWindowRateLimiter

    limiter, rate, loop = MovingWindowRateLimiter(MemoryStorage()), RateLimitItemPerSecond(70, 30), _loop()

    def ask() -> float:
        if limiter.hit(rate, "account"):
            return 0.0
        again: float = limiter.get_window_stats(rate, "account").reset_time
        return max(_LEAST, again - loop.time())

    return ask


def pyrate_log() -> Ask:
    """Return `pyrate-limiter` with its log: 70 in any 30 seconds."""
    from pyrate_limiter import InMemoryBucket, Rate, RateItem

    bucket, clock = InMemoryBucket([Rate(70, 30_000)]), Milliseconds()

    def ask() -> float:
        now = clock.now()
        bucket.leak(now)
        if bucket.put(RateItem("account", now)):
            return 0.0
        wait = bucket.waiting(RateItem("account", now))
        assert isinstance(wait, int)
        return max(_LEAST, wait / 1_000)

    return ask


def gcra(limit: int, burst: int) -> Callable[[], Ask]:
    """Return `throttled-py` with GCRA: a number of requests in 30 seconds, and at most `burst` at once."""

    def ask_of() -> Ask:
        from throttled import MemoryStore, Throttled, rate_limiter

        quota = rate_limiter.per_duration(timedelta(seconds=30), limit, burst=burst)
        throttle = Throttled(key="account", using="gcra", quota=quota, store=MemoryStore())

        def ask() -> float:
            result = throttle.limit()
            return max(_LEAST, result.state.retry_after) if result.limited else 0.0

        return ask

    return ask_of


#: 60 with at most 10 at once: no segment has more than 70, whatever the phase of the server is.
PEERS: dict[str, Callable[[], Ask]] = {
    "limits, 70 in 30 s": limits_log,
    "pyrate-limiter, 70 in 30 s": pyrate_log,
    "throttled-py, 70 in 30 s": gcra(70, 70),
    "throttled-py, 60 in 30 s, bursts of 10": gcra(60, 10),
}


def installed() -> list[str]:
    """Return the names of the limiters that can be imported."""
    modules = {"limits": "limits", "pyrate-limiter": "pyrate_limiter", "throttled-py": "throttled"}
    return [name for name in PEERS if find_spec(modules[name.split(",")[0]])]


@contextlib.contextmanager
def virtual_time() -> Iterator[None]:
    """Let the libraries see the time of the running loop."""
    loop = _loop()
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch("time.time", loop.time))
        if find_spec("throttled"):
            stack.enter_context(patch("throttled.utils.now_mono_f", loop.time))
        yield


class PeerLimiter:
    """One worker's side. One of its tasks asks at a time.

    Args:
        ask: the state of all workers.
        travel: waits for half of a round trip to it.
        rng: spreads the workers, which would otherwise ask in the same order for ever.

    """

    def __init__(self, ask: Ask, travel: Callable[[], Awaitable[None]], rng: random.Random) -> None:
        self._ask, self._travel, self._rng = ask, travel, rng
        self._turn, self._pause = asyncio.Lock(), Pause()

    async def admit(self, lane: Lane, timeout: float | None = None) -> PeerLimiter:
        """Wait for a permit."""
        async with self._turn:
            while True:
                await self._pause.wait()
                await self._travel()
                wait = self._ask()
                await self._travel()
                if not wait:
                    return self
                await asyncio.sleep(wait + self._rng.uniform(0.0, _SPREAD))

    def answered(self, status: int, headers: Headers) -> None:
        """Wait after a 429."""
        self._pause.obey(Answer(status, dict(headers)))

    def lost(self) -> None:
        """Ignore a lost answer."""


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()
