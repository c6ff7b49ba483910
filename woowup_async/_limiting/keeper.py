"""The task of a worker that speaks to the store and hands out permits.

Room: _limiting. It ends by itself when no task waits and everything is written, and begins again when it is needed.
While the store does not work, permits come by this worker's own part of the budget.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Callable

import anyio

from woowup_async._clock import Clock, Signal
from woowup_async._limiting.line import Given, Line, Waiting
from woowup_async._limiting.own_log import Fate, Sending
from woowup_async._limiting.own_part import OwnPart
from woowup_async._limiting.paces import pace_of
from woowup_async._limiting.shared_state import NewerSchema
from woowup_async._limiting.transactions import Conflict, Outlook, Transactions
from woowup_async._limiting.window import Window
from woowup_async._text import counted
from woowup_async.errors import BudgetUnavailable
from woowup_async.policies import Lane, RateLimit

_log = logging.getLogger("woowup_async.limiting")

#: Seconds for which an answer waits for the next transaction if nothing is urgent, for a segment of 30 seconds.
#: docs/limiter.md: a shared budget.
_REPORT = 2.0
#: Seconds between two tries of a store that does not work: the first and the longest wait, with jitter.
#: docs/limiter.md: a shared budget.
_FIRST_RETRY, _LAST_RETRY = 0.5, 5.0
#: Seconds before the end of a gathering in which a worker reports. docs/limiter.md: a shared budget.
_LAST_REPORT = 0.5
#: A transaction that fails within this many seconds is tried again at once, once. docs/limiter.md: a shared budget.
_QUICK = 0.3


class Keeper:
    """Hands out permits to the tasks of a line.

    Args:
        store: the account in the store.
        rate_limit: the account's budget.
        clock: this worker's.
        most_in_flight: bulk requests without an answer, of all workers.
        random: returns a random number in [0, 1).

    """

    def __init__(
        self,
        store: Transactions,
        rate_limit: RateLimit,
        clock: Clock,
        most_in_flight: int,
        random: Callable[[], float],
    ) -> None:
        self.store, self.line = store, Line()
        self.own: OwnPart | None = None
        self.fallbacks = 0
        self._rate_limit, self._clock, self._random = rate_limit, clock, random
        self._most_in_flight = most_in_flight
        self._changed = Signal()
        self._task: asyncio.Task[None] | None = None
        self._outlook = Outlook([], -math.inf, -math.inf, -math.inf, is_delicate=True)
        self._registered: set[Lane] = set()
        self._own_next = self._retry_at = self._interactive_at = -math.inf
        self._fell_at: float | None = None
        self._failures = self._conflicts_in_a_row = 0

    def window(self) -> tuple[Window, float]:
        """Return the window in use, and the present time of its clock."""
        now = self._clock.now()
        if self.own is None and (shared := self.store.known(now)) is not None:
            return shared.window, self.store.store_clock.earliest(now)
        return self.own.window if self.own else Window(self._rate_limit), now

    def expected(self, task: Waiting) -> float:
        """Return about when a waiting task gets its permit; minus infinity if this is not known."""
        is_known = self.line.is_first(task) and task.lane in self._registered
        return (self._own_next if self.own else self._outlook.next_at) if is_known else -math.inf

    def give_back(self, given: Given) -> None:
        """Give a permit to the next task of its lane, or back to the account."""
        if not self.line.give(given):
            given.sending.fate, given.sending.received = Fate.UNUSED, self._clock.now()
            self.closed(given.sending)

    def closed(self, sending: Sending) -> None:
        """Note that a permit has its fate."""
        if self.own is not None:
            self.own.close(sending)
            self._own_next = -math.inf  # it may come earlier now
        self.wake()

    def wake(self) -> None:
        """Look again, and begin if it is necessary."""
        self._changed.ring()
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._keep(), name="woowup budget")

    def kill(self) -> None:
        """End at once, like a process that dies. The permits expire."""
        if self._task is not None:
            self._task.cancel()

    async def aclose(self) -> None:
        """End, and report what is not reported yet. This takes a second at most."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self.own is None and self.store.log.unwritten:
            with anyio.move_on_after(1.0), contextlib.suppress(Exception):
                await self.store.leave()

    async def _keep(self) -> None:
        me = asyncio.current_task()
        # a store that times out at the moment of a cancellation may swallow it
        while not (me and me.cancelling()) and (look_at := self._look_at()) < math.inf:
            now = self._clock.now()
            if look_at > now:
                await self._clock.sleep_until(look_at, unless=self._changed.event)
            elif self.own is not None and now < self._retry_at:
                self._serve_own(self.own, now)
            else:
                await self._transact()

    def _look_at(self) -> float:
        """Return when the keeper has something to do; infinite if it has nothing to do."""
        wanted = {lane for lane, count in self.line.wants.items() if count}
        unwritten = self.store.log.unwritten
        if self.own is not None:
            if not wanted and not unwritten:
                return math.inf
            is_new = wanted - self._registered
            return -math.inf if is_new else min(self._retry_at, self._own_next if wanted else math.inf)
        report = _REPORT * min(1.0, self._rate_limit.segment / 30)
        looks = [sending.received + (0.0 if self._is_urgent(sending) else report) for sending in unwritten]
        if wanted - self._registered:
            looks.append(-math.inf)
        elif wanted:
            looks.append(self._outlook.look_at)
        # after a conflict, all wait a little
        return max(min(looks, default=math.inf), self._retry_at if self._conflicts_in_a_row else -math.inf)

    def _is_urgent(self, sending: Sending) -> bool:
        busy = len(self.store.log.in_flight) + len(self.store.log.unwritten) > self._most_in_flight / 2
        return sending.was_refused or self._outlook.is_delicate or busy

    async def _transact(self) -> None:
        wants, began = self.line.wants, self._clock.now()
        try:
            outlook = await self.store.turn(wants, self._most_in_flight, self._fell_at)
        except Exception as error:
            self._fall_back(error, began)
            return
        if isinstance(outlook, Conflict):
            self._conflicts_in_a_row += 1
            pause = outlook.jitter * 2 ** min(self._conflicts_in_a_row, 5) * self._random()
            self._retry_at = self._clock.now() + pause
            return
        self._failures = self._conflicts_in_a_row = 0
        if outlook.gathers_until > -math.inf:
            self._use_own_part(self._clock.now())
            # report once more shortly before its end
            is_near = outlook.gathers_until - self._clock.now() <= 2 * _LAST_REPORT
            self._retry_at = outlook.gathers_until - (0.0 if is_near else _LAST_REPORT)
            return
        self._come_back()
        self._outlook = outlook
        left = dict(wants)
        for given in outlook.given:
            left[given.sending.lane] -= 1
            if not self.line.give(given):
                self.give_back(given)
        self._registered = {lane for lane, count in left.items() if count}
        self.line.ring()

    def _come_back(self) -> None:
        self.own = None
        if self._fell_at is not None:
            self._fell_at = None
            _log.warning("the budget store works again: sharing the account's budget with the other workers")

    # Without the store.

    def _fall_back(self, error: Exception, began: float) -> None:
        now = self._clock.now()
        self._conflicts_in_a_row = 0
        if not self._failures and now - began < _QUICK:
            self._failures = 1  # one broken connection is no outage: the others do not know what we would spend alone
            return
        pause = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(self._failures, 9))
        self._failures += 1
        own = self._use_own_part(now)
        if self._fell_at is None:
            self._fell_at = now
            self.fallbacks += 1
            # the text of any other error may have a password
            what = str(error) if isinstance(error, NewerSchema | BudgetUnavailable) else type(error).__name__
            _log.warning(
                "the budget store does not work (%s): using %.1f %% of the account's budget, for %s seen",
                what, 100 * own.policy.share, counted(own.workers, "worker"),
            )  # fmt: skip
        self._retry_at = self._clock.now() + pause * (0.5 + 0.5 * self._random())

    def _use_own_part(self, now: float) -> OwnPart:
        if self.own is None:
            store, shared = self.store, self.store.known(now)
            self.own = OwnPart(self._rate_limit, shared, store.store_clock, store.log.recent, now)
            if shared is None:
                store.remind(self.own.window, now)
            self._registered = set()
        return self.own

    def _serve_own(self, own: OwnPart, now: float) -> None:
        """Give permits by this worker's own part."""
        self._own_next = math.inf
        log = self.store.log
        for lane in Lane:
            while self.line.waiting(lane):
                bulk = sum(sending.lane is Lane.BULK for sending in log.in_flight)
                if lane is Lane.BULK and bulk >= max(1, self._most_in_flight // own.workers):
                    break
                idle = now - self._interactive_at
                ready = own.window.ready_at(now, pace_of(lane, self.line.waiting(lane), idle, own.policy))
                if ready > now:
                    self._own_next = min(self._own_next, ready)
                    break
                sending = Sending(log.next_number(), lane, now)
                log.add(sending)
                own.spend(sending)
                if lane is Lane.INTERACTIVE:
                    self._interactive_at = now
                self.line.give(Given(sending, now))
        self._registered = {lane for lane, count in self.line.wants.items() if count}
        self.line.ring()
