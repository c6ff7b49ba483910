"""What `x-rate-limit-remaining` means, learned by refutation.

Room: _limiting. Pure.

Two readings are possible (undocumented, Q58): the limit less the current segment's count, or less the weighted
estimate. An answer that one of them cannot explain refutes it. If the other is refuted later, the server has changed
or a clock has jumped, and the learning starts anew.
"""

from __future__ import annotations

from enum import Enum
from math import floor

import msgspec

from woowup_async._limiting.phase import SegmentTime


class Reading(Enum):
    """What `remaining` is."""

    CURRENT = "limit - current"
    ESTIMATED = "limit - estimated"


class OwnCounts(msgspec.Struct, frozen=True, gc=False):
    """Our part of the server's count, when one answer has come.

    Args:
        previous: answered requests of the previous segment.
        previous_accepted: the same, without refused ones.
        before: accepted requests of this segment that surely came no later than this one.
        accepted: accepted requests of this segment.
        answered: the same, with refused ones.
        in_flight: sent by now, without an answer.

    """

    previous: int
    previous_accepted: int
    before: int
    accepted: int
    answered: int
    in_flight: int


class Observation(msgspec.Struct, frozen=True, gc=False):
    """What one answer shows of the account.

    Args:
        limit: the announced one, whole.
        remaining: as given; None without one.
        place: where the server was, as well as is known.
        weights: the least and the most that the previous segment weighed then.
        sent, received: on our clock.
        was_refused: by a 429.
        own: our part of it.

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
        """Return the foreign weight that cannot be ours, at least: a total above our answered ones and those in flight.

        Without a reading, only what both would prove.
        """
        current = self.own.answered + self.own.in_flight
        ours = self.own.previous * self.weights[1] + current
        if self.was_refused:
            return self.limit - (ours - 1)
        if self.remaining is None:
            return 0.0
        spent = self.limit - self.remaining
        # an estimate is given rounded down, a count is whole
        proofs = {Reading.CURRENT: spent - current, Reading.ESTIMATED: spent - 1 - ours}
        return min(proofs.values()) if reading is None else proofs[reading]

    def least_total(self, reading: Reading | None) -> int:
        """Return the current segment's count, all clients together, at least; 0 if it cannot be derived."""
        if self.remaining is None or self.was_refused or reading is None:
            return 0
        if reading is Reading.CURRENT:
            return int(self.limit - self.remaining)
        previous = self.own.previous + self.own.in_flight
        return floor(self.limit - self.remaining - 1 - previous * self.weights[1]) + 1


class ReadingLearner:
    """Which readings no answer has refuted."""

    def __init__(self) -> None:
        self._left = set(Reading)
        self._last: Observation | None = None

    @property
    def reading(self) -> Reading | None:
        """The only one left; None while it is open."""
        return next(iter(self._left)) if len(self._left) == 1 else None

    def assume(self, reading: Reading | None) -> None:
        """Begin with what was learned before."""
        self._left = {reading} if reading else set(Reading)

    def observe(self, seen: Observation) -> None:
        """Drop the reading that this answer refutes."""
        if seen.remaining is None or seen.was_refused:
            return
        surely = seen.own.previous_accepted * seen.weights[0] + seen.own.before
        # more is left than our own weight leaves; 1 allows for a request that is answered before it is counted
        if seen.remaining > max(0.0, seen.limit - surely) + 1:
            self._refute(Reading.ESTIMATED)
        last, self._last = self._last, seen
        if last is None or last.remaining is None or last.place.segment != seen.place.segment:
            return
        # one came after the other and was counted, so a count has grown
        if seen.sent >= last.received and seen.remaining >= last.remaining > 0:
            self._refute(Reading.CURRENT)

    def _refute(self, reading: Reading) -> None:
        self._left = self._left - {reading} or set(Reading) - {reading}
