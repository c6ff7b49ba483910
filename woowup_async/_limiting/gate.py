"""When the next permit fits under the limit.

Room: _limiting. Pure.

Only the end of a segment decides how many requests it takes. There, the estimate is the current count alone, and a
permit that was not used before can still be used. So the gate keeps some slack in mid-segment, where other programs can
show themselves and find room. It gives the slack up towards the end, early enough that the last requests arrive before
the boundary.
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, exp, sqrt
from typing import NamedTuple

import msgspec

from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.phase import SegmentTime

# These figures were tuned in virtual time (`python -m benchmarks.limiter`), on other seeds than those reported.
# Permits are for a limit of 70, seconds for a segment of 30; both scale. docs/limiter.md: constants.
#: Permits of slack in mid-segment: alone, and beside foreign traffic. There the slack grows with our own part, which
#: makes two copies of this library fair to each other. docs/limiter.md: slack, foreign traffic.
_SLACK, _FOREIGN_SLACK, _PER_PART = 3.0, 6.0, 15.0
#: Caution is multiplied by twice our part, at most by this. docs/limiter.md: foreign traffic.
_MOST_CAREFUL = 1.5
#: Seconds before the segment's end, beside two round trips, at which the slack is gone; seconds that it takes to go.
#: docs/limiter.md: slack.
_GONE, _GOING = 1.2, 3.0
#: Slack at the start of a process's first segment, where other programs are not known yet. 60 calls still pass at once.
#: docs/limiter.md: slack.
_FIRST_SLACK = 9.0
#: The chance of a refusal that a permit may take: where others give way; where they do not, in mid-segment (waiting
#: costs nothing there), and at the segment's end. docs/limiter.md: foreign traffic.
_RISK, _LOW_RISK, _HIGH_RISK = 0.15, 0.01, 0.08
#: Our part of what is spent, above which nothing is claimed from others. docs/limiter.md: foreign traffic.
_OWN_ENOUGH = 0.52
#: How far each request in flight shares that risk. docs/limiter.md: foreign traffic.
_SHARED_RISK = 0.7
#: Seconds after the time of equality, because the server refuses at equality. docs/limiter.md: numerics.
_EPSILON = 1e-6
#: Bound of the estimate for a share that is below one request: such a client sends at most one in a segment.
#: docs/limiter.md: counts.
_LEAST_LIMIT = 0.01
#: Halvings of a segment in the search for a time: to 7 ms of 30 s. docs/limiter.md: numerics.
_HALVINGS = 12


class Pace(msgspec.Struct, frozen=True, gc=False):
    """How permits are spent.

    Args:
        evenly: spread the rest of the segment's budget over the rest of the segment.
        has_slack: keep the mid-segment slack.
        withheld: permits kept for the interactive lane, beside the slack.

    """

    evenly: bool = True
    has_slack: bool = True
    withheld: int = 0

    def slack(self, usual: float) -> float:
        """Return the permits to keep if steady spending keeps `usual`."""
        return (usual if self.has_slack else 0.0) + self.withheld


STEADY = Pace()
#: A few calls that a user waits for.
BURST = Pace(evenly=False, has_slack=False)


@lru_cache(256)  # three times for each permit, with what an account's server announced
def bound_of(limit: int, share: float) -> float:
    """Return the bound that the estimate of a client with a share of the limit must be below.

    An estimate may end up to 1 above it, after a permit. Copies whose shares add up to 1 or less must not pass the
    limit together, when one sends and each other one is that far above: so the share of that 1 is left out.
    """
    return max(_LEAST_LIMIT, limit * share - (1 - share))


class Load(NamedTuple):  # made at each look: a frozen dataclass takes three times as long
    """What counts now.

    Args:
        limit: the bound that the estimate must be below. With a share of the budget it is not whole.
        previous: the count of the previous segment.
        current: the count of this segment, with all requests that may still land in it.
        own: our requests in both.
        in_flight: our requests without an answer.
        round_trip: the usual round trip, in seconds.
        uncertainty: seconds between the earliest and the latest time that the server may be at.
        is_first: whether this is the first segment that we know of.
        pace: how the next permit is spent.
        margin: permits left unused in the whole segment.

    """

    limit: float
    previous: float
    current: float
    own: float
    in_flight: int
    round_trip: float
    uncertainty: float
    is_first: bool
    pace: Pace
    margin: float

    @property
    def part(self) -> float:
        """Our part of what counts, from 0 to 1."""
        return self.own / max(self.previous + self.current, 1.0)


class Gate:
    """The documented formula, solved for time."""

    def __init__(self, segment: float) -> None:
        self._segment = segment
        self._scale = segment / 30

    def opens_alone(self, place: SegmentTime, load: Load) -> float | None:
        """Return the seconds elapsed at which the next permit fits; None if it no longer fits in this segment.

        Between two edges, estimate + slack is a straight line.
        """
        at, above = place.elapsed, self._excess(place.elapsed, load)
        if above < 0:
            return at
        for edge in self._edges(load):
            if edge <= at:
                continue
            beyond = self._excess(edge, load)
            if beyond < 0:
                return at + (edge - at) * above / (above - beyond) + _EPSILON
            at, above = edge, beyond
        return None

    def opens_beside_others(self, place: SegmentTime, load: Load, foreign: ForeignTraffic) -> float | None:
        """Return the seconds elapsed at which the next permit fits, if no answer comes before.

        None if it no longer fits in this segment.
        """
        early, late = place.elapsed, self._segment * (1 - 0.5**_HALVINGS)
        foreign.note_part(place.segment, load.part)
        if self._fits(early, place.segment, load, foreign):
            return early
        if late <= early or not self._fits(late, place.segment, load, foreign):
            return None
        for _ in range(_HALVINGS):
            middle = (early + late) / 2
            if self._fits(middle, place.segment, load, foreign):
                late = middle
            else:
                early = middle
        return late

    def spacing(self, place: SegmentTime, load: Load, foreign: ForeignTraffic) -> float:
        """Return the seconds between permits that are spread over the rest of the segment."""
        left = load.limit - load.current - foreign.rate * (self._segment - place.elapsed)
        spacing = (self._going(load)[1] - place.elapsed) / max(left, 1.0)
        # a process that starts near a segment's end knows little: it sends at most at twice the usual pace
        return max(spacing, self._segment / max(load.limit, 1.0) / 2) if load.is_first else spacing

    def _going(self, load: Load) -> tuple[float, float]:
        """Return when the slack begins to go, and when it is gone."""
        gone = self._segment - min(_GONE * self._scale + 2 * load.round_trip, self._segment / 3)
        return gone - _GOING * self._scale, gone

    def _slack(self, elapsed: float, most: float, load: Load) -> float:
        begins, gone = self._going(load)
        return most * min(1.0, max(0.0, (gone - elapsed) / (gone - begins)))

    def _estimated(self, elapsed: float, load: Load) -> float:
        return load.previous * (1 - elapsed / self._segment) + load.current + load.margin

    def _excess(self, elapsed: float, load: Load) -> float:
        """Return how far the estimate plus the slack is above the limit."""
        usual, first = self._alone_slacks(load)
        if load.is_first:
            slack = max(usual, first * (1 - elapsed / self._segment)) + load.pace.withheld
        else:
            slack = self._slack(elapsed, load.pace.slack(usual), load)
        return self._estimated(elapsed, load) + slack - load.limit

    def _alone_slacks(self, load: Load) -> tuple[float, float]:
        permits = load.limit / 70
        return _SLACK * min(1.0, permits), _FIRST_SLACK * permits

    def _edges(self, load: Load) -> tuple[float, ...]:
        """Return where the slack changes its slope."""
        usual, first = self._alone_slacks(load)
        return (
            (self._segment * (1 - usual / first), self._segment)
            if load.is_first
            else (*self._going(load), self._segment)
        )

    def _fits(self, elapsed: float, segment: int, load: Load, foreign: ForeignTraffic) -> bool:
        place = SegmentTime(segment, elapsed)
        part = load.part
        room = load.limit - self._estimated(elapsed, load) - foreign.caution * min(_MOST_CAREFUL, 2 * part)
        # the server may be later than the earliest time, and a request takes half a round trip
        unseen = foreign.unseen(place) + foreign.rate * (load.round_trip + load.uncertainty) / 2
        slack = max(0.0, _FOREIGN_SLACK + _PER_PART * (part - 0.5)) * min(1.0, load.limit / 70)
        if room <= unseen + self._slack(elapsed, load.pace.slack(slack), load):
            return False
        coming = foreign.unseen(place) + foreign.rate * (self._segment - elapsed)
        if load.current + coming >= load.limit:
            return False  # the others need what is left of this segment
        risk = self._risk(elapsed, load, yields=foreign.is_yielding(segment))
        late = foreign.late * (1 - elapsed / self._segment)
        return chance_of(room + late, unseen + late) <= risk

    def _risk(self, elapsed: float, load: Load, *, yields: bool) -> float:
        """Return the chance of a refusal that the next permit may take.

        A small part is claimed from others in the whole segment: at its end alone, a larger program comes first.
        """
        if yields and load.part <= _OWN_ENOUGH:
            risk = _RISK
        else:  # waiting costs nothing until the slack is gone
            gone = self._going(load)[1]
            last = max(gone + _EPSILON, self._segment - load.round_trip)
            ending = min(1.0, max(0.0, (elapsed - gone) / (last - gone)))
            risk = _LOW_RISK * (_HIGH_RISK / _LOW_RISK) ** ending
        return risk / (1 + _SHARED_RISK * load.in_flight)


#: Above this mean the sum is long, and the normal distribution is as good. docs/limiter.md: numerics.
_MANY = 200.0
#: Terms below this no longer change the sum. docs/limiter.md: numerics.
_NOTHING = 1e-15


def chance_of(room: float, mean: float) -> float:
    """Return the chance that at least `room` requests come if `mean` are expected (Poisson)."""
    if room <= 0:
        return 1.0
    if mean > _MANY:
        return 0.5 * erfc((room - 0.5 - mean) / sqrt(2 * mean))
    term = below = exp(-mean)
    count = 1
    while count < room and (count <= mean or term > _NOTHING):
        term *= mean / count
        below += term
        count += 1
    return max(0.0, 1.0 - below)
