"""What this client spends itself, by segment.

Room: _limiting. Pure.

A request is in flight until its answer comes. Then it is counted in the segment that the answer's `reset` names. Counts
are kept for the current segment and the two before.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from math import floor

from woowup_async._limiting.bounded import Amount, Count, Number, Segment, State
from woowup_async._limiting.reading import Observation, OwnCounts, Reading
from woowup_async._limiting.spending import Spent


class OwnState(State, frozen=True):
    """Our answered requests as data: by segment, all, and accepted ones by the time of their answer.

    `earlier` has the number of accepted ones whose exact time no longer matters.
    """

    answered: dict[Segment, Amount]
    earlier: dict[Segment, Count]
    accepted: dict[Segment, list[Number]]
    totals: dict[Segment, tuple[Count, Number]]


class OwnTraffic:
    """Our requests: in flight, and answered by segment."""

    def __init__(self) -> None:
        self.in_flight: dict[Spent, None] = {}
        self.answered: defaultdict[int, float] = defaultdict(float)
        self._accepted: defaultdict[int, list[float]] = defaultdict(list)  # when the answers came, by segment
        self._earlier: defaultdict[int, int] = defaultdict(int)  # accepted ones without the time of their answer
        self._totals: dict[int, tuple[int, float]] = {}  # the largest total that was seen, by segment, and when

    def note_answer(self, segment: int, received: float, *, refused: bool) -> None:
        """Count an answered request in its segment, and forget old segments."""
        self.answered[segment] += 1
        if not refused:
            insort(self._accepted[segment], received)  # other processes may report late
        for counts in (self.answered, self._accepted, self._earlier, self._totals):
            for old in [known for known in counts if known < segment - 2]:
                del counts[old]

    def state(self, horizon: float) -> OwnState:
        """Return the counts as data. No later request will have left before `horizon`, apart from those in flight."""
        horizon = min([horizon, *(spent.sent for spent in self.in_flight)])
        earlier, accepted = dict(self._earlier), dict[int, list[float]]()
        for segment, times in self._accepted.items():
            old = bisect_left(times, horizon)
            earlier[segment] = earlier.get(segment, 0) + old
            accepted[segment] = times[old:]
        return OwnState(dict(self.answered), earlier, accepted, dict(self._totals))

    def restore(self, state: OwnState) -> None:
        """Take the counts of a state."""
        self.answered = defaultdict(float, state.answered)
        self._earlier = defaultdict(int, state.earlier)
        self._accepted = defaultdict(list, {segment: sorted(times) for segment, times in state.accepted.items()})
        self._totals = dict(state.totals)

    def note_total(self, seen: Observation, reading: Reading | None) -> None:
        """Keep the largest total of a segment: it may include requests that are still in flight."""
        total, segment = seen.least_total(reading), seen.place.segment
        if total > self._totals.get(segment, (0, 0.0))[0]:
            self._totals[segment] = total, seen.received

    def counts(self, segment: int, sent: float, received: float) -> OwnCounts:
        """Return our part of the server's count for an answer of `segment` to a request that left at `sent`.

        A permit of another worker may be for a time after the answer came: the answer cannot contain its request.
        """
        accepted, earlier = self._accepted[segment], self._earlier[segment]
        return OwnCounts(
            previous=self.answered.get(segment - 1, 0),
            previous_accepted=len(self._accepted.get(segment - 1, ())) + self._earlier.get(segment - 1, 0),
            before=earlier + bisect_right(accepted, sent) + 1,
            accepted=earlier + len(accepted),
            answered=self.answered[segment],
            in_flight=sum(spent.sent <= received for spent in self.in_flight),
        )

    def landed_before(self, segment: int) -> int:
        """Requests in flight that the server evidently counted in the segment before `segment`.

        They are the surplus of that segment's total. This holds only where no other program spends the account.
        """
        if segment - 1 not in self._totals:
            return 0
        total, seen = self._totals[segment - 1]
        candidates = sum(spent.sent < seen for spent in self.in_flight)
        return max(0, min(candidates, floor(total - self.answered[segment - 1])))
