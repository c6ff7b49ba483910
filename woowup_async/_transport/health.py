"""The health of the server, shared by all requests of a run. It drives `breaker`.

Room: _transport. It owns no task: one of the waiting requests sends the probes.

Until the server's first answer, a request that fails on all attempts ends the run (a wrong host, a wrong key). After
that, attempts count only while the server is known to work: the run waits out an outage.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import random as uniform
from typing import NamedTuple

from woowup_async._clock import Clock, Signal
from woowup_async._transport.breaker import Breaker, RetryBudget
from woowup_async._transport.retry import Verdict
from woowup_async.errors import ApiError, Failure, is_from_gateway, without_data
from woowup_async.events import OutageBegan, OutageEnded, OutageProbed, RunEvent

#: Seconds of failures only after which a request is given up anyway (guessed: twice an outage of an hour).
_PATIENCE = 7_200.0

Probe = Callable[[], Awaitable[Failure | None]]


class Since(NamedTuple):
    """The time and the counts when a request began."""

    at: float
    successes: int
    probes: int


class Health:
    """Counts failures and successes, and decides whether requests must wait.

    Args:
        clock: seconds.
        on_event: called with events about outages.
        random: returns a number in [0, 1).
        has_answer: whether to begin as if the server had answered, so that an outage at the start is waited out.

    """

    has_answer: bool

    def __init__(
        self,
        clock: Clock,
        on_event: Callable[[RunEvent], None],
        random: Callable[[], float] = uniform,
        *,
        has_answer: bool = False,
    ) -> None:
        self._clock, self._on_event, self._random = clock, on_event, random
        self._breaker, self._budget = Breaker(), RetryBudget()
        self._under_way = 0
        self._successes = self._answered_probes = 0
        self._why = ""
        self._is_probing = False
        self._changed = Signal()
        #: Operations that have answered in the API's own words.
        self.answered: set[str] = set()
        #: Whether the API has answered at least once.
        self.has_answer = has_answer

    def begins(self) -> Since:
        """Count a request until it `ends`, with all its retries."""
        self._under_way += 1
        return Since(self._clock.now(), self._successes, self._answered_probes)

    def ends(self) -> None:
        """Stop counting a request."""
        self._under_way -= 1

    @property
    def under_way(self) -> int:
        """Requests that have not ended, including retries and waits."""
        return self._under_way

    @property
    def is_down(self) -> bool:
        """Whether requests must wait until the server answers."""
        return self._breaker.is_open

    async def ready(self, probe: Probe) -> None:
        """Wait while the server is down. One of the waiting requests sends a harmless probe from time to time."""
        while self._breaker.is_open:
            if self._is_probing:
                await self._changed.wait()
                continue
            self._is_probing = True
            try:
                await self._clock.sleep_until(self._breaker.probe_at)
                failure = await probe()
            finally:
                self._is_probing = False
                self._changed.ring()
            self._probed(failure)

    def is_unknown_path(self, endpoint: str, failure: Failure | None) -> bool:
        """Return whether an answer that is not the API's may mean that the path does not exist. A proxy's 403 may pass.

        An operation that has answered in this run exists, so such an answer is just another failure.
        """
        is_foreign = is_from_gateway(failure) and isinstance(failure, ApiError) and failure.status != 403
        return is_foreign and endpoint not in self.answered

    def note(self, endpoint: str, failure: Failure | None, verdict: Verdict) -> None:
        """Count the result of an attempt. A refusal is an answer, so it shows that the server works."""
        if failure is None:
            self.has_answer = True
            self.answered.add(endpoint)
            self._succeeded()
            return
        if isinstance(failure, ApiError) and failure.code:
            self.has_answer = True
            self.answered.add(endpoint)
        if self.is_unknown_path(endpoint, failure):
            return  # this says nothing about the server
        if verdict is Verdict.AGAIN:
            if self.has_answer and self._breaker.failed(self._clock.now(), self._random()):
                self._why = str(failure)
                self._on_event(OutageBegan(self._why, without_data(failure)))
        elif verdict is not Verdict.COOL:
            self._succeeded()

    def _succeeded(self) -> None:
        self._successes += 1
        self._budget.earn()
        if self._breaker.is_open:
            self._close()
        self._breaker.succeeded()

    def may_give_up(self, failure: Failure, since: Since, *, is_final: bool) -> bool:
        """Return whether the cause of a request that failed on every attempt is the request, not the server.

        `is_final`: whether giving it up settles records. If its records are then sent in smaller parts, less proof is
        needed.
        """
        if not self.has_answer or self._successes > since.successes or self._clock.now() - since.at > _PATIENCE:
            return True
        # all other requests may fail, too. But a server that answers a read, and this request with its own code or
        # page, is not down. If this request is the only one, there are no others to compare with.
        speaks = is_from_gateway(failure) or (isinstance(failure, ApiError) and bool(failure.code))
        return self._answered_probes > since.probes and (not is_final or speaks or self._under_way == 1)

    def is_quick(self) -> bool:
        """Return whether the next retry may be quick."""
        return self._budget.spend()

    def _probed(self, failure: Failure | None) -> None:
        now = self._clock.now()
        if failure is None:
            self._answered_probes += 1
            self._close()
        elif self._breaker.is_open:
            self._breaker.probe_failed(now, self._random())
            self._on_event(OutageProbed(str(failure), self._breaker.probe_at - now, self._breaker.elapsed(now)))

    def _close(self) -> None:
        if self._breaker.is_open:
            self._on_event(OutageEnded(self._breaker.elapsed(self._clock.now())))
            self._breaker.probe_answered()
            self._changed.ring()
