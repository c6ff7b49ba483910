"""The right to send one request once, and the port that gives it.

Room: _limiting.
"""

from __future__ import annotations

from typing import Any, Protocol

from woowup_async.policies import Lane
from woowup_async.ports import Headers


class Keeper(Protocol):
    """Learns what became of a permit."""

    def observe(self, spent: Any, lane: Lane, status: int, headers: Headers) -> None:
        """Learn from an answer."""
        ...

    def forgo(self, spent: Any, lane: Lane, *, was_sent: bool) -> None:
        """Settle a permit without an answer."""
        ...


class Permit:
    """The right to send one request once. Only the first report of what became of it counts."""

    __slots__ = ("_keeper", "_lane", "_spent")

    def __init__(self, keeper: Keeper, lane: Lane, spent: object) -> None:
        self._keeper, self._lane = keeper, lane
        self._spent: object | None = spent

    def answered(self, status: int, headers: Headers) -> None:
        """Report the answer: its rate-limit headers, and whether it is a refusal (429)."""
        if spent := self._take():
            self._keeper.observe(spent, self._lane, status, headers)

    def lost(self) -> None:
        """Report that no answer came. The server may have counted the request."""
        if spent := self._take():
            self._keeper.forgo(spent, self._lane, was_sent=True)

    def unused(self) -> None:
        """Report that the request certainly never left."""
        if spent := self._take():
            self._keeper.forgo(spent, self._lane, was_sent=False)

    def _take(self) -> object | None:
        spent, self._spent = self._spent, None
        return spent


class Admission(Protocol):
    """Gives permits."""

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit of a lane."""
        ...
