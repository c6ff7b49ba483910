"""Fakes for the ports, and helpers that build objects for tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any, TypeVar, cast

from aiohttp import ClientResponse

from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.drain import Drain
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Sender
from woowup_async.events import RunEvent
from woowup_async.policies import RateLimit, RetryPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._routes import Server

Answer = Response | Exception
T = TypeVar("T")


def reply(status: int = 200, code: str = "ok", message: str = "ok", payload: Any = (), **headers: str) -> Response:
    """Return an answer with an envelope. Underscores in header names become dashes."""
    body = json.dumps({"payload": payload or [], "message": message, "code": code, "time": "1ms"}).encode()
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)


class ScriptedTransport:
    """Answers from a list, or from a function of the request, and remembers the requests."""

    def __init__(self, *answers: Answer, by: Callable[[Request], Awaitable[Answer]] | None = None) -> None:
        self.answers, self.by = list(answers), by
        self.requests: list[Request] = []
        self.is_closed = False

    async def send(self, request: Request) -> Response:
        self.requests.append(request)
        answer = await self.by(request) if self.by else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def aclose(self) -> None:
        self.is_closed = True

    @property
    def sent(self) -> list[tuple[str, Any]]:
        """Endpoint and decoded body of each request."""
        return [(request.endpoint, json.loads(request.body or b"null")) for request in self.requests]


def sender(
    transport: ScriptedTransport,
    clock: FakeClock | None = None,
    retry: RetryPolicy = RetryPolicy(),
    events: list[RunEvent] | None = None,
) -> Sender:
    """Return a sender over a scripted transport, in virtual time, with a jitter of 0.5."""
    clock = clock or FakeClock()
    return Sender(
        base_url="http://127.0.0.1/apiv3",
        key=ApiKey("secret-key"),
        transport=transport,
        limiter=AccountLimiter(RateLimit(), clock, random=lambda: 0.5),
        clock=clock,
        user_agent="tests",
        retry=retry,
        on_event=(events if events is not None else []).append,
        random=lambda: 0.5,
    )


class Shop(ScriptedTransport):
    """An account without sockets: the state and answers of the simulator, with faults by endpoint.

    `faults[endpoint]` is a list for the next requests: an answer or an error instead of the real answer, or a pair of
    "processed" and one of these, if the request is processed first.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(by=self._answer)
        self.account = SimulatedAccount(**options)
        self.faults: dict[str, list[Any]] = {}

    @property
    def paths(self) -> list[str]:
        """Endpoint of each request."""
        return [request.endpoint for request in self.requests]

    async def _answer(self, request: Request) -> Answer:
        waiting = self.faults.get(request.endpoint)
        fault = waiting.pop(0) if waiting else None
        if fault is None or isinstance(fault, tuple):
            answer = self._processed(request)
            return answer if fault is None else fault[1]
        return cast("Answer", fault)

    def _processed(self, request: Request) -> Answer:
        account, body = self.account, json.loads(request.body or b"null")
        operations: dict[str, Callable[[], tuple[int, dict[str, Any]]]] = {
            "probe": lambda: account.user_exists(dict(request.params)),
            "users.create": lambda: account.create_user(body),
            "users.update": lambda: account.update_user(body),
            "purchases.create": lambda: account.create_purchase(body),
            "purchases.create_bulk": lambda: account.create_purchases(body),
            "purchases.update": lambda: account.replace_purchase(body),
            "purchases.find": lambda: Server(account).sales.found(dict(request.params)),
        }
        status, enveloped = operations[request.endpoint]()
        return Response(status, {}, json.dumps(enveloped).encode())


def run_sender(
    transport: ScriptedTransport,
    clock: FakeClock | None = None,
    retry: RetryPolicy = RetryPolicy(),
    events: list[RunEvent] | None = None,
    drain: float = 30.0,
) -> Sender:
    """Return the same sender as in a run: in the bulk lane, with health and drain."""
    mine, hear = sender(transport, clock, retry), (events if events is not None else []).append
    return mine.in_bulk(hear, Health(mine.clock, hear, mine.random), Drain(mine.clock, drain))


class StreamedResponse(ClientResponse):
    """A response for aioresponses with an argument that aiohttp 3.14 requires and it does not pass (issue 289)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **kwargs)


async def listed(items: AsyncIterator[T]) -> list[T]:
    """Return all items of an async iterator."""
    return [item async for item in items]
