"""Where the server is in its window segment, deduced from its own headers.

Room: _limiting. Pure. Used by `window`.

For each answer, θ = server clock − our monotonic clock lies between two bounds: the server wrote `Date` (whole seconds)
and a `reset` at most one segment ahead, somewhere between our sending and our receiving. The bounds of all answers are
intersected, so skew cancels whatever its size; they widen with age, and start anew where they contradict each other
(a clock was set). The lower end is the safe one: by it, an arrival is never earlier in its segment than we think.
"""

from __future__ import annotations

from dataclasses import dataclass

#: How fast two clocks may drift apart (guessed: twice what quartz does at its worst).
_DRIFT = 100e-6
#: Resolution of an HTTP `Date` (RFC 9110, section 5.6.7).
_DATE_RESOLUTION = 1.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one answer says of the server's clock. `sent` and `received` are ours, the others the server's."""

    sent: float
    received: float
    reset: float
    date: float | None = None


class Phase:
    """An interval that holds θ, once an answer was seen."""

    def __init__(self, segment: float) -> None:
        self._segment = segment
        self._low, self._high, self._at = float("-inf"), float("inf"), 0.0

    @property
    def is_known(self) -> bool:
        """Whether any answer told of it."""
        return self._low > float("-inf")

    def observe(self, seen: Sighting) -> None:
        """Narrow the interval, or start anew."""
        low, high = seen.reset - self._segment - seen.received, seen.reset - seen.sent
        if seen.date is not None:
            by_date = seen.date - seen.received, seen.date + _DATE_RESOLUTION - seen.sent
            # a Date that contradicts its own reset is no help (a cache's, or a segment that is not as configured)
            if by_date[0] <= high and low <= by_date[1]:
                low, high = max(low, by_date[0]), min(high, by_date[1])
        age = _DRIFT * max(0.0, seen.received - self._at)
        old_low, old_high = self._low - age, self._high + age
        if old_low <= high and low <= old_high:
            low, high = max(low, old_low), min(high, old_high)
        self._low, self._high, self._at = low, high, seen.received

    def server_time(self, now: float) -> float:
        """The earliest that the server's clock may show."""
        return now + self._low - _DRIFT * max(0.0, now - self._at)

    def when(self, server_time: float) -> float:
        """The time on our clock from which on `server_time` is surely past; the inverse of `server_time`."""
        return (server_time - self._low - _DRIFT * self._at) / (1 - _DRIFT)
