"""The window of all workers of an account, between a read and a swap.

Room: _limiting. Pure. A worker restores it from a blob, counts what it knows, takes permits if it is its turn, and
writes it back. Invariants:

- A permit is valid from its time on, by the store's clock. It counts from the moment it is in the blob.
- A permit whose owner is dead counts as lost after `_LEASE`: its request may have arrived.
- Interactive permits of any worker come before bulk ones. In a lane, the worker that was served longest ago is next.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from woowup_async._limiting.ahead import SOON, ahead_of
from woowup_async._limiting.gate import Pace
from woowup_async._limiting.lanes import IN_A_ROW
from woowup_async._limiting.own_log import Fate, Sending, settle
from woowup_async._limiting.paces import pace_of
from woowup_async._limiting.shared_state import MOST_WORKERS, SharedPermit, SharedState, Worker
from woowup_async._limiting.window import Window
from woowup_async.policies import Lane, RateLimit

#: Seconds after which the permits of a worker that shows no sign of life count as lost (derived: 10 s to connect, 30 s
#: for an answer, and 5 s to report it), and how long before that their requests arrived at the latest.
#: docs/limiter.md: a shared budget.
_LEASE, _ANSWER = 45.0, 30.0
#: Seconds after its last sign of life in which a worker's requests count for `in_flight`.
#: docs/limiter.md: a shared budget.
_PRESENT = 15.0
#: Seconds in which all workers should have come back after a failure of the store (derived: more than the longest wait
#: between two tries). docs/limiter.md: a shared budget.
_GATHER = 6.0
#: Tries to find a time in the next segment at which a permit is valid. docs/limiter.md: a shared budget.
_TRIES = 4
#: Seconds between two looks, if nothing shows when the next one is useful. docs/limiter.md: a shared budget.
_POLL = 0.25
#: How far ahead a turn is foreseen is uncertain by this part, and it is looked at again after this part of the way.
#: docs/limiter.md: a shared budget.
_UNSURE, _EARLY = 0.1, 0.8


class Granted(NamedTuple):
    """A permit and the store's time from which on it is valid."""

    number: int
    lane: Lane
    at: float


class Turn(NamedTuple):
    """The result of a worker's turn: its permits, and the store's time at which it should look again."""

    granted: list[Granted]
    look_at: float
    next_at: float


