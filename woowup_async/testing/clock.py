"""A clock for tests. Waiting takes no real time.

Room: testing. It is for tests of code that takes a `Clock`. Hours pass in milliseconds, in the order of the deadlines.
"""

from __future__ import annotations

import heapq
import itertools

import anyio
import anyio.lowlevel

#: Turns of the event loop without progress after which all tasks are assumed to wait (guessed, with a margin).
_IDLE_TURNS = 30


class FakeClock:
    """A clock of virtual seconds. When all tasks wait, time jumps to the next deadline."""

    def __init__(self, start: float = 1_000.0) -> None:
        self._now = start
        self._sleepers: list[tuple[float, int]] = []
        self._order = itertools.count()

    def now(self) -> float:
        """Return the virtual time, in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the virtual time forward."""
        self._now += seconds

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Wait in virtual time, or until `unless` is set."""
        me = (deadline, next(self._order))
        heapq.heappush(self._sleepers, me)
        try:
            await anyio.lowlevel.checkpoint()
            while self._now < deadline and not (unless and unless.is_set()):
                await self._settle(me, unless)
        finally:
            self._sleepers.remove(me)
            heapq.heapify(self._sleepers)

    async def _settle(self, me: tuple[float, int], unless: anyio.Event | None) -> None:
        began = self._now
        for _ in range(_IDLE_TURNS):
            await anyio.lowlevel.checkpoint()
            # if time has moved, the tasks that wake now run first
            if self._now != began or (unless and unless.is_set()):
                return
        if self._sleepers[0] == me:
            self._now = max(self._now, me[0])
