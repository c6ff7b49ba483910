"""Stops a run: it waits a limited time for the answers to what was sent, and sends nothing new.

Room: _transport.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from woowup_async._clock import Clock, Signal
from woowup_async._transport.long_steps import LongSteps

T = TypeVar("T")


def _never() -> bool:
    return False


class Drain:
    """Protects exchanges from a cancellation until the deadline.

    Args:
        clock: seconds.
        seconds: the longest time that a cancelled run waits for answers.

    Attributes:
        steps: the long steps of the run.

    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self._under_way: set[anyio.CancelScope] = set()
        self._idle = Signal()
        self.steps: LongSteps = LongSteps()
        self._is_stopping = False

    def may_leave(self) -> bool:
        """Return whether the run still sends. It is called inside the shield, when a connection is open."""
        return not self._is_stopping

    async def shielded(self, exchange: Awaitable[T], *, is_long: bool = False) -> T | None:
        """Wait for one exchange. Return None if its answer did not come before the deadline.

        `is_long`: to use its answer is a long step.
        """
        answer: T | None = None
        with anyio.CancelScope(shield=True) as scope:
            self._under_way.add(scope)
            try:
                answer = await exchange
                if is_long:
                    await self.steps.begin()
            finally:
                self._under_way.discard(scope)
                if not self._under_way:
                    self._idle.ring()
        return answer

    async def watch(self, is_over: Callable[[], bool] = _never) -> None:
        """Wait for a cancellation, then until all exchanges are answered or the deadline. A second one ends it.

        `is_over` returns whether the watch was cancelled because all is done, and the run continues with something
        else.
        """
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            if is_over():
                raise
            self.stop()
            try:
                await self._until_idle()
            finally:
                self.abort()
            raise

    async def _until_idle(self) -> None:
        deadline = self._clock.now() + self._seconds
        # a scope of anyio cancels repeatedly: the shield stops that, but not Task.cancel of asyncio
        with anyio.CancelScope(shield=True):
            while self._under_way and self._clock.now() < deadline:
                await self._clock.sleep_until(deadline, unless=self._idle.event)

    def stop(self) -> None:
        """Send nothing new from now on."""
        self._is_stopping = True

    def abort(self) -> None:
        """Stop waiting at once."""
        self.stop()
        for scope in [*self._under_way]:
            scope.cancel()
