"""What `x-rate-limit-remaining` means, learned by refutation.

Room: _limiting. Pure.

Two readings are possible (not documented, Q58): the limit minus the count of the current segment, or the limit minus
the weighted estimate. An answer that a reading cannot explain refutes it. If the other reading is refuted later, the
server has changed or a clock was set, and learning starts anew.
"""

from __future__ import annotations

from enum import Enum
from math import floor

import msgspec

from woowup_async._limiting.bounded import Amount, Number, Segment, State
from woowup_async._limiting.phase import SegmentTime


class Reading(Enum):
    """What `remaining` means."""

    CURRENT = "limit - current"
    ESTIMATED = "limit - estimated"


class OwnCounts(msgspec.Struct, frozen=True, gc=False):
    """Our part of the server's count when one answer has come.

    Args:
        previous: answered requests of the previous segment.
        previous_accepted: the same, without refused ones.
        before: accepted requests of this segment that were counted no later than this one, including it.
        accepted: accepted requests of this segment.
        answered: the same, with refused ones.
        in_flight: requests without an answer.

    """

    previous: float
    previous_accepted: int
    before: int
    accepted: int
    answered: float
    in_flight: int


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What one answer shows about the account.

    Args:
        limit: the announced limit, before our share is taken.
        remaining: as announced; None if it was not.
        place: about where the server was in its segment.
        weights: the least and the most that the previous segment may have weighed then.
        sent, received: in seconds of our clock.
        was_refused: whether the status was 429.
        own: our part of the count.

    """

    limit: int
    remaining: float | None
    place: SegmentTime
    weights: tuple[float, float]
    sent: float
    received: float
    was_refused: bool
    own: OwnCounts

    def proof(self, reading: Reading | None) -> float:
        """Return the least foreign weight that this answer proves.

        It is the part of the total that our answered requests and those in flight cannot make up. While the reading is
        open, it is what both readings prove.
        """
        current = self.own.answered + self.own.in_flight
        ours = self.own.previous * self.weights[1] + current
        if self.was_refused:
            return self.limit - (ours - 1)
        if self.remaining is None:
            return 0.0
        spent = self.limit - self.remaining
        # an estimate is rounded down, a count is whole
        proofs = {Reading.CURRENT: spent - current, Reading.ESTIMATED: spent - 1 - ours}
        return min(proofs.values()) if reading is None else proofs[reading]

    def least_total(self, reading: Reading | None) -> int:
        """Return the least count of the current segment over all clients; 0 if it cannot be derived."""
        if self.remaining is None or self.was_refused or reading is None:
            return 0
        if reading is Reading.CURRENT:
            return int(self.limit - self.remaining)
        previous = self.own.previous + self.own.in_flight
        return floor(self.limit - self.remaining - 1 - previous * self.weights[1]) + 1


class LastState(State, frozen=True):
    """What the learner keeps of the last answer."""

    segment: Segment
    received: Number
    remaining: Amount


class ReadingLearner:
    """The readings that no answer has refuted."""

    def __init__(self) -> None:
        self._left = set(Reading)
        self._last: LastState | None = None

    @property
    def reading(self) -> Reading | None:
        """The reading that is left; None while both are possible."""
        return next(iter(self._left)) if len(self._left) == 1 else None

    def recall(self, reading: Reading | None) -> None:
        """Begin with what another process learned."""
        self._left = {reading} if reading else set(Reading)

    def state(self) -> tuple[tuple[Reading, ...], LastState | None]:
        """Return the readings that are left, and the last answer, as data."""
        return tuple(reading for reading in Reading if reading in self._left), self._last

    def restore(self, readings: tuple[Reading, ...], last: LastState | None) -> None:
        """Take the knowledge of a state."""
        self._left, self._last = set(readings) or set(Reading), last

    def observe(self, seen: Observation) -> None:
        """Drop the reading that this answer refutes."""
        if seen.remaining is None or seen.was_refused:
            return
        surely = seen.own.previous_accepted * seen.weights[0] + seen.own.before
        # more remains than our own weight allows; 1 is for a request that is answered before it is counted
        if seen.remaining > max(0.0, seen.limit - surely) + 1:
            self._refute(Reading.ESTIMATED)
        last, self._last = self._last, LastState(seen.place.segment, seen.received, seen.remaining)
        if last is None or last.segment != seen.place.segment:
            return
        # this one was counted after the last one, so a count must have grown
        if seen.sent >= last.received and seen.remaining >= last.remaining > 0:
            self._refute(Reading.CURRENT)

    def _refute(self, reading: Reading) -> None:
        self._left = self._left - {reading} or set(Reading) - {reading}
