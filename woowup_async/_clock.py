"""The clock port: monotonic seconds, and sleeping until a moment.

Room: nouns. Only this module reads the monotonic time; tests pass `testing.FakeClock`.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from typing import Protocol

import anyio


class Clock(Protocol):
    """Returns monotonic seconds from any origin, and sleeps in the same seconds."""

    def now(self) -> float:
        """Return the current time, in seconds."""
        ...

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Return as soon as `now()` reaches `deadline` or `unless` is set."""
        ...


def today() -> date:
    """Return the date of this machine, in UTC."""
    return datetime.now(UTC).date()


class MonotonicClock:
    """The real clock."""

    #: Returns `time.monotonic()`. It is read ten times for each request, so there is no function around it.
    now = staticmethod(time.monotonic)

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Sleep. If the deadline has passed, only yield to other tasks."""
        seconds = max(0.0, deadline - self.now())
        if unless is None:
            await anyio.sleep(seconds)
        else:
            with anyio.move_on_after(seconds):
                await unless.wait()


class Signal:
    """Wakes all tasks that wait for it. It does not remember a ring: later tasks wait for the next one."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    @property
    def event(self) -> anyio.Event:
        """The event that the next ring sets, for `sleep_until(unless=...)`."""
        if self._event is None:
            self._event = anyio.Event()
        return self._event

    def ring(self) -> None:
        """Wake all tasks that wait."""
        event, self._event = self._event, None
        if event is not None:
            event.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self.event.wait()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running event loop of this thread, or None."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
