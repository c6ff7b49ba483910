"""One request's life: admit → send → decide → sleep, until it is done or given up.

Room: _transport. Called by `_resources` (interactive) and `_ingest` (bulk). It owns no task: whoever calls waits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from woowup_async._clock import Clock
from woowup_async._flow import Event, ReplyReceived, RequestSent, RetryScheduled
from woowup_async._limiting.permit import Admission, Permit
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.http import Request, Transport
from woowup_async._transport.retry import Verdict, backoff, judge, may_repeat
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.reply import Reply, Response, reply_of, retry_after
from woowup_async.errors import AdmissionTimeout, ApiError, NotSent, ReplyLost, TransportError
from woowup_async.policies import Lane, RetryPolicy, Timeouts


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask: an endpoint, its query, its body, and what its path names."""

    endpoint: Endpoint[Any]
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = field(default=None, repr=False)
    path: tuple[str, ...] = ()


@dataclass(slots=True)
class Trail:
    """What is known of a request while it is under way, for whoever must settle it when the wait for it ends early.

    `is_open`: bytes of an attempt may have left, and no answer to it has come.
    """

    is_open: bool = False


@dataclass(frozen=True, slots=True)
class _Failed:
    """A failed attempt: its error, and the seconds after which it may be repeated (None: never)."""

    error: ApiError | TransportError
    delay: float | None


def ignore(event: Event) -> None:
    """Hear nothing."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What one account's requests need on their way.

    Args:
        base_url: without trailing slash.
        key: the account's.
        transport: the network.
        limiter: the account's, or a pace where no window is documented.
        clock: seconds.
        user_agent: how we introduce ourselves.
        retry: attempts and waits.
        timeouts: bounds of each exchange and of admission.
        lane: which queue these requests wait in.
        on_event: hears of answers and retries.
        luck: draws jitter from [0, 1).
        scheme: of authentication, before the key.

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
    on_event: Callable[[Event], None] = ignore
    luck: Callable[[], float] = random.random
    scheme: str = "Basic"

    def in_bulk(self, on_event: Callable[[Event], None]) -> Sender:
        """Copy this sender for a run: bulk lane, no bound on admission."""
        return replace(self, lane=Lane.BULK, on_event=on_event, timeouts=replace(self.timeouts, admit=None))

    async def send(self, call: Call, trail: Trail | None = None) -> Reply:
        """Exchange until the server says ok.

        Raises:
            ApiError: the server refused, or failed on every attempt.
            TransportError: no reply on any attempt; `ReplyLost` if any attempt may have been processed.
            AdmissionTimeout: no permit in time.

        """
        trail, lost, attempt = trail or Trail(), None, 1
        while True:
            try:
                result = await self._attempt(call, attempt, trail)
            except AdmissionTimeout:
                if lost:
                    raise lost from None  # an attempt that may have been processed is what the caller must know
                raise
            if isinstance(result, Reply):
                return result
            error = result.error
            lost = error if isinstance(error, ReplyLost) else lost
            if result.delay is None or attempt >= self.retry.attempts:
                # an earlier attempt that may have been processed outweighs a last one that surely was not
                raise lost if lost and isinstance(error, NotSent) else error
            self.on_event(RetryScheduled(call.endpoint.name, attempt, result.delay, str(error)))
            await self.clock.sleep_until(self.clock.now() + result.delay)
            attempt += 1

    async def _attempt(self, call: Call, attempt: int, trail: Trail) -> Reply | _Failed:
        permit = await self.limiter.admit(self.lane, self.timeouts.admit)
        started = self.clock.now()
        try:
            response = await self._exchange(call, attempt, permit, trail)
        except TransportError as error:
            return self._failed(call, error, attempt)
        reply = reply_of(response, call.endpoint.form)
        elapsed = self.clock.now() - started
        self.on_event(ReplyReceived(call.endpoint.name, attempt, reply.status, reply.code, elapsed))
        verdict, kind = judge(reply)
        if verdict is Verdict.DONE:
            return reply
        wait = retry_after(response.headers, time.time())
        refusal = kind(call.endpoint.name, reply.status, reply.code, reply.message, reply.reasons, wait)
        return self._failed(call, refusal, attempt, verdict)

    async def _exchange(self, call: Call, attempt: int, permit: Permit, trail: Trail) -> Response:
        """Send once, and tell permit and trail what became of it, whatever happens."""
        trail.is_open = True
        try:
            response = await self.transport.send(self._request(call))
        except NotSent:
            permit.unused()
            trail.is_open = False
            raise
        except BaseException:  # cancelled, too: bytes may have left
            permit.lost()
            self.on_event(RequestSent(call.endpoint.name, attempt))
            raise
        trail.is_open = False
        permit.answered(response.status, response.headers)
        self.on_event(RequestSent(call.endpoint.name, attempt))
        return response

    def _request(self, call: Call) -> Request:
        headers = {
            "Authorization": f"{self.scheme} {self.key.reveal()}",
            "Accept": "application/json",
            "User-Agent": self.user_agent,
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        endpoint, url = call.endpoint, self.base_url + call.endpoint.path_of(call.path)
        return Request(endpoint.name, endpoint.method, url, headers, call.params, call.body, self.timeouts)

    def _failed(
        self, call: Call, error: ApiError | TransportError, attempt: int, verdict: Verdict = Verdict.AGAIN
    ) -> _Failed:
        if verdict is Verdict.REFUSED or not may_repeat(call.endpoint.replay, error):
            return _Failed(error, None)
        if verdict is Verdict.COOL:
            return _Failed(error, 0.0)  # the limiter cools the whole account: its next permit is the right moment
        asked = error.retry_after if isinstance(error, ApiError) else None
        return _Failed(error, asked if asked is not None else backoff(self.retry, attempt, self.luck()))
