"""What other programs spend of the same account's budget.

Room: _limiting. Pure.

Without a proof (`Observation.proof`) no foreign traffic is assumed, so being alone costs nothing. After a proof, the
foreign requests of each segment are estimated. The estimate grows by a learned rate until the next answer corrects it
within proven bounds. `caution` is headroom: refusals raise it and accepted requests lower it. So refusals settle at a
rate that we choose.
"""

from __future__ import annotations

from woowup_async._limiting.bounded import Amount, Number, Segment, State, in_bounds
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import LastState, Observation, Reading, ReadingLearner

# These figures were tuned in virtual time (`python -m benchmarks.limiter`), on other seeds than those reported.
# docs/limiter.md: what is learned about other programs.
#: Segments for which foreign traffic is still expected after its last proof.
_PATIENCE = 4
#: Factor on the weight of a segment in the learned rate, for each segment of age.
_FADING = 0.7
#: Segments without requests that the learned rate begins with, so that one early request does not look like a flood.
_PRIOR = 0.1
#: Largest part of the limit that others are expected to take. We keep the rest, so we are never locked out.
_MOST = 0.8
#: Permits of headroom that a refusal adds, and the refusals per accepted request at which the headroom stays the same.
_CAUTION_STEP, _REFUSALS = 0.7, 0.0009
#: Largest headroom, in permits.
_MOST_CAUTION = 4.0
#: We claim slots from traffic that does not give way in the first `_GRACE` segments of each `_CYCLE`.
_GRACE, _CYCLE = 4, 16
#: Segments after which the previous segment's total is exact enough to put answers in order.
_SURE_AFTER = 2
#: Our part of what is spent, from which on others count as giving way.
_FAIR_PART = 0.33


class ForeignState(State, frozen=True):
    """What is known about other programs, as data."""

    readings: tuple[Reading, ...]
    last: LastState | None
    limit: Amount
    counts: dict[Segment, Amount]
    is_present: bool
    since: Segment
    until: Segment
    yielded: Segment
    at: tuple[Segment, Number]
    top: Amount
    late: Amount
    rate: Amount
    caution: Amount
    refused_at: Number


