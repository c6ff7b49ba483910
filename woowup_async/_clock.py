"""The clock port: seconds that only go forward, and sleeping on them.

Room: nouns. The one place of the package that reads time for machines; tests pass `testing.FakeClock`.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime
from typing import Protocol

import anyio


class Clock(Protocol):
    """Monotonic seconds from any origin, and a sleep that counts the same seconds."""

    def now(self) -> float:
        """Return the present, in seconds."""
        ...

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Return once `now()` is at or past `deadline`, or `unless` is set."""
        ...


def today() -> date:
    """Return the date of this machine, in UTC."""
    return datetime.now(UTC).date()


class MonotonicClock:
    """The real one."""

    def now(self) -> float:
        """Return `time.monotonic()`."""
        return time.monotonic()

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Sleep; a deadline in the past only yields to other tasks."""
        seconds = max(0.0, deadline - self.now())
        if unless is None:
            await anyio.sleep(seconds)
        else:
            with anyio.move_on_after(seconds):
                await unless.wait()


class Signal:
    """A bell: tasks that wait when it rings go on. A ring is not remembered."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    @property
    def event(self) -> anyio.Event:
        """What the next ring sets, for `sleep_until(unless=...)`."""
        if self._event is None:
            self._event = anyio.Event()
        return self._event

    def ring(self) -> None:
        """Wake all who wait."""
        event, self._event = self._event, None
        if event is not None:
            event.set()

    async def wait(self) -> None:
        """Wait for the next ring."""
        await self.event.wait()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop of this thread; None where none runs."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
