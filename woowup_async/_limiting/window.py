"""The server's window, mirrored.

Room: _limiting. Pure: time comes in as `now`, the next deadline goes out. Driven by `limiter`.

Documented: `estimated = previous · (1 − elapsed/segment) + current`, and a request is refused when, at its arrival,
`estimated ≥ limit`. Invariants:

- A permit is given only where estimated < limit − margin holds for every place in the segment that the server may be at
  (`phase`), with each request that has no answer yet counted in the newest segment it may land in. A late arrival that
  crosses the boundary is safe too: there the whole of its segment still weighs 1, and that sum is bounded by the same
  limit.
- An answered request is counted in the segment that its `reset` names.
- Until the phase is known, a bucket of a few permits refills so slowly that its sum over any segment, weighted or not,
  stays below the limit whatever the phase.
- Foreign use is only what cannot be ours by either reading of `remaining` (Q58); a refusal is a proof of it. Refused
  requests stay counted: whether the server counts them is unknown, and either way is then fine.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import floor

from woowup_async._limiting.phase import Phase, Sighting
from woowup_async.policies import RateLimit

#: Permits that may leave back to back while the phase is unknown (guessed: a small start, and 93 % of the budget left).
_BLIND_BURST = 4
#: Keeps float residues from promising a permit a hair too early.
_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer says of the budget; None where it says nothing, or nonsense."""

    limit: int | None = None
    remaining: float | None = None
    reset: float | None = None
    date: float | None = None


@dataclass(slots=True)
class Spent:
    """One spent permit, in flight until it is settled."""

    sent: float


