"""A mirror of the server's window.

Room: _limiting. Pure: time comes in as `now`, the next deadline goes out.

Documented: `estimated = previous · (1 − elapsed/segment) + current`. A request is refused if `estimated ≥ limit` at its
arrival. Invariants:

- A permit is given only if estimated < limit for every time in the segment that the server may be at (`phase`). Each
  request without an answer counts in the newest segment that it may land in. A request that crosses the boundary is
  safe too: there, the whole of its segment still weighs 1, and that sum is below the same limit.
- An answered request is counted in the segment that its `reset` names (`own_traffic`).
- Until the phase is known, permits come at a pace that is safe for every phase (`blind`).
- `gate` decides when the next permit fits. `foreign_traffic` estimates what other programs spend.
- A refused request stays counted. Whether the server counts it is not documented; this is safe in both cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from woowup_async._limiting.blind import BlindPace
from woowup_async._limiting.bounded import in_bounds
from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.gate import STEADY, Gate, Load, Pace, bound_of
from woowup_async._limiting.own_traffic import OwnTraffic
from woowup_async._limiting.phase import ClockSample, Phase, SegmentTime
from woowup_async._limiting.reading import Observation
from woowup_async._limiting.spending import Limits, Memory, Spent
from woowup_async._limiting.window_state import WindowState
from woowup_async.policies import RateLimit
from woowup_async.statistics import SegmentStatistics

#: Seconds added to each deadline, against rounding that makes it too early. docs/limiter.md: numerics.
_EPSILON = 1e-6
#: Weight of the newest round trip in the average (guessed). docs/limiter.md: counts.
_NEWEST = 0.1
#: Segments for which the margin is kept after the server's clock was set, or was taken from memory.
#: docs/limiter.md: counts.
_UNSURE = 2


class Window:
    """Keeps the counts and the phase, and says when the next permit is valid."""

    def __init__(self, policy: RateLimit) -> None:
        self._policy = policy
        self._announced = policy.limit
        self._phase = Phase(policy.segment)
        self._blind = BlindPace(policy.segment)
        self._foreign = ForeignTraffic(policy.segment)
        self._gate = Gate(policy.segment)
        self._own = OwnTraffic()
        self._first: int | None = None
        self._unsure_until = 0
        self._unjudged_until: int | None = None
        self._is_cold = True
        self._round_trip = 0.0
        self._last_spent = self._cool_until = float("-inf")

    @property
    def limit(self) -> int:
        """Requests per window that this client takes: its share of the limit as last announced."""
        return max(1, ceil(self._load_limit))

    @property
    def _load_limit(self) -> float:
        """The bound that the estimate must be below."""
        return bound_of(self._announced, self._policy.share)

    @property
    def is_phase_known(self) -> bool:
        """Whether an answer has shown where the server is in its segment."""
        return self._phase.is_known

    @property
    def in_flight(self) -> int:
        """The number of spent permits without an answer."""
        return len(self._own.in_flight)

    @property
    def cooling_until(self) -> float:
        """End of the last cooldown."""
        return self._cool_until

    @property
    def foreign(self) -> ForeignTraffic:
        """What other programs spend, for statistics."""
        return self._foreign

    def uncertainty(self, now: float) -> float | None:
        """Return the width of the phase, in seconds; None while the phase is unknown."""
        low, high = self._phase.interval(now)
        return high - low if self._phase.is_known else None

    def cool_until(self, deadline: float) -> None:
        """Give no permit before `deadline`. A longer cooldown stays."""
        self._cool_until = max(self._cool_until, deadline)

    def ready_at(self, now: float, pace: Pace = STEADY) -> float:
        """Return when the next permit is valid, by what is known now. A time up to `now` means at once."""
        ready = self._cool_until
        if self._is_cold and self._own.in_flight:
            # the first request shows where the server is; until its answer comes, others follow at half the pace
            ready = max(ready, self._last_spent + 2 * self._policy.segment / self.limit)
        if self._phase.is_known:
            return max(ready, self._opens(now, pace))
        if pace.evenly:
            ready = max(ready, self._last_spent + self._policy.segment / self.limit)
        least = min(1.0, self._load_limit)
        return max(
            ready, self._blind.ready_at(now, len(self._own.in_flight), max(least, self._load_limit - pace.withheld))
        )

    def spend(self, now: float) -> Spent:
        """Spend a permit."""
        spent = Spent(now)
        self.take(spent)
        return spent

    def take(self, spent: Spent) -> None:
        """Count a permit that was spent elsewhere, or in advance."""
        self._own.in_flight[spent] = None
        self._last_spent = max(self._last_spent, spent.sent)

    def unspend(self, spent: Spent) -> None:
        """Take back a permit whose request certainly never left."""
        del self._own.in_flight[spent]

    def lose(self, spent: Spent, now: float) -> None:
        """Give up an answer. The request may have been counted as late as now, unless a total shows it earlier."""
        landed = 0
        if self._phase.is_known and not self._foreign.is_present:
            landed = self._own.landed_before(self._phase.latest(now).segment)
        del self._own.in_flight[spent]
        if landed:
            self._own.answered[self._phase.latest(now).segment - 1] += 1
        else:
            self._count_by(now)

    def observe(self, spent: Spent, received: float, seen: Limits, *, refused: bool) -> None:
        """Learn from an answer."""
        del self._own.in_flight[spent]
        self._is_cold = False
        self._round_trip += (received - spent.sent - self._round_trip) * (_NEWEST if self._round_trip else 1.0)
        if seen.limit is not None:
            self._announced = seen.limit
        reset = seen.plausible_reset(self._policy.segment)
        self._sample(ClockSample(spent.sent, received, reset, seen.date))
        if reset is None:
            self._count_by(received)
            return
        segment = self._phase.segment_of(reset)
        self._own.note_answer(segment, received, refused=refused)
        # with a share, the rest of the budget belongs to others by agreement
        if self._policy.share == 1 and (self._unjudged_until is None or segment > self._unjudged_until):
            observation = self._observation(spent, received, segment, seen.remaining, refused=refused)
            self._foreign.observe(observation)
            self._own.note_total(observation, self._foreign.reading)

    def estimated(self, now: float) -> float:
        """Return our mirror of the server's estimate, by the safe end of the phase."""
        if not self._phase.is_known:
            return self._blind.estimated(now, len(self._own.in_flight))
        seen = self._seen(now)
        return seen.carried + seen.current

    def segment(self, now: float) -> SegmentStatistics | None:
        """Return the segment that the server is in, for statistics; None while the phase is unknown."""
        return self._seen(now) if self._phase.is_known else None

    def _seen(self, now: float) -> SegmentStatistics:
        place = self._phase.earliest(now)
        self._foreign.enter(place.segment)
        load = self._load(place, now)
        return SegmentStatistics(load.previous, load.current, place.elapsed, self._policy.segment)

    def remember(self, now: float, wall: float) -> Memory:
        """Return what the next process must know. Its times are by the wall clock, which shows `wall` now."""
        if not self._phase.is_known:
            loose = (*self._blind.answered, *(now for _ in self._own.in_flight))
            return Memory(self._announced, None, 0.0, {}, tuple(wall - now + at for at in loose), self._foreign.reading)
        low, high = self._phase.interval(now)
        return Memory(
            limit=self._announced,
            ahead=(low + now - wall, high + now - wall),
            boundary=self._phase.reset_of(0),
            spent={self._phase.reset_of(segment): count for segment, count in self._own.answered.items()},
            loose=tuple(wall for _ in self._own.in_flight),
            reading=self._foreign.reading,
        )

    def recall(self, memory: Memory, now: float, wall: float) -> None:
        """Begin with what another process spent. The wall clock shows `wall` now."""
        self._announced = memory.limit
        self._foreign.recall(memory.reading)
        if memory.ahead is not None:
            low, high = (ahead + wall - now for ahead in memory.ahead)
            self._phase.recall((low, high), memory.boundary, now)
            self._own.answered.update({self._phase.segment_of(reset): count for reset, count in memory.spent.items()})
            self._unsure_until = self._phase.latest(now).segment + _UNSURE
        for at in sorted(memory.loose):
            self._count_by(min(now, at - wall + now))

    def hold_judgement(self, now: float) -> None:
        """Take nothing as foreign for two segments, because requests of our own may not be counted yet."""
        if self._phase.is_known:
            self._unjudged_until = self._phase.latest(now).segment + _UNSURE

    # Its state as data.

    def state(self, horizon: float) -> WindowState:
        """Return all but the requests in flight. No later request will have left before `horizon`."""
        doubts, pace = (self._unsure_until, self._unjudged_until), (self._is_cold, self._round_trip)
        times = in_bounds(self._last_spent), in_bounds(self._cool_until)
        parts = self._phase.state(), self._blind.answered, self._foreign.state(), self._own.state(horizon)
        return WindowState(self._announced, *parts, self._first, *doubts, *pace, *times)

    def restore(self, state: WindowState, in_flight: Iterable[Spent]) -> None:
        """Take a state, and the requests that are in flight."""
        self._announced, self._first = state.announced, state.first
        self._phase.restore(state.phase)
        self._blind.restore(state.blind)
        self._foreign.restore(state.foreign)
        self._own.restore(state.own)
        self._own.in_flight.update(dict.fromkeys(in_flight))
        self._unsure_until, self._unjudged_until = state.unsure_until, state.unjudged_until
        self._is_cold, self._round_trip = state.is_cold, state.round_trip
        self._last_spent, self._cool_until = state.last_spent, state.cool_until

    # Counts.

    def _sample(self, sample: ClockSample) -> None:
        was_known = self._phase.is_known
        agrees = self._phase.observe(sample)
        if not agrees:
            self._unsure_until = self._phase.latest(sample.received).segment + _UNSURE
        elif not was_known and self._phase.is_known:
            self._first = self._phase.latest(sample.received).segment
            for at in self._blind.answered:
                self._own.answered[self._phase.latest(at).segment] += 1

    def _count_by(self, now: float) -> None:
        """Count a request that arrived at `now` or before."""
        if self._phase.is_known:
            self._own.answered[self._phase.latest(now).segment] += 1
        else:
            self._blind.add(now)

    def _observation(
        self, spent: Spent, received: float, segment: int, remaining: float | None, *, refused: bool
    ) -> Observation:
        soonest, latest = self._phase.earliest(spent.sent), self._phase.latest(received)
        first = soonest.elapsed if soonest.segment == segment else 0.0
        last = latest.elapsed if latest.segment == segment else self._policy.segment
        return Observation(
            limit=self._announced,
            remaining=remaining,
            place=SegmentTime(segment, (first + last) / 2),
            weights=(1 - last / self._policy.segment, 1 - first / self._policy.segment),
            sent=spent.sent,
            received=received,
            was_refused=refused,
            own=self._own.counts(segment, spent.sent, received),
        )

    # Looking ahead.

    def _opens(self, now: float, pace: Pace) -> float:
        place = self._phase.earliest(now)
        self._foreign.enter(place.segment)
        load = self._load(place, now, pace)
        if self._foreign.is_present:
            opens = self._gate.opens_beside_others(place, load, self._foreign)
        else:
            opens = self._gate.opens_alone(place, load)
        if opens is None:
            return self._phase.when(place.segment + 1, 0.0) + _EPSILON
        ready = now if opens <= place.elapsed else self._phase.when(place.segment, opens) + _EPSILON
        return max(ready, self._last_spent + self._gate.spacing(place, load, self._foreign)) if pace.evenly else ready

    def _load(self, place: SegmentTime, now: float, pace: Pace = STEADY) -> Load:
        segment, foreign, answered, in_flight = place.segment, self._foreign, self._own.answered, self._own.in_flight
        is_alone = not foreign.is_present
        landed = self._own.landed_before(segment) if in_flight and is_alone else 0
        previous = answered.get(segment - 1, 0) + landed
        # a request without an answer may be counted in the next segment: so it counts in full
        current = answered.get(segment, 0) + answered.get(segment + 1, 0) + len(in_flight) - landed
        return Load(
            limit=self._load_limit,
            previous=previous + foreign.total(segment - 1),
            current=current + foreign.total(segment),
            own=previous + current,
            in_flight=len(in_flight),
            round_trip=self._round_trip,
            uncertainty=0.0 if is_alone else self.uncertainty(now) or 0.0,
            is_first=segment == self._first,
            pace=pace,
            margin=min(self._policy.margin, self.limit - 1) if segment < self._unsure_until else 0,
        )
