"""The server's rate limit, written from the vendor's page alone.

Room: testing. It never looks at the client's limiter: each checks the other.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class WindowVerdict:
    """Whether one request is refused, and what the headers say after it."""

    is_refused: bool
    remaining: int
    reset: float
    retry_after: float


class ServerWindow:
    """Two counters, as documented: the current segment whole, the previous one by what is left of its weight."""

    def __init__(self, limit: int, segment: float, *, counts_refused: bool, weighs_remaining: bool) -> None:
        self.limit = limit
        self._segment = segment
        self._counts_refused, self._weighs_remaining = counts_refused, weighs_remaining
        self._number = -1
        self._previous = self._current = 0

    def arrive(self, clock: float) -> WindowVerdict:
        """Count one request at a wall-clock second, or refuse it."""
        number = int(clock // self._segment)
        if number != self._number:
            self._previous = self._current if number == self._number + 1 else 0
            self._current, self._number = 0, number
        end = (number + 1) * self._segment
        weight = 1 - (clock - number * self._segment) / self._segment
        estimated = self._previous * weight + self._current
        is_refused = estimated >= self.limit
        if not is_refused or self._counts_refused:
            self._current += 1
        used = self._previous * weight + self._current if self._weighs_remaining else self._current
        return WindowVerdict(is_refused, 0 if is_refused else max(0, int(self.limit - used)), end, end - clock)
