"""What a worker knows about the store's clock.

Room: _limiting. Pure. Each read gives two bounds for store clock − our clock, since the store looked at its clock
between our sending and our receiving. The bounds of all reads are intersected, and widen with age. They start anew if a
read contradicts them, because then a clock was set.
"""

from __future__ import annotations

import math

#: How fast two clocks may drift apart (guessed: twice the worst of usual quartz). docs/limiter.md: a shared budget.
_DRIFT = 100e-6


class StoreClock:
    """An interval that contains store clock − our clock."""

    def __init__(self) -> None:
        self._low, self._high, self._at = -math.inf, math.inf, 0.0
        #: By how much the store's clock was set, at least and at most, until the shared times were moved.
        self.jump: tuple[float, float] | None = None

    @property
    def is_known(self) -> bool:
        """Whether the store was ever read."""
        return self._low > -math.inf

    def observe(self, before: float, store: float, after: float) -> bool:
        """Narrow the interval by one read, and return whether it agrees."""
        age = _DRIFT * (after - before)
        low, high = store - after - age, store - before + age
        old_low, old_high = self.interval(after)
        agrees = old_low <= high and low <= old_high
        if agrees:
            low, high = max(low, old_low), min(high, old_high)
        else:
            least, most = self.jump or (0.0, 0.0)
            self.jump = least + low - old_high, most + high - old_low
        self._low, self._high, self._at = low, high, after
        return agrees

    def interval(self, now: float) -> tuple[float, float]:
        """Return the least and the most that the store's clock may be ahead, widened by age."""
        age = _DRIFT * abs(now - self._at)
        return self._low - age, self._high + age

    def earliest(self, at: float) -> float:
        """Return the earliest time that the store's clock showed or will show at our time `at`."""
        return at + self.interval(at)[0]

    def latest(self, at: float) -> float:
        """Return the latest such time."""
        return at + self.interval(at)[1]

    def when(self, store: float) -> float:
        """Return when the store's clock has certainly reached a time, by ours."""
        at = store - self._low
        return at + _DRIFT * abs(at - self._at)
