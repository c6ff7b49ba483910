"""How a run stops: what was sent is waited for, so far; nothing new is sent.

Room: _transport. Made by `_ingest.run`, whose pipeline lets `watch` run; used by `sender` around each exchange.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import anyio

from woowup_async._clock import Clock, Signal


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

    @contextmanager
    def exchange(self) -> Iterator[anyio.CancelScope]:
        """Shield one exchange. `cancelled_caught` of the scope tells whether its answer was waited for in vain."""
        with anyio.CancelScope(shield=True) as scope:
            self._under_way.add(scope)
            try:
                yield scope
            finally:
                self._under_way.discard(scope)
                if not self._under_way:
                    self._idle.ring()

    async def watch(self) -> None:
        """Wait to be cancelled; then wait until all is answered, or the deadline."""
        try:
            await anyio.sleep_forever()
        finally:
            deadline = self._clock.now() + self._seconds
            with anyio.CancelScope(shield=True):
                while self._under_way and self._clock.now() < deadline:
                    await self._clock.sleep_until(deadline, unless=self._idle.event)
            self.abort()

    def abort(self) -> None:
        """Give up waiting, now."""
        for scope in self._under_way:
            scope.cancel()
