"""The pace while the phase is unknown: safe wherever the server is in its segment.

Room: _limiting. Pure.

Let F(a) be the number of requests that may have arrived in the last `a` seconds: those in flight, and those answered in
that time. A request counts more the later it arrived, so the time of its answer is the worst case. With e seconds
elapsed, the documented estimate is at most F(e) + (F(e + segment) − F(e)) · (1 − e/segment). A permit is safe if the
largest of these bounds, over all e, is below the limit. Between two steps of F the bound only falls, so it is enough to
look at the steps.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterable

#: Halvings of a wait that is known within a factor of two. docs/limiter.md: numerics.
_HALVINGS = 6


class BlindPace:
    """The times of the answers of the last two segments, and the pace that follows from them."""

    def __init__(self, segment: float) -> None:
        self._segment = segment
        self._answered: deque[float] = deque()

    @property
    def answered(self) -> tuple[float, ...]:
        """The times of the answers that still count."""
        return tuple(self._answered)

    def add(self, now: float) -> None:
        """Count a request that arrived at `now` or before."""
        insort(self._answered, now)  # answers of other processes may be reported late
        while self._answered[0] < self._answered[-1] - 2 * self._segment:
            self._answered.popleft()

    def restore(self, answered: Iterable[float]) -> None:
        """Take the times of another process."""
        self._answered = deque(sorted(answered))

    def estimated(self, now: float, in_flight: int) -> float:
        """Return the most that the server can estimate, whatever its phase."""
        ages, segment = [now - at for at in reversed(self._answered)], self._segment
        whole = bisect_left(ages, segment)
        most = float(bisect_right(ages, segment))
        # the loops are most of what a permit costs without headers, so they call little
        both = 0
        for number in range(whole):  # so that this answer still counts in full
            elapsed = ages[number]
            while both < len(ages) and ages[both] <= elapsed + segment:
                both += 1
            weighed = number + 1 + (both - number - 1) * (1 - elapsed / segment)
            if weighed > most:
                most = weighed
        current = 0
        for number in range(whole, bisect_left(ages, 2 * segment)):  # so that this answer still counts at all
            elapsed = ages[number] - segment
            while current < len(ages) and ages[current] <= elapsed:
                current += 1
            weighed = current + (number + 1 - current) * (1 - elapsed / segment)
            if weighed > most:
                most = weighed
        return in_flight + most

    def ready_at(self, now: float, in_flight: int, limit: float) -> float:
        """Return when the estimate is below `limit` if nothing else happens. Until then it only falls."""
        if in_flight + len(self._answered) < limit or self.estimated(now, in_flight) < limit:
            return now
        early, step = now, self._segment / limit / 4
        while self.estimated(now + step, in_flight) >= limit and step < 2 * self._segment:
            early, step = now + step, 2 * step
        late = now + step
        for _ in range(_HALVINGS):
            middle = (early + late) / 2
            if self.estimated(middle, in_flight) < limit:
                late = middle
            else:
                early = middle
        return late
