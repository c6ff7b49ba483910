"""How long tasks waited for permits, counted in buckets.

Room: _limiting. Pure.
"""

from __future__ import annotations

from bisect import bisect_left

from woowup_async.statistics import WAIT_BOUNDS, WaitHistogram


class WaitCounter:
    """Counts waits in buckets."""

    def __init__(self) -> None:
        self._counts = [0] * (len(WAIT_BOUNDS) + 1)

    def add(self, seconds: float) -> None:
        """Count one wait."""
        self._counts[bisect_left(WAIT_BOUNDS, seconds)] += 1

    @property
    def histogram(self) -> WaitHistogram:
        """The counts so far."""
        return WaitHistogram(tuple(self._counts))
