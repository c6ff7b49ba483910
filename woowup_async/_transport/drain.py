"""How a run stops: what was sent is waited for, so far; nothing new is sent.

Room: _transport.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from woowup_async._clock import Clock, Signal

T = TypeVar("T")


def _never() -> bool:
    return False


class Drain:
    """Exchanges that a cancellation does not reach before the deadline.

    Args:
        clock: seconds.
        seconds: most that a cancelled run waits for answers.

    """

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock, self._seconds = clock, seconds
        self._under_way: set[anyio.CancelScope] = set()
        self._idle = Signal()
        self._is_stopping = False

    def may_leave(self) -> bool:
        """Whether the run still sends: asked when a connection is there, inside the shield."""
        return not self._is_stopping

    async def shielded(self, exchange: Awaitable[T]) -> T | None:
        """Wait for one exchange; None where its answer was waited for in vain."""
        with anyio.CancelScope(shield=True) as scope:
            self._under_way.add(scope)
            try:
                return await exchange
            finally:
                self._under_way.discard(scope)
                if not self._under_way:
                    self._idle.ring()
        return None

    async def watch(self, is_over: Callable[[], bool] = _never) -> None:
        """Wait to be cancelled; then wait until all is answered, or the deadline. A second cancellation ends it.

        `is_over`: whether the watch was cancelled since all is done: the run goes on with something else.
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
        # a scope of anyio cancels again and again: the shield keeps that off, and lets Task.cancel of asyncio through
        with anyio.CancelScope(shield=True):
            while self._under_way and self._clock.now() < deadline:
                await self._clock.sleep_until(deadline, unless=self._idle.event)

    def stop(self) -> None:
        """Send nothing more."""
        self._is_stopping = True

    def abort(self) -> None:
        """Give up waiting, now."""
        self.stop()
        for scope in [*self._under_way]:
            scope.cancel()