class Window:
    """Counts by segment, the phase, and what follows for the next permit."""

    def __init__(self, policy: RateLimit) -> None:
        self._policy = policy
        self._limit = max(1, floor(policy.limit * policy.share))
        self._phase = Phase(policy.segment)
        self._anchor = 0.0
        self._counts: defaultdict[int, float] = defaultdict(float)
        self._foreign: defaultdict[int, float] = defaultdict(float)
        self._in_flight = 0
        self._unplaced = 0  # counted before the phase was known
        self._level, self._level_at = 0.0, float("-inf")
        self._last_spent = float("-inf")
        self._cool_until = float("-inf")

    @property
    def limit(self) -> int:
        """Requests per window that this client takes, as last announced."""
        return self._limit

    @property
    def is_phase_known(self) -> bool:
        """Whether the server told where it is in its segment."""
        return self._phase.is_known

    @property
    def in_flight(self) -> int:
        """Spent permits without an answer."""
        return self._in_flight

    @property
    def cooling_until(self) -> float:
        """End of the last cooldown."""
        return self._cool_until

    def cool_until(self, deadline: float) -> None:
        """Give no permit before `deadline`; a longer cooldown stays."""
        self._cool_until = max(self._cool_until, deadline)

    def ready_at(self, now: float, *, evenly: bool = False, withheld: int = 0) -> float:
        """When the next permit is valid, as far as is known now; not later than `now` means at once.

        Args:
            now: seconds on our clock.
            evenly: spread what is left of the segment's budget over what is left of the segment.
            withheld: permits left to others at the top.

        """
        if not self._phase.is_known:
            return max(self._cool_until, self._blind_ready_at(now))
        headroom = max(1.0, self._limit - self._margin - withheld)
        ready = self._gate(now, headroom)
        if evenly:
            ready = max(ready, self._last_spent + self._interval(now, headroom))
        return max(self._cool_until, ready)

    def spend(self, now: float) -> Spent:
        """Use a permit."""
        self._level = self._blind_level(now) + 1
        self._level_at = self._last_spent = now
        self._in_flight += 1
        return Spent(now)

    def unspend(self) -> None:
        """Take back a permit whose request surely never left."""
        self._in_flight -= 1

    def lose(self, now: float) -> None:
        """Note that no answer will come: it may have counted, and as late as now."""
        self._in_flight -= 1
        self._count(self._segment_at(now) if self._phase.is_known else None)

    def observe(self, spent: Spent, received: float, seen: Limits, *, refused: bool) -> None:
        """Learn from an answer."""
        self._in_flight -= 1
        if seen.limit is not None:
            self._limit = max(1, floor(seen.limit * self._policy.share))
        if seen.reset is None or self._is_nonsense(seen.reset, seen.date):
            self._count(self._segment_at(received) if self._phase.is_known else None)
        else:
            if not self._phase.is_known:
                self._anchor = seen.reset
            self._phase.observe(Sighting(spent.sent, received, seen.reset, seen.date))
            segment = self._segment_of(seen.reset)
            self._count(segment)
            self._learn_foreign(segment, received, seen.remaining, refused=refused)

    def _is_nonsense(self, reset: float, date: float | None) -> bool:
        """A boundary of the server's segments is near the server's own date."""
        return date is not None and abs(reset - date) > 2 * self._policy.segment + 2

    def estimated(self, now: float) -> float:
        """The mirror of the server's estimate, by the safe end of the phase."""
        if not self._phase.is_known:
            return self._blind_level(now)
        segment, weight = self._place(now)
        return self._total(segment - 1) * weight + self._total(segment) + self._in_flight

    # The documented formula, solved for time.

    def _gate(self, now: float, headroom: float) -> float:
        segment, weight = self._place(now)
        previous, current = self._total(segment - 1), self._total(segment) + self._in_flight
        room = headroom - current
        if room <= 0:
            return self._phase.when(self._start_of(segment + 1)) + _EPSILON
        if previous * weight < room:
            return now
        elapsed = self._policy.segment * (1 - room / previous)
        return self._phase.when(self._start_of(segment) + elapsed) + _EPSILON

    def _interval(self, now: float, headroom: float) -> float:
        segment, weight = self._place(now)
        left = headroom - self._total(segment) - self._in_flight
        return self._policy.segment * weight / max(left, 1.0)

    @property
    def _margin(self) -> int:
        return min(self._policy.margin, self._limit - 1)

    def _place(self, now: float) -> tuple[int, float]:
        """The segment that the server is in at least, and the weight of the one before."""
        segment = self._segment_at(now)
        elapsed = self._phase.server_time(now) - self._start_of(segment)
        return segment, min(1.0, max(0.0, 1 - elapsed / self._policy.segment))

    def _segment_at(self, now: float) -> int:
        return floor((self._phase.server_time(now) - self._anchor) / self._policy.segment + _EPSILON)

    def _segment_of(self, reset: float) -> int:
        return round((reset - self._anchor) / self._policy.segment) - 1

    def _start_of(self, segment: int) -> float:
        return self._anchor + segment * self._policy.segment

    def _total(self, segment: int) -> float:
        return self._counts.get(segment, 0.0) + self._foreign.get(segment, 0.0)

    def _count(self, segment: int | None) -> None:
        self._unplaced += 1
        if segment is None:
            return
        self._counts[segment] += self._unplaced
        self._unplaced = 0
        for counts in (self._counts, self._foreign):
            for old in [known for known in counts if known < segment - 2]:
                del counts[old]

    # Company.

    def _learn_foreign(self, segment: int, received: float, remaining: float | None, *, refused: bool) -> None:
        if self._policy.share < 1:
            return  # the rest of the budget is others' by agreement
        start = self._start_of(segment)
        elapsed = max(0.0, self._phase.server_time(received) - start)
        weight = max(0.0, 1 - elapsed / self._policy.segment)
        # every request of ours that the server can have counted by then, whichever segment it landed in
        ours = self._total(segment - 1) * weight + self._total(segment) + self._in_flight
        if refused:
            self._foreign[segment] += max(0.0, self._limit - ours)
        elif remaining is not None:
            # the smaller reading: `remaining` may or may not weigh the previous segment in
            self._foreign[segment] += max(0.0, self._limit - remaining - ours - 1)

    # Without a phase.

    def _blind_ready_at(self, now: float) -> float:
        burst, rate = self._blind_bucket()
        surplus = self._blind_level(now) + 1 - burst
        return now + surplus / rate + _EPSILON if surplus > _EPSILON else now

    def _blind_level(self, now: float) -> float:
        _, rate = self._blind_bucket()
        return max(0.0, self._level - rate * (now - self._level_at)) if self._level else 0.0

    def _blind_bucket(self) -> tuple[float, float]:
        usable = self._limit - self._margin
        burst = min(_BLIND_BURST, max(1, usable // 2))
        return burst, max(usable - burst, 0.5) / self._policy.segment
