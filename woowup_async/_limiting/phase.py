"""Where the server is in its window segment, deduced from its own headers.

Room: _limiting. Pure.

For each answer, θ = server clock − our monotonic clock lies between two bounds: the server wrote `Date` (whole seconds)
and a `reset` at most one segment ahead, somewhere between our sending and our receiving. The bounds of all answers are
intersected, so skew cancels whatever its size; they widen with age, and start anew where they contradict each other
(a clock was set). The lower end is the safe one: by it, an arrival is never earlier in its segment than we think.
"""

from __future__ import annotations

from math import floor, remainder
from typing import NamedTuple

import msgspec

#: How fast two clocks may drift apart (guessed: twice what quartz does at its worst). docs/limiter.md: phase.
_DRIFT = 100e-6
#: Resolution of an HTTP `Date` (RFC 9110, section 5.6.7). docs/limiter.md: phase.
_DATE_RESOLUTION = 1.0
#: Keeps float residues from placing a moment a hair too early. docs/limiter.md: numerics.
_EPSILON = 1e-9


class ClockSample(msgspec.Struct, frozen=True, gc=False):
    """What one answer says of the server's clock. `sent` and `received` are ours, the others the server's."""

    sent: float
    received: float
    reset: float | None
    date: float | None = None


class SegmentTime(NamedTuple):
    """A moment in the server's count: the number of a segment, and the seconds elapsed in it."""

    segment: int
    elapsed: float


class Phase:
    """An interval that holds θ, once an answer was seen."""

    def __init__(self, segment: float) -> None:
        self._segment = segment
        self._anchor = 0.0
        self._low, self._high, self._at = float("-inf"), float("inf"), 0.0

    @property
    def is_known(self) -> bool:
        """Whether any answer showed it."""
        return self._low > float("-inf")

    def interval(self, now: float) -> tuple[float, float]:
        """Both ends of θ, widened by age."""
        age = _DRIFT * max(0.0, now - self._at)
        return self._low - age, self._high + age

    def restore(self, interval: tuple[float, float], boundary: float, now: float) -> None:
        """Begin with what was known before: both ends of θ, and any segment's end."""
        (self._low, self._high), self._anchor, self._at = interval, boundary, now

    def observe(self, seen: ClockSample) -> bool:
        """Narrow the interval; or start anew, and return False."""
        if seen.reset is None and (seen.date is None or not self.is_known):
            return True
        if seen.reset is not None and not self.is_known:
            self._anchor = seen.reset
        low, high = self._bounds(seen)
        old_low, old_high = self.interval(seen.received)
        agrees = old_low <= high and low <= old_high
        if agrees:
            low, high = max(low, old_low), min(high, old_high)
        elif seen.reset is not None:
            # a clock that was set keeps its segments' ends; one answer of nonsense must not move them for good
            self._anchor += remainder(seen.reset - self._anchor, self._segment)
        self._low, self._high, self._at = low, high, seen.received
        return agrees

    def _bounds(self, seen: ClockSample) -> tuple[float, float]:
        low, high = float("-inf"), float("inf")
        if seen.reset is not None:
            low, high = seen.reset - self._segment - seen.received, seen.reset - seen.sent
        if seen.date is not None:
            by_date = seen.date - seen.received, seen.date + _DATE_RESOLUTION - seen.sent
            # a Date that contradicts its own reset is not used (a cache's, or a segment that is not as configured)
            if by_date[0] <= high and low <= by_date[1]:
                low, high = max(low, by_date[0]), min(high, by_date[1])
        return low, high

    def earliest(self, now: float) -> SegmentTime:
        """The earliest time that the server may be at."""
        return self._place(now + self._low - _DRIFT * max(0.0, now - self._at))

    def latest(self, now: float) -> SegmentTime:
        """The latest time that the server may be at."""
        return self._place(now + self._high + _DRIFT * max(0.0, now - self._at))

    def when(self, segment: int, elapsed: float) -> float:
        """The time on our clock from which on the server is surely there; the inverse of `earliest`."""
        server_time = self._anchor + segment * self._segment + elapsed
        return (server_time - self._low - _DRIFT * self._at) / (1 - _DRIFT)

    def segment_of(self, reset: float) -> int:
        """The segment that ends at `reset`."""
        return round((reset - self._anchor) / self._segment) - 1

    def reset_of(self, segment: int) -> float:
        """The end of a segment, on the server's clock."""
        return self._anchor + (segment + 1) * self._segment

    def _place(self, server_time: float) -> SegmentTime:
        since = server_time - self._anchor
        segment = floor(since / self._segment + _EPSILON)
        return SegmentTime(segment, max(0.0, since - segment * self._segment))
