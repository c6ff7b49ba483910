"""Gives permits by the window: two lanes, and one cooldown for the whole account.

Room: _limiting. It owns no task: the task that is next waits for the deadline itself, and the others wait for their
turn. A permit is spent in the step that gives it, so a cancelled waiter costs nothing.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from random import random as uniform

import anyio.lowlevel

from woowup_async._clock import Clock
from woowup_async._limiting.cooldown import Cooldown
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.lanes import Lanes, Waiter
from woowup_async._limiting.paces import pace_of
from woowup_async._limiting.permit import Permit
from woowup_async._limiting.spending import Limits, Memory, Spent
from woowup_async._limiting.waits import WaitCounter
from woowup_async._limiting.window import Window
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane, RateLimit
from woowup_async.ports import Headers
from woowup_async.statistics import LaneStatistics, LimiterStatistics

_log = logging.getLogger("woowup_async.limiting")

#: How late a permit may be before a waiting task is woken for it, as a part of a segment (guessed: 10 ms of 30 s).
#: docs/limiter.md: waits.
_LATE = 1 / 3_000


class AccountLimiter:
    """Gives the permits of one account.

    Args:
        rate_limit: the account's budget.
        clock: a monotonic clock, in seconds.
        in_flight: the largest number of bulk requests without an answer. Interactive requests have no such bound.
        random: returns a random number in [0, 1), for the jitter of cooldowns.

    """

    def __init__(
        self,
        rate_limit: RateLimit,
        clock: Clock,
        *,
        in_flight: int = 8,
        random: Callable[[], float] = uniform,
    ) -> None:
        self.rate_limit = rate_limit
        self._clock, self._most_in_flight = clock, in_flight
        self._window = Window(rate_limit)
        self._lanes = Lanes()
        self._in_flight = dict.fromkeys(Lane, 0)
        self._spent = dict.fromkeys(Lane, 0)
        self._waits = {lane: WaitCounter() for lane in Lane}
        self._used_at = dict.fromkeys(Lane, float("-inf"))
        self._cooldown = Cooldown(rate_limit.segment, random)
        self._throttled = 0
        self._is_warned = False

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit of a lane.

        Raises:
            AdmissionTimeout: no permit can come within `timeout` seconds.

        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        began = self._clock.now()
        if self._lanes.are_empty and self._has_slot(lane) and self._ready_at(lane, began) <= began:
            return self._grant(lane, began, 0.0)  # it would be the head at once, and leave nobody behind
        deadline = None if timeout is None else began + timeout
        waiter = Waiter(lane)
        self._lanes.join(waiter)
        try:
            while True:
                now, ready = self._clock.now(), None
                if self._head() is waiter:
                    ready = self._ready_at(lane, now)
                    if ready <= now:
                        return self._grant(lane, now, now - began)
                if deadline is not None and (now >= deadline or (ready is not None and ready > deadline)):
                    raise AdmissionTimeout(timeout or 0.0, max(0.0, (ready or self._ready_at(lane, now)) - now))
                if deadline is None and ready is not None:
                    waiter.until = ready
                await self._wait(waiter, ready if ready is not None else deadline)
                waiter.until = math.inf
        finally:
            self._lanes.leave(waiter)
            self._wake_head()

    def observe(self, spent: Spent, lane: Lane, status: int, headers: Headers) -> None:
        """Learn from an answer. Called by the permit."""
        self._in_flight[lane] -= 1
        try:
            self._learn(spent, limits_of(headers), headers, refused=status == 429)
        finally:
            self._wake_head()

    def _learn(self, spent: Spent, seen: Limits, headers: Headers, *, refused: bool) -> None:
        now = self._clock.now()
        self._window.observe(spent, now, seen, refused=refused)
        if refused:
            self._throttled += 1
            self._window.cool_until(self._cooldown.refused(now, headers))
        elif not (self._window.is_phase_known or self._is_warned):
            self._is_warned = True
            _log.warning("an answer had no usable rate-limit headers: using a pace that needs none")

    def forgo(self, spent: Spent, lane: Lane, *, was_sent: bool) -> None:
        """Settle a permit without an answer. Called by the permit."""
        self._in_flight[lane] -= 1
        if was_sent:
            self._window.lose(spent, self._clock.now())
        else:
            self._window.unspend(spent)
        self._wake_head()

    def remember(self, wall: float) -> Memory:
        """Return what the next process of this account must know. The wall clock shows `wall` now."""
        return self._window.remember(self._clock.now(), wall)

    def recall(self, memory: Memory, wall: float) -> None:
        """Begin with what another process spent. Call it before the first permit. The wall clock shows `wall` now."""
        self._window.recall(memory, self._clock.now(), wall)

    def clock_skew(self, wall: float) -> float | None:
        """Return the server's clock minus the wall clock, in seconds; None until an answer has shown it."""
        return self.remember(wall).clock_skew

    def waiting(self, lane: Lane) -> int:
        """Return the number of tasks in a lane that wait for a permit."""
        return self._lanes.waiting(lane)

    def is_idle(self) -> bool:
        """Return whether the limiter can be dropped without loss.

        No task waits, no request is in flight, no cooldown lasts, and nothing that it spent counts any more.
        """
        now, horizon = self._clock.now(), 2 * self.rate_limit.segment
        is_used = any(self._lanes.waiting(lane) or now - self._used_at[lane] <= horizon for lane in Lane)
        return not (is_used or self._window.in_flight or self._window.cooling_until > now)

    def cooling_since(self) -> float | None:
        """Return when the cooldown began that lasts now, in seconds of the clock; None if there is none."""
        return self._cooldown.since(self._clock.now(), self._window.cooling_until)

    def statistics(self) -> LimiterStatistics:
        """Return a snapshot of the account's budget."""
        now, window = self._clock.now(), self._window
        reading = window.foreign.reading
        return LimiterStatistics(
            limit=window.limit,
            estimated=window.estimated(now),
            interactive=self._lane_statistics(Lane.INTERACTIVE),
            bulk=self._lane_statistics(Lane.BULK),
            in_flight=window.in_flight,
            throttled=self._throttled,
            cooldowns=self._cooldown.count,
            cooling=max(0.0, window.cooling_until - now),
            phase_uncertainty=window.uncertainty(now),
            reading=reading.value if reading else None,
            foreign_rate=window.foreign.rate,
            caution=window.foreign.caution,
            segment=window.segment(now),
        )

    def _lane_statistics(self, lane: Lane) -> LaneStatistics:
        return LaneStatistics(self._spent[lane], self._lanes.waiting(lane), self._waits[lane].histogram)

    def _head(self) -> Waiter | None:
        return self._lanes.head(has_bulk_slot=self._has_slot(Lane.BULK))

    def _has_slot(self, lane: Lane) -> bool:
        return lane is Lane.INTERACTIVE or self._in_flight[lane] < self._most_in_flight

    def _ready_at(self, lane: Lane, now: float) -> float:
        idle = now - self._used_at[Lane.INTERACTIVE]
        return self._window.ready_at(now, pace_of(lane, self._lanes.waiting(lane), idle, self.rate_limit))

    def _grant(self, lane: Lane, now: float, waited: float) -> Permit:
        self._lanes.served(lane)
        self._spent[lane] += 1
        self._in_flight[lane] += 1
        self._used_at[lane] = now
        self._waits[lane].add(waited)
        return Permit(self, lane, self._window.spend(now))

    async def _wait(self, waiter: Waiter, deadline: float | None) -> None:
        """Wait for a turn or for a deadline, whichever comes first."""
        if deadline is None:
            await waiter.turn.wait()
        else:
            await self._clock.sleep_until(deadline, unless=waiter.turn.event)

    def _wake_head(self) -> None:
        """Wake the next task, unless it wakes by itself early enough."""
        if self._lanes.are_empty:
            return
        head = self._head()
        if head and (head.until == math.inf or self._may_go_before(head)):
            head.turn.ring()

    def _may_go_before(self, head: Waiter) -> bool:
        ready = self._ready_at(head.lane, self._clock.now())
        return head.until - ready > _LATE * self.rate_limit.segment