class ForeignTraffic:
    """Foreign requests by segment, and their rate.

    Args:
        seconds: the length of a segment.

    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._learner = ReadingLearner()
        self._limit = 1.0
        self._counts: dict[int, float] = {}
        self._is_present = False
        self._since = self._until = self._yielded = 0
        self._at = SegmentTime(0, 0.0)  # when the estimate was last corrected
        self._top = 0.0  # the largest total seen in the current segment
        self._late = 0.0
        self._rate = self._caution = 0.0
        self._refused_at = float("-inf")

    @property
    def reading(self) -> Reading | None:
        """What `remaining` means; None while both readings are possible."""
        return self._learner.reading

    def recall(self, reading: Reading | None) -> None:
        """Begin with the reading that another process learned."""
        self._learner.recall(reading)

    def state(self) -> ForeignState:
        """Return what is known, as data."""
        return ForeignState(
            *self._learner.state(),
            self._limit,
            dict(self._counts),
            self._is_present,
            self._since,
            self._until,
            self._yielded,
            self._at,
            self._top,
            self._late,
            self._rate,
            self._caution,
            in_bounds(self._refused_at),
        )

    def restore(self, state: ForeignState) -> None:
        """Take the knowledge of a state."""
        self._learner.restore(state.readings, state.last)
        self._limit, self._counts, self._is_present = state.limit, dict(state.counts), state.is_present
        self._since, self._until, self._yielded = state.since, state.until, state.yielded
        self._at, self._top, self._late = SegmentTime(*state.at), state.top, state.late
        self._rate, self._caution, self._refused_at = state.rate, state.caution, state.refused_at
        if self._is_present:  # a state that was written by another program may lack it
            self._counts.setdefault(self._at.segment, 0.0)

    @property
    def is_present(self) -> bool:
        """Whether other programs spent this account's budget lately."""
        return self._is_present

    @property
    def rate(self) -> float:
        """Foreign requests a second."""
        return self._rate if self._is_present else 0.0

    @property
    def caution(self) -> float:
        """Permits of headroom, learned from refusals."""
        return self._caution

    @property
    def late(self) -> float:
        """The part of the previous segment's total that no answer showed and that follows from the rate."""
        return self._late

    def total(self, segment: int) -> float:
        """Return the estimated foreign requests of a segment; of a finished one with those after its last answer."""
        if not self._is_present:
            return 0.0
        if segment < self._since:
            # a count says nothing about the segment before; an estimate contains its weight
            return self._rate * self._seconds if self.reading is Reading.CURRENT else 0.0
        return self._counts.get(segment, 0.0)

    def unseen(self, place: SegmentTime) -> float:
        """Return the requests that came since the last correction, by the learned rate."""
        since = place.elapsed - (self._at.elapsed if self._at.segment == place.segment else 0.0)
        return self.rate * max(0.0, since)

    def note_part(self, segment: int, part: float) -> None:
        """Note our part of what is spent. A fair part shows that the others give way."""
        if part >= _FAIR_PART:
            self._yielded = segment

    def is_yielding(self, segment: int) -> bool:
        """Return whether claiming a slot is worth a risk: the others gave way lately, or we did not try lately."""
        return (segment - max(self._since, self._yielded)) % _CYCLE < _GRACE

    def enter(self, segment: int) -> None:
        """Begin `segment`, and finish the segments before it."""
        if not self._is_present or segment <= self._at.segment:
            return
        if segment > self._until:
            self._is_present = False
            self._counts.clear()
            return
        while self._at.segment < segment:
            number, elapsed = self._at.segment, self._at.elapsed
            self._late = self._rate * (self._seconds - elapsed)
            self._counts[number] = min(max(0.0, self._counts[number]) + self._late, self._limit)
            self._at = SegmentTime(number + 1, 0.0)
            self._counts[number + 1] = 0.0
        self._top = 0.0
        for old in [known for known in self._counts if known < segment - 2 * _PATIENCE]:
            del self._counts[old]

    def observe(self, seen: Observation) -> None:
        """Learn from an answer."""
        segment, self._limit = seen.place.segment, float(seen.limit)
        self.enter(segment)
        self._learner.observe(seen)
        if self._is_present:
            self._weigh(seen)
        if seen.proof(self.reading) >= 1:
            if not self._is_present:
                self._begin(segment)
            self._until = segment + _PATIENCE
        if self._is_present and segment == self._at.segment:
            self._correct(seen)
            self._learn_rate(segment)

    def _begin(self, segment: int) -> None:
        self._is_present, self._since, self._at = True, segment, SegmentTime(segment, 0.0)
        self._yielded = segment
        self._counts = {segment: 0.0}
        self._rate = self._top = self._late = 0.0

    def _weigh(self, seen: Observation) -> None:
        """Raise or lower caution. A refusal adds nothing if its request left before the last refusal came."""
        if not seen.was_refused:
            self._caution = max(0.0, self._caution - _CAUTION_STEP * _REFUSALS)
        elif seen.sent > self._refused_at:
            self._caution = min(self._caution + _CAUTION_STEP, _MOST_CAUTION)
            self._refused_at = seen.received

    def _correct(self, seen: Observation) -> None:
        segment = seen.place.segment
        predicted = self._counts[segment] + self.unseen(seen.place)
        if seen.was_refused:
            proven = seen.proof(self.reading) - self.total(segment - 1) * seen.weights[1]
            self._set_count(max(predicted, proven), seen.place)
        elif seen.remaining is None:
            return
        elif self.reading is Reading.CURRENT:
            self._correct_by_count(seen, seen.limit - seen.remaining, predicted)
        else:
            # also while the reading is open: this one assumes less foreign traffic, so we do not lock ourselves out
            previous = seen.own.previous + self.total(segment - 1)
            # `remaining` is rounded down: a quarter is less than its mean error, so the total is rather too high
            total = seen.limit - seen.remaining - 0.25 - previous * sum(seen.weights) / 2
            self._late = 0.0
            if segment - self._since >= _SURE_AFTER:
                self._correct_by_count(seen, total, predicted)
            else:
                self._correct_by_estimate(seen, total, predicted)

    def _correct_by_count(self, seen: Observation, total: float, predicted: float) -> None:
        """Use that each accepted request had another total: all answered ones came no later than the largest total."""
        segment = seen.place.segment
        if total < self._top:
            self._counts[segment] = max(0.0, min(self._counts[segment], self._top - seen.own.accepted))
            return
        self._top = total
        most = total - seen.own.accepted
        self._set_count(max(0.0, min(max(predicted, most - seen.own.in_flight), most)), seen.place)

    def _correct_by_estimate(self, seen: Observation, total: float, predicted: float) -> None:
        """Keep to the answer's estimate. An error in the previous segment's total cancels out in it."""
        if seen.place.elapsed <= self._at.elapsed:
            return
        own = seen.own
        least = total - own.accepted - own.in_flight
        self._set_count(min(max(predicted, least), total + 0.25 - own.before), seen.place)

    def _set_count(self, count: float, place: SegmentTime) -> None:
        self._counts[place.segment] = count
        if place.elapsed > self._at.elapsed:
            self._at = place

    def _learn_rate(self, segment: int) -> None:
        requests, seconds, weight = self._counts[segment], self._at.elapsed + _PRIOR * self._seconds, 1.0
        for number in range(segment - 1, self._since - 1, -1):
            weight *= _FADING
            requests += weight * self._counts.get(number, 0.0)
            seconds += weight * self._seconds
        self._rate = min(max(0.0, requests) / seconds, _MOST * self._limit / self._seconds)
