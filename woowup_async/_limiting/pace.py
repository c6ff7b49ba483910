"""A plain pace for a host that documents no window.

Room: _limiting. It owns no task.
"""

from __future__ import annotations

import time

import anyio
from aiolimiter import AsyncLimiter

from woowup_async._clock import Clock
from woowup_async._limiting.permit import Permit
from woowup_async._wire.reply import retry_after
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane
from woowup_async.ports import Headers

#: Requests at once, and seconds in which the same number may follow (guessed: nothing is documented, Q18).
#: docs/limiter.md: plain pace.
_BURST, _SECONDS = 5, 5.0
#: Seconds of pause after a 429 without `Retry-After` (guessed). docs/limiter.md: plain pace.
_PAUSE = 30.0


class PlainPace:
    """A fixed number of requests a second, and a pause for both lanes after a 429.

    Args:
        clock: seconds.

    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bucket = AsyncLimiter(_BURST, _SECONDS)
        self._pause_until = float("-inf")

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit.

        Raises:
            AdmissionTimeout: no permit came within `timeout` seconds.

        """
        with anyio.move_on_after(timeout):
            await self._clock.sleep_until(self._pause_until)
            await self._bucket.acquire()
            return Permit(self, lane, self)
        raise AdmissionTimeout(timeout or 0.0, max(_SECONDS / _BURST, self._pause_until - self._clock.now()))

    def observe(self, spent: object, lane: Lane, status: int, headers: Headers) -> None:
        """Pause after a 429."""
        if status == 429:
            asked = retry_after(headers, time.time())
            self._pause_until = self._clock.now() + (asked if asked is not None else _PAUSE)

    def forgo(self, spent: object, lane: Lane, *, was_sent: bool) -> None:
        """Do nothing. The bucket refills by itself."""
