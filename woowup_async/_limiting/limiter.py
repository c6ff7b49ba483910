"""Fair admission by the window: two lanes, first come first served in each, one cooldown for the whole account.

Room: _limiting. Called by `_transport.sender`. It owns no task: whoever is next waits for the deadline himself, the
others for their turn. A permit is spent in the same step in which it is given, so a cancelled waiter costs nothing.
"""

from __future__ import annotations

import logging
import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import anyio
import anyio.lowlevel

from woowup_async._clock import Clock
from woowup_async._flow import Headers
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.window import Spent, Window
from woowup_async._wire.reply import retry_after
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane, RateLimit

_log = logging.getLogger("woowup_async.limiting")

#: Interactive permits in a row while bulk waits: bulk keeps a tenth.
_IN_A_ROW = 9
#: Most seconds added to a cooldown, so that several clients do not come back as one (guessed).
_COOL_JITTER = 1.0


@dataclass(frozen=True, slots=True)
class LimiterStatistics:
    """A look at the limiter. `estimated` mirrors the server's; `cooling` is in seconds from now."""

    spent: int
    throttled: int
    waiting_interactive: int
    waiting_bulk: int
    in_flight: int
    limit: int
    estimated: float
    cooling: float
    is_phase_known: bool


class Permit:
    """The right of one attempt to leave, spent. Tell once what became of it; more words are ignored."""

    __slots__ = ("_limiter", "_spent")

    def __init__(self, limiter: AccountLimiter, spent: Spent) -> None:
        self._limiter = limiter
        self._spent: Spent | None = spent

    def answered(self, status: int, headers: Headers) -> None:
        """Report the answer: what the server says of the budget, and whether it refused (429)."""
        if spent := self._take():
            self._limiter.observe(spent, status, headers)

    def lost(self) -> None:
        """Report that no answer came: the server may have counted it."""
        if self._take():
            self._limiter.forgo(was_sent=True)

    def unused(self) -> None:
        """Report that it surely never left."""
        if self._take():
            self._limiter.forgo(was_sent=False)

    def _take(self) -> Spent | None:
        spent, self._spent = self._spent, None
        return spent


class _Waiter:
    __slots__ = ("turn",)

    def __init__(self) -> None:
        self.turn = anyio.Event()

    def wake(self) -> None:
        self.turn.set()


class AccountLimiter:
    """One account's admission.

    Args:
        rate_limit: the budget.
        clock: seconds.
        jitter: draws from [0, 1).

    """

    def __init__(
        self, rate_limit: RateLimit, clock: Clock, *, jitter: Callable[[], float] = random.random
    ) -> None:  # fmt: skip
        self._clock, self._jitter, self._policy = clock, jitter, rate_limit
        self._window = Window(rate_limit)
        self._waiting: dict[Lane, OrderedDict[_Waiter, None]] = {lane: OrderedDict() for lane in Lane}
        self._in_a_row = 0
        self._interactive_at = float("-inf")
        self._spent = self._throttled = 0
        self._is_warned = False

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        """Wait for the next permit of a lane.

        Raises:
            AdmissionTimeout: none will come within `timeout` seconds.

        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        deadline = None if timeout is None else self._clock.now() + timeout
        waiter, queue = _Waiter(), self._waiting[lane]
        queue[waiter] = None
        try:
            while True:
                now, ready = self._clock.now(), None
                if self._head() is waiter:
                    ready = self._ready_at(lane, now)
                    if ready <= now:
                        return self._grant(lane, now)
                if deadline is not None and (now >= deadline or (ready is not None and ready > deadline)):
                    raise AdmissionTimeout(timeout or 0.0, max(0.0, (ready or self._ready_at(lane, now)) - now))
                await self._wait(waiter, ready if ready is not None else deadline)
        finally:
            del queue[waiter]
            self._wake_head()

    def observe(self, spent: Spent, status: int, headers: Headers) -> None:
        """Learn from an answer; for `Permit`."""
        now, seen, refused = self._clock.now(), limits_of(headers), status == 429
        self._window.observe(spent, now, seen, refused=refused)
        if refused:
            self._throttled += 1
            self._window.cool_until(now + self._cooldown(headers))
        elif not (self._window.is_phase_known or self._is_warned):
            self._is_warned = True
            _log.warning("an answer carried no usable rate-limit headers: keeping a pace that needs none")
        self._wake_head()

    def forgo(self, *, was_sent: bool) -> None:
        """Settle a permit without an answer; for `Permit`."""
        if was_sent:
            self._window.lose(self._clock.now())
        else:
            self._window.unspend()
        self._wake_head()

    def statistics(self) -> LimiterStatistics:
        """Look, without touching anything."""
        now = self._clock.now()
        return LimiterStatistics(
            spent=self._spent,
            throttled=self._throttled,
            waiting_interactive=len(self._waiting[Lane.INTERACTIVE]),
            waiting_bulk=len(self._waiting[Lane.BULK]),
            in_flight=self._window.in_flight,
            limit=self._window.limit,
            estimated=self._window.estimated(now),
            cooling=max(0.0, self._window.cooling_until - now),
            is_phase_known=self._window.is_phase_known,
        )

    def _cooldown(self, headers: Headers) -> float:
        asked = retry_after(headers, time.time())
        jitter = self._jitter() * min(_COOL_JITTER, self._policy.segment / 30)
        return (asked if asked is not None else self._policy.segment) + jitter

    def _head(self) -> _Waiter | None:
        interactive, bulk = self._waiting[Lane.INTERACTIVE], self._waiting[Lane.BULK]
        is_bulks_turn = bulk and (not interactive or self._in_a_row >= _IN_A_ROW)
        return next(iter(bulk if is_bulks_turn else interactive), None)

    def _ready_at(self, lane: Lane, now: float) -> float:
        if lane is Lane.INTERACTIVE:
            return self._window.ready_at(now)
        is_shared = now - self._interactive_at <= 2 * self._policy.segment
        return self._window.ready_at(now, evenly=True, withheld=self._reserve if is_shared else 0)

    @property
    def _reserve(self) -> int:
        reserve = self._policy.reserve
        return min(4, self._policy.limit // 10) if reserve is None else reserve

    def _grant(self, lane: Lane, now: float) -> Permit:
        if lane is Lane.INTERACTIVE:
            self._interactive_at = now
            self._in_a_row += 1
        else:
            self._in_a_row = 0
        self._spent += 1
        return Permit(self, self._window.spend(now))

    async def _wait(self, waiter: _Waiter, deadline: float | None) -> None:
        """Wait for a turn, or for a deadline, whichever comes first."""
        if deadline is None:
            await waiter.turn.wait()
        else:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._wake_at, waiter, deadline)
                await waiter.turn.wait()
                tasks.cancel_scope.cancel()
        waiter.turn = anyio.Event()

    async def _wake_at(self, waiter: _Waiter, deadline: float) -> None:
        await self._clock.sleep_until(deadline)
        waiter.wake()

    def _wake_head(self) -> None:
        if head := self._head():
            head.wake()
