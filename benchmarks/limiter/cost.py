"""The CPU of a permit: medians over runs, in microseconds, and the cost of the clock for comparison."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median

from woowup_async._clock import MonotonicClock
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.spending import Limits
from woowup_async._limiting.window import Window
from woowup_async.policies import Lane, RateLimit

_RUNS, _PER_RUN = 50, 200


def costs() -> dict[str, float]:
    """Measure all in this process."""
    return {
        "ready_at + spend, idle account": _timed(_window(previous=0)),
        "ready_at + spend, after a full segment": _timed(_window(previous=70)),
        "ready_at alone, where the next permit is seconds away": _timed(_waiting()),
        "admit, uncontended": asyncio.run(_admit()),
        "time.monotonic, for scale": _timed(time.monotonic),
    }


def _timed(step: Callable[[], object]) -> float:
    runs = []
    for _ in range(_RUNS):
        began = time.process_time()
        for _ in range(_PER_RUN):
            step()
        runs.append((time.process_time() - began) / _PER_RUN * 1e6)
    return median(runs)


def _filled(previous: int) -> tuple[Window, float]:
    window, now = Window(RateLimit(limit=1_000_000)), 100.0
    for at, end, count in ((now, 1_030.0, previous), (now + 31, 1_060.0, 1)):
        for _ in range(count):
            window.observe(window.spend(at), at, Limits(1_000_000, None, end, end - 29), refused=False)
    return window, now + 31


def _window(previous: int) -> Callable[[], object]:
    window, now = _filled(previous)

    def step() -> None:
        assert window.ready_at(now) <= now + 1
        window.unspend(window.spend(now))

    return step


def _waiting() -> Callable[[], object]:
    window, now = Window(RateLimit()), 100.0
    for at, end, count in ((now, 1_030.0, 60), (now + 31, 1_060.0, 30)):
        for _ in range(count):
            window.observe(window.spend(at), at, Limits(70, None, end, end - 29), refused=False)

    def step() -> None:
        assert window.ready_at(now + 31) > now + 31

    return step


async def _admit() -> float:
    limiter = AccountLimiter(RateLimit(limit=1_000_000), MonotonicClock())
    answer = {"x-rate-limit-limit": "1000000", "x-rate-limit-reset": str(int(time.time()) + 20)}
    runs = []
    for _ in range(_RUNS):
        took = 0.0
        for _ in range(_PER_RUN):
            began = time.process_time()
            permit = await limiter.admit(Lane.INTERACTIVE)
            took += time.process_time() - began
            permit.answered(200, answer)
        runs.append(took / _PER_RUN * 1e6)
    return median(runs)
