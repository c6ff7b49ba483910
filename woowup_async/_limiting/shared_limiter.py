"""Gives the permits of an account that several workers spend, over a store.

Room: _limiting. It has the interface of `AccountLimiter`. Its keeper speaks to the store.
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
from woowup_async._limiting.keeper import Keeper
from woowup_async._limiting.line import Waiting
from woowup_async._limiting.own_log import Fate, Sending
from woowup_async._limiting.permit import Permit
from woowup_async._limiting.spending import Memory
from woowup_async._limiting.transactions import Transactions
from woowup_async._limiting.waits import WaitCounter
from woowup_async.budget import BudgetStore
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane, RateLimit
from woowup_async.ports import Headers
from woowup_async.statistics import BudgetStatistics, LaneStatistics, LimiterStatistics

_log = logging.getLogger("woowup_async.limiting")


class SharedLimiter:
    """Gives this worker's permits of one account.

    Args:
        rate_limit: the account's budget.
        clock: a monotonic clock, in seconds.
        store: where the workers of the account meet.
        account: its name in the store.
        in_flight: the largest number of bulk requests without an answer, of all workers.
        random: returns a random number in [0, 1).

    """

    def __init__(
        self,
        rate_limit: RateLimit,
        clock: Clock,
        store: BudgetStore,
        account: str,
        *,
        in_flight: int = 8,
        random: Callable[[], float] = uniform,
    ) -> None:
        self.rate_limit = rate_limit
        self._clock = clock
        self._store = Transactions(store, account, rate_limit, clock)
        self._keeper = Keeper(self._store, rate_limit, clock, in_flight, random)
        self._spent = dict.fromkeys(Lane, 0)
        self._waits = {lane: WaitCounter() for lane in Lane}
        self._used_at = -math.inf
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
        deadline = math.inf if timeout is None else began + timeout
        task, keeper = Waiting(lane), self._keeper
        keeper.line.join(task)
        keeper.wake()
        try:
            while (given := task.given) is None or given.at > self._clock.now():
                now = self._clock.now()
                expected = given.at if given else keeper.expected(task)
                if now >= deadline or expected > deadline:
                    raise AdmissionTimeout(timeout or 0.0, max(0.0, expected - now))
                await self._sleep(given.at if given else deadline, task)
            task.given = None
            return self._started(given.sending, began)
        finally:
            keeper.line.leave(task)
            if task.given is not None:
                keeper.give_back(task.given)

    async def _sleep(self, deadline: float, task: Waiting) -> None:
        if deadline == math.inf:
            await task.turn.wait()
        else:
            await self._clock.sleep_until(deadline, unless=task.turn.event)

    def _started(self, sending: Sending, began: float) -> Permit:
        now, lane = self._clock.now(), sending.lane
        sending.sent = self._used_at = now
        self._spent[lane] += 1
        self._waits[lane].add(now - began)
        return Permit(self, lane, sending)

    def observe(self, spent: Sending, lane: Lane, status: int, headers: Headers) -> None:
        """Learn from an answer. Called by the permit."""
        spent.fate, spent.received = Fate.ANSWERED, self._clock.now()
        spent.limits, spent.was_refused = limits_of(headers), status == 429
        if spent.was_refused:
            self._throttled += 1
            spent.cool_until = self._cooldown.refused(spent.received, headers)
        elif spent.limits.plausible_reset(self.rate_limit.segment) is None:
            self._warn_without_headers()
        self._keeper.closed(spent)

    def _warn_without_headers(self) -> None:
        if not (self._is_warned or self._keeper.window()[0].is_phase_known):
            self._is_warned = True
            _log.warning("an answer had no usable rate-limit headers: using a pace that needs none")

    def forgo(self, spent: Sending, lane: Lane, *, was_sent: bool) -> None:
        """Settle a permit without an answer. Called by the permit."""
        spent.fate, spent.received = Fate.LOST if was_sent else Fate.UNUSED, self._clock.now()
        self._keeper.closed(spent)

    def remember(self, wall: float) -> Memory:
        """Return what the next process of this account must know. The wall clock shows `wall` now."""
        window, at = self._keeper.window()
        return window.remember(at, wall)

    def recall(self, memory: Memory, wall: float) -> None:
        """Begin with what a journal remembers, if the store has nothing. The wall clock shows `wall` now."""
        self._store.recall(memory, wall)

    def clock_skew(self, wall: float) -> float | None:
        """Return the server's clock minus the wall clock, in seconds; None until an answer has shown it."""
        return self.remember(wall).clock_skew

    def waiting(self, lane: Lane) -> int:
        """Return the number of tasks in a lane that wait for a permit."""
        return self._keeper.line.waiting(lane)

    def is_idle(self) -> bool:
        """Return whether the limiter can be dropped without loss."""
        now = self._clock.now()
        is_used = any(map(self.waiting, Lane)) or now - self._used_at <= 2 * self.rate_limit.segment
        return not (is_used or self._store.log.in_flight or self._cooldown.until > now)

    async def aclose(self) -> None:
        """Report what is not reported yet, and stop. This takes a second at most."""
        await self._keeper.aclose()

    def kill(self) -> None:
        """Stop at once, like a process that dies."""
        self._keeper.kill()

    def cooling_since(self) -> float | None:
        """Return when the cooldown began that lasts now, in seconds of the clock; None if there is none.

        One that another worker began counts from when this one first asked for it.
        """
        return self._cooldown.since(self._clock.now(), self._cooling_until())

    def _cooling_until(self) -> float:
        """Return the end of the last cooldown, of this worker or of another, by this worker's clock."""
        window, at = self._keeper.window()
        return max(self._cooldown.until, self._clock.now() + window.cooling_until - at)

    def statistics(self) -> LimiterStatistics:
        """Return a snapshot of the account's budget, as this worker last saw it."""
        now, (window, at) = self._clock.now(), self._keeper.window()
        reading = window.foreign.reading
        return LimiterStatistics(
            limit=window.limit,
            estimated=window.estimated(at),
            interactive=self._lane_statistics(Lane.INTERACTIVE),
            bulk=self._lane_statistics(Lane.BULK),
            in_flight=len(self._store.log.in_flight),
            throttled=self._throttled,
            cooldowns=self._cooldown.count,
            cooling=max(0.0, self._cooling_until() - now),
            phase_uncertainty=window.uncertainty(at),
            reading=reading.value if reading else None,
            foreign_rate=window.foreign.rate,
            caution=window.foreign.caution,
            segment=window.segment(at),
            budget=self._budget_statistics(now),
        )

    def _lane_statistics(self, lane: Lane) -> LaneStatistics:
        return LaneStatistics(self._spent[lane], self.waiting(lane), self._waits[lane].histogram)

    def _budget_statistics(self, now: float) -> BudgetStatistics:
        store, own, shared = self._store, self._keeper.own, self._store.known(now)
        recent = {name: worker.recent for name, worker in shared.workers.items()} if shared else {}
        whole = sum(recent.values())
        return BudgetStatistics(
            workers=own.workers if own else len(recent),
            part=recent.get(store.me, 0.0) / whole if whole else 0.0,
            latency=store.latency,
            trips=store.trips,
            conflicts=store.conflicts,
            forgotten=store.forgotten,
            fallbacks=self._keeper.fallbacks,
            is_fallen_back=own is not None,
        )
