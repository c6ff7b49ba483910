"""The server's rate limit, written only from the vendor's page.

Room: testing. It never uses the client's limiter, so that each is a check of the other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class WindowVerdict:
    """Whether one request is refused, and the values of the headers after it."""

    is_refused: bool
    remaining: int
    reset: float
    retry_after: float


class ServerWindow:
    """Two counters, as documented. The current segment counts in full, the previous one with the rest of its weight."""

    def __init__(self, limit: int, segment: float, *, counts_refused: bool, weighs_remaining: bool) -> None:
        self.limit = limit
        self._segment = segment
        self._counts_refused, self._weighs_remaining = counts_refused, weighs_remaining
        self._number = -1
        self._previous = self._current = 0

    def arrive(self, clock: float) -> WindowVerdict:
        """Count one request or refuse it. `clock` is the wall clock in seconds."""
        weighted = self._turned_to(clock)
        is_refused = weighted + self._current >= self.limit
        if not is_refused or self._counts_refused:
            self._current += 1
        return self._verdict(clock, weighted, is_refused=is_refused)

    def look(self, clock: float) -> WindowVerdict:
        """Return the values of the headers without counting a request."""
        return self._verdict(clock, self._turned_to(clock), is_refused=False)

    def _turned_to(self, clock: float) -> float:
        """Begin a segment if it is time. Return the weighted count of the previous segment."""
        number = int(clock // self._segment)
        if number != self._number:
            self._previous = self._current if number == self._number + 1 else 0
            self._current, self._number = 0, number
        return self._previous * (1 - (clock - number * self._segment) / self._segment)

    def _verdict(self, clock: float, weighted: float, *, is_refused: bool) -> WindowVerdict:
        end = (self._number + 1) * self._segment
        used = weighted + self._current if self._weighs_remaining else self._current
        return WindowVerdict(is_refused, 0 if is_refused else max(0, int(self.limit - used)), end, end - clock)