class SharedWindow:
    """One worker's view of the account, at a moment of the store's clock.

    Args:
        policy: the account's budget.
        state: as decoded. It is changed.
        now: the store's time.
        me: this worker.
        latency: seconds of its round trip to the store.

    """

    def __init__(self, policy: RateLimit, state: SharedState, now: float, me: int, latency: float = 0.0) -> None:
        self._policy, self.state, self._now, self._me = policy, state, now, me
        has_calls = now - state.interactive_at <= 2 * policy.segment
        self._ahead = ahead_of(policy.segment, latency, has_calls=has_calls)
        self.window = Window(policy)
        self._permits = {(permit.owner, permit.number): permit for permit in state.permits}
        self.window.restore(state.window, self._permits.values())
        self.is_changed = False
        self._seen = {name: worker.seen for name, worker in state.workers.items()}
        self._bury()
        self._mine = state.workers.get(me) or Worker(0, now)

    @property
    def last_turn(self) -> int:
        """The number of this worker's last transaction in this history."""
        return self._mine.turn

    @property
    def workers(self) -> dict[int, Worker]:
        """The workers that were seen in the last two segments, and this one."""
        horizon = self._now - 2 * self._policy.segment
        seen = {name: worker for name, worker in self.state.workers.items() if worker.seen >= horizon}
        return {**seen, self._me: self._mine}

    # What happened.

    def settle(self, sendings: Iterable[Sending]) -> None:
        """Count this worker's requests: those in flight, and those that were answered or given up.

        Permits of this worker in the blob that it does not know came from a swap whose answer was lost. They were never
        used.
        """
        known = set[int]()
        for sending in sendings:
            known.add(sending.number)
            key = self._me, sending.number
            if sending.fate is Fate.IN_FLIGHT:
                if key not in self._permits:
                    self._take(sending)
                continue
            permit = self._permits.get(key)
            if permit is None and sending.fate is not Fate.UNUSED:
                permit = self._take(sending)
            if permit is not None:
                self._close(permit, sending)
        for owner, number in [key for key in self._permits if key[0] == self._me and key[1] not in known]:
            self.window.unspend(self._permits.pop((owner, number)))
            self.is_changed = True

    def _take(self, sending: Sending) -> SharedPermit:
        """Count a request that is not in this history. Others may have sent such requests, too."""
        permit = SharedPermit(sending.sent, self._me, sending.number, sending.lane is Lane.BULK)
        self.window.take(permit)
        self.window.hold_judgement(self._now)
        self._permits[self._me, sending.number] = permit
        self.is_changed = True
        return permit

    def _close(self, permit: SharedPermit, sending: Sending) -> None:
        del self._permits[permit.owner, permit.number]
        self.is_changed = True
        permit.sent = max(permit.sent, sending.sent)
        settle(self.window, permit, sending)

    def _bury(self) -> None:
        """Give up what dead workers left."""
        workers, horizon = self.state.workers, 3 * self._policy.segment + _LEASE
        for key, permit in list(self._permits.items()):
            owner = workers.get(permit.owner)
            if self._now > max(permit.sent, owner.seen if owner else permit.sent) + _LEASE:
                self.window.lose(self._permits.pop(key), self._now - _ANSWER)
                self.is_changed = True
        kept = {name: worker for name, worker in workers.items() if self._now <= worker.seen + horizon}
        if len(kept) > MOST_WORKERS:
            newest = sorted(kept, key=lambda name: kept[name].seen)[-MOST_WORKERS:]
            kept = {name: kept[name] for name in newest}
        self.state.workers = kept

    def gather(self, since: float) -> None:
        """Let each worker use its own part for some seconds, if another one was not seen `since` the store failed."""
        before = since - 2 * self._policy.segment
        is_missing = any(before <= seen < since for name, seen in self._seen.items() if name != self._me)
        if is_missing and self.state.gathers_until < since:
            self.state.gathers_until = self._now + _GATHER
            self.is_changed = True

    @property
    def is_gathering(self) -> bool:
        """Whether each worker uses its own part now."""
        return self._now < self.state.gathers_until

    # What comes next.

    def serve(self, wants: Mapping[Lane, int], most_in_flight: int, number: Callable[[], int]) -> Turn:
        """Take the permits that this worker can have now.

        Args:
            wants: tasks that wait, by lane.
            most_in_flight: bulk requests without an answer, of all workers.
            number: returns the number of this worker's next permit.

        """
        left, granted = dict(wants), list[Granted]()
        self._queue_up(left)
        settled_at = self.state.gathers_until + self._ahead.most_lead
        if self._now < settled_at:  # first all report what they spent until then
            return Turn(granted, settled_at, settled_at) if any(left.values()) else Turn(granted, math.inf, math.inf)
        while True:
            queue = self._queue(most_in_flight)
            places = [place for place, (lane, name) in enumerate(queue) if name == self._me and left.get(lane)]
            if not places:
                again = self._now + _POLL if any(left.values()) else math.inf
                return Turn(granted, again, again)
            place, lane = places[0], queue[places[0]][0]
            goes_on = 0 < len(granted) < self._ahead.permits and granted[-1].lane is lane is Lane.BULK
            ready, after = self._ready(lane, left[lane], is_next=not place)
            # a worker that is not next takes only what the next one left, and nothing of another lane
            may_take = ready <= self._now and all(ahead is lane for ahead, _ in queue[:place])
            if not may_take and ((place and not goes_on) or ready > self._now + self._ahead.lead):
                return self._later(granted, place, ready, after)
            granted.append(self._grant(lane, max(ready, self._now), number()))
            left[lane] -= 1
            self._queue_up(left)

    def _queue_up(self, left: Mapping[Lane, int]) -> None:
        for lane in Lane:
            since = self._mine.since(lane)
            if (since is None) == bool(left.get(lane)):
                self._mine.wait(lane, self._now if since is None else None)
                self.is_changed = True

    def _queue(self, most_in_flight: int) -> list[tuple[Lane, int]]:
        """Return the lanes and workers in the order of their permits."""
        has_slot = self._bulk_in_flight() < most_in_flight
        waits = [
            (lane is Lane.BULK, since, name, lane)
            for name, worker in {**self.state.workers, self._me: self._mine}.items()
            for lane in Lane
            if (since := worker.since(lane)) is not None
            and (name == self._me or self._now <= worker.due + self._ahead.grace)
            and (lane is Lane.INTERACTIVE or has_slot)
        ]
        waits.sort(key=lambda wait: wait[:3])
        first_bulk = next((place for place, wait in enumerate(waits) if wait[0]), 0)
        if self.state.in_a_row >= IN_A_ROW:
            waits.insert(0, waits.pop(first_bulk)) if waits else None
        return [(lane, name) for _, _, name, lane in waits]

    def _bulk_in_flight(self) -> int:
        workers = self.state.workers
        return sum(
            permit.is_bulk and (owner == self._me or (owner in workers and self._now <= workers[owner].seen + _PRESENT))
            for (owner, _), permit in self._permits.items()
        )

    def _ready(self, lane: Lane, waiting: int, *, is_next: bool) -> tuple[float, float]:
        """Return when the next permit of a lane is valid, and about when the one after it will be."""
        pace = pace_of(lane, waiting, self._now - self.state.interactive_at, self._policy)
        ready = self.window.ready_at(self._now, pace)
        if ready <= self._now or (is_next and ready > self._now + self._ahead.lead):
            return ready, ready
        copy = self._copy()
        ready = self._settled(copy, ready, pace)
        copy.spend(ready)
        return ready, copy.ready_at(ready, pace)

    def _settled(self, copy: Window, ready: float, pace: Pace) -> float:
        """Return the first time from `ready` on at which the permit is valid, by what will be known then."""
        for _ in range(_TRIES):
            again = copy.ready_at(ready, pace)
            if again <= ready:
                return ready
            ready = again
        return ready + self._ahead.lead  # not settled: look again later

    def _copy(self) -> Window:
        copy = Window(self._policy)
        copy.restore(self.window.state(self._now), self._permits.values())
        return copy

    def _grant(self, lane: Lane, at: float, number: int) -> Granted:
        permit = SharedPermit(at, self._me, number, lane is Lane.BULK)
        self.window.take(permit)
        self._permits[self._me, number] = permit
        self.is_changed = True
        self._mine.wait(lane, self._now)  # behind all others
        self._mine.recent += 1
        if lane is Lane.INTERACTIVE:
            self.state.in_a_row, self.state.interactive_at = self.state.in_a_row + 1, at
        else:
            self.state.in_a_row = 0
        return Granted(number, lane, at)

    def _later(self, granted: list[Granted], place: int, ready: float, after: float) -> Turn:
        """Say when this worker should look again."""
        step = min(max(after - ready, 0.0), 2 * self._policy.segment / self.window.limit)
        mine = ready + place * step * self._ahead.permits
        look_at = max(mine - self._ahead.lead, self._now + (SOON if ready > self._now else _POLL / 2))
        far = look_at - self._now
        if look_at > self._mine.due + self._ahead.grace:  # otherwise the others would pass this worker over
            self.is_changed = True
            self._mine.due = look_at + _UNSURE * far
        return Turn(granted, look_at if far < 2 else self._now + _EARLY * far, mine)

    def finished(self, turn: int) -> SharedState:
        """Return the state to write. `turn` is the number of this transaction."""
        mine, state = self._mine, self.state
        mine.recent *= 0.5 ** (max(0.0, self._now - mine.seen) / self._policy.segment)
        mine.turn, mine.seen = turn, max(mine.seen, self._now)
        state.workers[self._me] = mine
        state.permits = list(self._permits.values())
        state.window = self.window.state(self._now - 1.0)
        state.serial += not self.is_gathering
        return state
