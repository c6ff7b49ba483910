"""Sends one request: admit → send → decide → sleep, until it succeeds or is given up.

Room: _transport. It owns no task: the caller waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from random import random as uniform

import anyio.lowlevel
import msgspec

from woowup_async._cancellation import Border
from woowup_async._clock import Clock
from woowup_async._limiting.permit import Admission
from woowup_async._transport.attempt import Attempt
from woowup_async._transport.call import PROBE, Call
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.drain import Drain
from woowup_async._transport.health import Health, Since
from woowup_async._transport.proof import HostProof
from woowup_async._transport.retry import Verdict, backoff, may_repeat, says_it_is_there, weighed
from woowup_async._transport.trail import Trail
from woowup_async._wire.reply import Reply, reply_of
from woowup_async.errors import (
    AdmissionTimeout,
    ApiError,
    ClientClosed,
    NotSent,
    ReplyLost,
    TransportError,
    is_from_gateway,
)
from woowup_async.events import PermitSpent, RateLimited, ReplyReceived, RequestSent, RetryScheduled, RunEvent
from woowup_async.policies import Lane, RetryPolicy, Timeouts
from woowup_async.ports import Request, Response, Transport

_TRANSPORT = Border("the transport")
#: After this many pages in place of answers, the path is assumed not to exist (guessed).
_PAGES = 3


class _Failed(msgspec.Struct, frozen=True):
    """A failed attempt: its error, the verdict, and the seconds after which it may be repeated (None: never)."""

    error: ApiError | TransportError
    verdict: Verdict
    delay: float | None


def ignore(event: RunEvent) -> None:
    """Ignore an event."""


class Sender(msgspec.Struct, frozen=True):
    """Sends requests of one account.

    Args:
        base_url: without trailing slash.
        key: the account's key.
        transport: the network.
        limiter: the account's limiter, or a pace if no window is documented.
        clock: seconds.
        user_agent: the header `User-Agent`.
        retry: attempts and waits.
        timeouts: limits on each exchange and on the wait for a permit.
        lane: the queue in which these requests wait.
        on_event: called with answers and retries.
        random: returns a number in [0, 1) for the jitter.
        scheme: the authentication scheme before the key.
        health: the health of the server for a run; None outside a run.
        drain: stops the run; None outside a run.
        proof: whether the host has shown that it is the API.

    """

    base_url: str
    key: ApiKey
    transport: Transport
    limiter: Admission
    clock: Clock
    user_agent: str
    retry: RetryPolicy = RetryPolicy()
    timeouts: Timeouts = Timeouts()
    lane: Lane = Lane.INTERACTIVE
    on_event: Callable[[RunEvent], None] = ignore
    random: Callable[[], float] = uniform
    scheme: str = "Basic"
    health: Health | None = None
    drain: Drain | None = None
    proof: HostProof = msgspec.field(default_factory=HostProof)

    def in_bulk(self, on_event: Callable[[RunEvent], None], health: Health, drain: Drain) -> Sender:
        """Return a copy for a run: in the bulk lane, without a limit on the wait for a permit, waiting out outages."""
        timeouts = replace(self.timeouts, admit=None)
        return msgspec.structs.replace(
            self,
            lane=Lane.BULK,
            on_event=on_event,
            timeouts=timeouts,
            health=health,
            drain=drain,
            proof=HostProof(),
        )

    async def send(self, call: Call, trail: Trail | None = None) -> Reply:
        """Send a request until the server answers ok.

        Raises:
            ApiError: the server refused, or failed on every attempt.
            TransportError: no reply on any attempt. If one attempt may have been processed, its error is raised, even
                if later attempts were certainly not processed.
            AdmissionTimeout: no permit in time.
            ClientClosed: the client or its pool was closed.
            WoowUpError: the transport raised `CancelledError` although nothing was cancelled.
            ValueError: the path cannot be sent.

        """
        if self.health is None:
            return await self._send(call, trail or Trail(), None)
        since = self.health.begins()
        try:
            return await self._send(call, trail or Trail(), since)
        finally:
            self.health.ends()

    async def _send(self, call: Call, trail: Trail, since: Since | None) -> Reply:
        attempt, counted, pages = 1, 0, 0
        request = self._request(call)
        most = min(self.retry.attempts, call.attempts or self.retry.attempts)
        doubtful: ApiError | TransportError | None = None
        while True:
            try:
                if self.health and self.health.is_down:
                    await self.health.ready(self._probe)
                result = await self._attempt(call, request, attempt, trail)
            except (AdmissionTimeout, ClientClosed) as end:
                # the caller must know of an attempt that may have been processed; a run knows it from the trail
                if doubtful is None or (self.health and isinstance(end, ClientClosed)):
                    raise
                raise doubtful from None
            if isinstance(result, Reply):
                return result
            error = result.error
            if call.is_creation and doubtful and isinstance(error, ApiError) and says_it_is_there(error):
                return Reply(error.status, error.code, error.message, b"{}", is_repeat=True)
            if not isinstance(error, NotSent) and result.verdict is not Verdict.COOL:
                doubtful = error
            # a run can wait as long as the rate limit needs, so it does not count these refusals
            counted += not (self.health and result.verdict is Verdict.COOL)
            # outside a run, a page is given up at once
            pages += self.health is not None and self.health.is_unknown_path(call.endpoint.name, error)
            is_last = counted >= most and self._may_give_up(error, since, is_final=not call.is_divisible)
            if result.delay is None or is_last or pages >= _PAGES:
                raise (doubtful or error) if result.verdict is not Verdict.REFUSED else error
            self.on_event(RetryScheduled(call.endpoint.name, attempt, result.delay, str(error)))
            await self.clock.sleep_until(self.clock.now() + result.delay)
            attempt += 1

    def _may_give_up(self, error: ApiError | TransportError, since: Since | None, *, is_final: bool) -> bool:
        return self.health is None or since is None or self.health.may_give_up(error, since, is_final=is_final)

    async def _probe(self) -> ApiError | TransportError | None:
        """Send a harmless request once. Return its failure, if any."""
        result = await self._attempt(PROBE, self._request(PROBE), 1, Trail(), is_probe=True)
        if isinstance(result, Reply):
            return None
        is_failure = result.verdict is Verdict.AGAIN or is_from_gateway(result.error)
        return result.error if is_failure else None

    async def _attempt(
        self, call: Call, request: Request, attempt: int, trail: Trail, *, is_probe: bool = False
    ) -> Reply | _Failed:
        asked = self.clock.now()
        permit = await self.limiter.admit(self.lane, self.timeouts.admit)
        try:
            with Attempt(permit, trail) as fate:
                started = self.clock.now()
                self.on_event(PermitSpent(call.endpoint.name, self.lane.value, started - asked))
                response = await self._in_turn(call, request, attempt, fate)
                reply = reply_of(response, call.endpoint.form)
                if not self.proof.is_given:
                    reply = self.proof.weighed(reply, call.endpoint.form)
                verdict, refusal = (Verdict.DONE, None) if reply.is_success else self._weighed(call, reply)
                fate.judged(verdict, refusal)
        except TransportError as error:
            return self._failed(call, error, attempt, Verdict.AGAIN, is_probe=is_probe)
        self.on_event(ReplyReceived(call.endpoint.name, attempt, reply.status, reply.code, self.clock.now() - started))
        if refusal is None:
            self._note(call, None, verdict, is_probe=is_probe)
            return reply
        if verdict is Verdict.COOL:
            self.on_event(RateLimited(call.endpoint.name, refusal.retry_after))
        return self._failed(call, refusal, attempt, verdict, is_probe=is_probe)

    def _weighed(self, call: Call, reply: Reply) -> tuple[Verdict, ApiError | None]:
        name, health = call.endpoint.name, self.health
        is_known = health is not None and name in health.answered
        return weighed(name, reply, time.time, has_patience=health is not None, is_known=is_known)

    async def _in_turn(self, call: Call, request: Request, attempt: int, fate: Attempt) -> Response:
        """Wait for the turn, then exchange. A run that stops waits only for exchanges, not for turns."""
        turn = getattr(self.transport, "turn", None)  # a transport without it has no queue of its own
        with _TRANSPORT:
            if turn is None:
                return await self._exchange(call, request, attempt, fate)
            async with turn(request):
                return await self._exchange(call, request, attempt, fate)

    async def _exchange(self, call: Call, request: Request, attempt: int, fate: Attempt) -> Response:
        if self.drain:
            await anyio.lowlevel.checkpoint_if_cancelled()  # nothing is sent once the run stops
        fate.leaves()
        began = self.clock.now()
        try:
            sending = self.transport.send(request)
            is_long = len(call.records) > 1
            response = await (sending if self.drain is None else self.drain.shielded(sending, is_long=is_long))
            if response is None:
                raise ReplyLost(request.endpoint, "the run stopped before its answer came")
        except BaseException as error:
            if fate.failed(error):
                self.on_event(self._sent(call, attempt, began, None, type(error).__name__))
            raise
        fate.answered(response)
        self.on_event(self._sent(call, attempt, began, response.status))
        return response

    def _sent(self, call: Call, attempt: int, began: float, status: int | None, error: str = "") -> RequestSent:
        endpoint, elapsed = call.endpoint, self.clock.now() - began
        if call.heard is not None:
            call.heard(status, elapsed)
        url = self.base_url + endpoint.path.replace("{}", "REDACTED")
        return RequestSent(endpoint.name, attempt, endpoint.method, status, error, elapsed, call.records, url)

    def _request(self, call: Call) -> Request:
        headers = {
            "Authorization": f"{self.scheme} {self.key.reveal()}",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
        }
        if call.body is not None:
            headers["Content-Type"] = call.content_type
        endpoint, url = call.endpoint, self.base_url + call.endpoint.path_of(call.path)
        may_leave = self.drain.may_leave if self.drain else None
        return Request(endpoint.name, endpoint.method, url, headers, call.params, call.body, self.timeouts, may_leave)

    def _failed(
        self, call: Call, error: ApiError | TransportError, attempt: int, verdict: Verdict, *, is_probe: bool
    ) -> _Failed:
        self._note(call, error, verdict, is_probe=is_probe)
        if verdict is Verdict.REFUSED or not may_repeat(call.endpoint.replay, error):
            return _Failed(error, verdict, None)
        if verdict is Verdict.COOL:
            # the limiter pauses the whole account: its next permit comes at the right time
            return _Failed(error, verdict, 0.0)
        asked = error.retry_after if isinstance(error, ApiError) else None
        if asked is not None:
            return _Failed(error, verdict, asked)
        is_quick = self.health is None or is_probe or self.health.is_quick()
        random = self.random()
        return _Failed(error, verdict, backoff(self.retry, attempt, random) if is_quick else random * self.retry.cap)

    def _note(self, call: Call, failure: ApiError | TransportError | None, verdict: Verdict, *, is_probe: bool) -> None:
        if self.health and not is_probe:
            self.health.note(call.endpoint.name, failure, verdict)
