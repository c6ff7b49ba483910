"""When the oldest unsettled record was accepted, without a time for each record.

Room: _ingest. Pure: the times come from the caller, in seconds.
"""

from __future__ import annotations

from bisect import bisect_right

#: Most marks that are kept (guessed: some kilobytes). With more, every second one is dropped.
_MOST = 512
#: Seconds between two marks at first (guessed).
_STEP = 1.0


class Ages:
    """Keeps the time of some records. Numbers are consecutive, and each time is at least the one before it.

    The time of a record is that of the last mark at or before it, so a record never seems younger than it is. It seems
    older by at most `step` seconds.

    Args:
        began: the time of records that were there before the first mark.

    """

    def __init__(self, began: float) -> None:
        self._began = began
        self._numbers: list[int] = []
        self._times: list[float] = []
        self.step = _STEP

    def __len__(self) -> int:
        return len(self._numbers)

    def note(self, number: int, at: float) -> None:
        """Note that records from this number on came at this time or later."""
        if self._times and at < self._times[-1] + self.step:
            return
        self._numbers.append(number)
        self._times.append(at)
        if len(self._numbers) > _MOST:
            del self._numbers[1::2], self._times[1::2]
            self.step *= 2

    def accepted_at(self, number: int) -> float:
        """Return the time of a record. Records with lower numbers are not asked for again."""
        place = bisect_right(self._numbers, number) - 1
        if place < 0:
            return self._began
        if place > 0:
            del self._numbers[:place], self._times[:place]
        return self._times[0]
