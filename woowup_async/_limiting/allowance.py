"""Limits the number of requests of a run.

Room: _limiting. It limits permits, and does not end the run: a request beyond the last permit waits until the earlier
ones are over. If one of those was never sent, it gives its permit back, and the next request gets it.
"""

from __future__ import annotations

from collections.abc import Callable

from woowup_async._clock import Signal
from woowup_async._limiting.permit import Admission, Permit
from woowup_async.policies import Lane
from woowup_async.ports import Headers


class Allowance:
    """Gives the permits of another admission, up to a number of requests.

    Args:
        inner: gives permits.
        most: the most requests that may be sent.
        reached: called when another request is wanted and all of these were sent and are over. It is called again for
            the next one. It should end the run, since no more permits are given.

    Invariant: usable permits and sent requests together are never more than `most`.

    """

    def __init__(self, inner: Admission, most: int, reached: Callable[[], None]) -> None:
        self.inner = inner
        self._most, self._reached = most, reached
        self._open = 0  # permits that were asked for, or given and not reported
        self._left = 0
        self._changed = Signal()

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit of a lane, and for the allowance before it.

        Raises:
            AdmissionTimeout: no permit can come within `timeout` seconds, counted once the allowance has one.

        """
        while self._open + self._left >= self._most:
            if not self._open:
                self._reached()
            await self._changed.wait()
        self._open += 1
        try:
            return Permit(self, lane, await self.inner.admit(lane, timeout))
        except BaseException:
            self._close(has_left=False)
            raise

    def observe(self, spent: Permit, lane: Lane, status: int, headers: Headers) -> None:
        """Pass an answer on. Called by the permit."""
        self._close(has_left=True)
        spent.answered(status, headers)

    def forgo(self, spent: Permit, lane: Lane, *, was_sent: bool) -> None:
        """Pass on that no answer came. Called by the permit."""
        self._close(has_left=was_sent)
        if was_sent:
            spent.lost()
        else:
            spent.unused()

    def _close(self, *, has_left: bool) -> None:
        self._open -= 1
        self._left += has_left
        self._changed.ring()
