"""Where the server is in its window segment, deduced from its own headers.

Room: _limiting. Pure.

Each answer gives two bounds for θ = server clock − our monotonic clock: between our sending and our receiving, the
server wrote a `Date` in whole seconds and a `reset` at most one segment ahead. The bounds of all answers are
intersected, so θ may have any size. The interval widens with age. It starts anew if an answer contradicts it, because
then a clock was set. The lower end is the safe one: by it, a request never arrives earlier in its segment than we
think.
"""

from __future__ import annotations

from math import floor, remainder
from typing import NamedTuple

import msgspec

from woowup_async._limiting.bounded import Number, State

#: How fast two clocks may drift apart (guessed: twice the worst of usual quartz). docs/limiter.md: phase.
_DRIFT = 100e-6
#: Resolution of an HTTP `Date` (RFC 9110, section 5.6.7). docs/limiter.md: phase.
_DATE_RESOLUTION = 1.0
#: Part of a segment, against rounding that puts a time just before a boundary. docs/limiter.md: numerics.
_EPSILON = 1e-9


class ClockSample(msgspec.Struct, frozen=True, gc=False):
    """The clock readings of one answer: `sent` and `received` by our clock, `reset` and `date` by the server's."""

    sent: float
    received: float
    reset: float | None
    date: float | None = None


class PhaseState(State, frozen=True):
    """A phase as data: θ at least and at most, known at `at`. Both are None while the phase is unknown."""

    anchor: Number
    low: Number | None
    high: Number | None
    at: Number


class SegmentTime(NamedTuple):
    """A time in the server's count: the number of a segment, and the seconds elapsed in it."""

    segment: int
    elapsed: float


class Phase:
    """An interval that contains θ."""

    def __init__(self, segment: float) -> None:
        self._segment = segment
        self._anchor = 0.0
        self._low, self._high, self._at = float("-inf"), float("inf"), 0.0

    @property
    def is_known(self) -> bool:
        """Whether an answer with a `reset` was seen."""
        return self._low > float("-inf")

    def interval(self, now: float) -> tuple[float, float]:
        """Return the least and the most that θ may be, widened by age."""
        age = _DRIFT * max(0.0, now - self._at)
        return self._low - age, self._high + age

    def recall(self, interval: tuple[float, float], boundary: float, now: float) -> None:
        """Begin with what another process knew: both ends of θ, and the end of any segment."""
        (self._low, self._high), self._anchor, self._at = interval, boundary, now

    def state(self) -> PhaseState:
        """Return the interval as data."""
        if not self.is_known:
            return PhaseState(self._anchor, None, None, self._at)
        return PhaseState(self._anchor, self._low, self._high, self._at)

    def restore(self, state: PhaseState) -> None:
        """Take the interval of a state."""
        if state.low is not None and state.high is not None:
            self._anchor, self._low, self._high, self._at = state.anchor, state.low, state.high, state.at

    def observe(self, seen: ClockSample) -> bool:
        """Narrow the interval and return True; or start anew and return False if the answer contradicts it."""
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
            # align the boundaries with this reset: the one that they came from may have been wrong
            self._anchor += remainder(seen.reset - self._anchor, self._segment)
        self._low, self._high, self._at = low, high, seen.received
        return agrees

    def _bounds(self, seen: ClockSample) -> tuple[float, float]:
        low, high = float("-inf"), float("inf")
        if seen.reset is not None:
            low, high = seen.reset - self._segment - seen.received, seen.reset - seen.sent
        if seen.date is not None:
            by_date = seen.date - seen.received, seen.date + _DATE_RESOLUTION - seen.sent
            # a Date that contradicts its own reset is not used: a cache wrote it, or the segment is not as configured
            if by_date[0] <= high and low <= by_date[1]:
                low, high = max(low, by_date[0]), min(high, by_date[1])
        return low, high

    def earliest(self, now: float) -> SegmentTime:
        """Return the earliest time that the server may be at."""
        return self._segment_time(now + self._low - _DRIFT * max(0.0, now - self._at))

    def latest(self, now: float) -> SegmentTime:
        """Return the latest time that the server may be at."""
        return self._segment_time(now + self._high + _DRIFT * max(0.0, now - self._at))

    def when(self, segment: int, elapsed: float) -> float:
        """Return when the server has certainly reached a time, by our clock. The inverse of `earliest`."""
        server_time = self._anchor + segment * self._segment + elapsed
        return (server_time - self._low - _DRIFT * self._at) / (1 - _DRIFT)

    def segment_of(self, reset: float) -> int:
        """Return the number of the segment that ends at `reset`."""
        return round((reset - self._anchor) / self._segment) - 1

    def reset_of(self, segment: int) -> float:
        """Return the end of a segment, by the server's clock."""
        return self._anchor + (segment + 1) * self._segment

    def _segment_time(self, server_time: float) -> SegmentTime:
        since = server_time - self._anchor
        segment = floor(since / self._segment + _EPSILON)
        return SegmentTime(segment, max(0.0, since - segment * self._segment))
