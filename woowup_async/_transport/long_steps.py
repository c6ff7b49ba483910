"""Spreads the long steps of a run over the event loop, so that other tasks wait for one of them at a time.

Room: _transport. A step is long if it handles many records: it checks a part of what a source gave, or settles a
batch.
"""

from __future__ import annotations

import asyncio
from collections import deque


class LongSteps:
    """At most one long step of a run in each iteration of the event loop, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._is_taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def begin(self) -> None:
        """Wait until this iteration has had no long step. What follows without waiting is the step."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._pass_on, loop)
            return
        place: asyncio.Future[None] = loop.create_future()
        self._waiting.append(place)
        await place

    def _pass_on(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():  # it is cancelled
                place.set_result(None)
                loop.call_soon(self._pass_on, loop)
                return
        self._is_taken = False
