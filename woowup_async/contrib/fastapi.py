"""An ingester in a FastAPI app: `app = FastAPI(lifespan=plugin.lifespan)`.

Room: contrib, an edge. It needs the extra `fastapi`. Each worker process of an app has its own client: give each its
share of the account's budget, `RateLimit(share=1 / workers)`.
"""

from __future__ import annotations

import math
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from typing import Annotated, Any, Unpack

import anyio
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse

from woowup_async._ingest.faces.ingester import Ingester, RawRecord
from woowup_async._ingest.faces.inputs import PathOrSink
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._transport.credentials import ApiKey
from woowup_async.client import WoowUp
from woowup_async.errors import (
    AdmissionTimeout,
    ApiError,
    ClientClosed,
    InvalidRecord,
    JournalError,
    Throttled,
    TransportError,
    WoowUpError,
)
from woowup_async.outcomes import Rejected
from woowup_async.pool import AccountOptions, SessionPool
from woowup_async.ports import OnEvent

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]
#: Seconds that a caller is asked to wait if nothing better is known (guessed: a batch's linger).
_RETRY_AFTER = 1.0


class WoowUpPlugin:
    """One account in one app: a pool, a client and an ingester that live as long as the app.

    Args:
        api_key: the account's key; by default from `WOOWUP_API_KEY`.
        outbox: a file. With it, records that were answered with 202 survive the process.
        dead_letters: a file for rejected records, or a sink.
        on_event: called with each event, such as `woowup_async.contrib.opentelemetry.Telemetry()`.
        pool: a pool to share with others. By default the plugin has its own.
        options: the options of `WoowUp`. With `Timeouts(admit=...)`, a handler does not wait for the end of a cooldown.

    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        outbox: str | os.PathLike[str] | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        pool: SessionPool | None = None,
        **options: Unpack[AccountOptions],
    ) -> None:
        self._key = ApiKey(api_key) if api_key is not None else None
        self._pool, self._options = pool, options
        self._outbox, self._dead_letters, self._on_event = outbox, dead_letters, on_event
        self._client: WoowUp | None = None
        self._ingester: Ingester | None = None

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncGenerator[None, None]:
        """Open the plugin before the first request, and drain it after the last."""
        async with AsyncExitStack() as stack:
            api_key = self._key.reveal() if self._key is not None else None
            self._client = client = WoowUp(api_key, pool=self._pool, **self._options)
            await stack.enter_async_context(client)
            ingester = client.ingester(outbox=self._outbox, dead_letters=self._dead_letters, on_event=self._on_event)
            self._ingester = await stack.enter_async_context(ingester)
            if isinstance(app, FastAPI):
                app.state.woowup = self
            yield

    def around(self, lifespan: Lifespan) -> Lifespan:
        """Return a lifespan that combines the plugin with your own. The plugin is open while yours runs."""

        @asynccontextmanager
        async def both(app: Any) -> AsyncGenerator[Any, None]:
            async with self.lifespan(app), lifespan(app) as state:
                yield state

        return both

    def install(self, app: FastAPI, *, health: str | None = "/health/woowup") -> None:
        """Add handlers that answer errors as problems (RFC 9457), and the health route. `health=None` adds no route."""
        app.add_exception_handler(WoowUpError, problem)
        app.add_exception_handler(anyio.WouldBlock, problem)
        if health is not None:
            router = APIRouter()
            router.add_api_route(health, self.health, methods=["GET"], tags=["health"])
            app.include_router(router)

    async def health(self) -> dict[str, Any]:
        """Return the account's budget and the number of waiting records, without the key and without records."""
        statistics = asdict(self.client.statistics())
        for lane in ("interactive", "bulk"):
            statistics[lane] = {name: statistics[lane][name] for name in ("spent", "waiting")}
        ingester = self.ingester
        return {
            "status": "full" if ingester.unsettled >= ingester.capacity else "ok",
            "unsettled": ingester.unsettled,
            "capacity": ingester.capacity,
            "requests": ingester.report.requests,
            "accepted": ingester.report.accepted,
            "rejected": ingester.report.rejected,
            "limiter": statistics,
        }

    @property
    def client(self) -> WoowUp:
        """The account's client.

        Raises:
            RuntimeError: the app has not started.

        """
        if self._client is None:
            raise RuntimeError("not open: FastAPI(lifespan=plugin.lifespan) opens it")
        return self._client

    @property
    def ingester(self) -> Ingester:
        """The account's ingester.

        Raises:
            RuntimeError: the app has not started.

        """
        if self._ingester is None:
            raise RuntimeError("not open: FastAPI(lifespan=plugin.lifespan) opens it")
        return self._ingester


def _plugin(request: Request) -> WoowUpPlugin:
    plugin: WoowUpPlugin = request.app.state.woowup
    return plugin


def _ingester(request: Request) -> Ingester:
    return _plugin(request).ingester


def _client(request: Request) -> WoowUp:
    return _plugin(request).client


#: Parameters of a handler: `async def order(ingester: IngesterDependency)`.
IngesterDependency = Annotated[Ingester, Depends(_ingester)]
ClientDependency = Annotated[WoowUp, Depends(_client)]


def accept(ingester: Ingester, record: RawRecord) -> Receipt:
    """Submit a record without waiting.

    Raises:
        InvalidRecord: local checks refused it (answered with 422 and the reasons).
        anyio.WouldBlock: there is no room (answered with 503 and `Retry-After`).

    """
    receipt = ingester.submit_nowait(record)
    if isinstance(receipt.outcome, Rejected):
        raise InvalidRecord(receipt.outcome.reasons)
    return receipt


async def problem(request: Request, error: Exception) -> JSONResponse:
    """Return the response to an error of this library: a problem (RFC 9457), without the key and without records."""
    status, title, retry_after = _described(error)
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    if isinstance(error, InvalidRecord):
        body["errors"] = [{"path": reason.path, "message": reason.message} for reason in error.reasons]
    elif isinstance(error, ApiError):
        body["code"] = error.code
    headers = {"Retry-After": str(max(1, math.ceil(retry_after)))} if retry_after is not None else None
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def _described(error: Exception) -> tuple[int, str, float | None]:
    match error:
        case InvalidRecord():
            return 422, "the record breaks rules of the schema", None
        case anyio.WouldBlock():
            return 503, "no room: too many records are not settled", _RETRY_AFTER
        case AdmissionTimeout():
            return 503, "the account's request budget is spent", error.retry_after
        case Throttled():
            return 503, "the account's request budget is spent", error.retry_after or _RETRY_AFTER
        case ClientClosed():
            return 503, "the app is closing", _RETRY_AFTER
        case JournalError():
            return 503, "the record cannot be kept now", _RETRY_AFTER
        case TransportError():
            return 502, "WoowUp does not answer", _RETRY_AFTER
        case ApiError() if error.status < 500 and error.status not in (401, 403, 410):
            return 502 if error.status < 400 else error.status, "WoowUp refused the request", None
    return 502, "WoowUp cannot be used", None
