"""An ingester in a FastAPI app: `app = FastAPI(lifespan=plugin.lifespan)`.

Room: contrib, an edge. It needs the extra `fastapi`. Each worker process of an app has its own client and its own slot
of the outbox (`orders.outbox`, `orders.1.outbox`, ...). The workers of one machine share the account's budget.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Unpack

import anyio
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exception_handlers import request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from woowup_async._flow import Entity
from woowup_async._ingest.faces.ingester import Ingester, RawRecord
from woowup_async._ingest.faces.inputs import PathOrSink
from woowup_async._ingest.faces.insight import OVERDUE_AFTER
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._session import budget_in_environment
from woowup_async._transport.credentials import ApiKey
from woowup_async.budget import BudgetStore
from woowup_async.budget.opened import USUAL
from woowup_async.client import WoowUp
from woowup_async.contrib.fastapi_bodies import PurchaseBody as PurchaseBody
from woowup_async.contrib.fastapi_bodies import UserBody as UserBody
from woowup_async.contrib.fastapi_problems import PROBLEMS as PROBLEMS
from woowup_async.contrib.fastapi_problems import problem as problem
from woowup_async.contrib.fastapi_problems import record_problem
from woowup_async.contrib.outbox_slots import OutboxSlots
from woowup_async.errors import InvalidRecord, WoowUpError
from woowup_async.outcomes import Rejected
from woowup_async.pool import AccountOptions, SessionPool
from woowup_async.ports import Entry, OnEvent
from woowup_async.statistics import Health

Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


class PluginOptions(AccountOptions, total=False):
    """The options of `WoowUp` that a plugin takes. `WoowUp` documents each."""

    budget: str | BudgetStore | None


class WoowUpPlugin:
    """One account in one app: a pool, a client and an ingester that live as long as the app.

    Args:
        api_key: the account's key; by default from `WOOWUP_API_KEY`.
        outbox: a file. With it, records that were answered with 202 survive the process. Each worker process takes a
            free slot of it: this file, or one beside it with a number before the suffix. What a dead worker left in its
            slot is sent by the next process that takes it, or by another worker.
        dead_letters: a file for rejected records, or a sink.
        on_event: called with each event, such as `woowup_async.contrib.opentelemetry.Telemetry()`.
        pool: a pool to share with others. By default the plugin has its own.
        overdue_after: the longest time in seconds that a record may be unsettled before the app is not ready; None for
            any time.
        options: the options of `WoowUp`. With `Timeouts(admit=...)`, a handler does not wait for the end of a cooldown.
            `budget` is `WOOWUP_BUDGET` by default, and `"host"` without that: the workers of this machine share the
            account's budget. `budget=None` shares nothing. With a `pool`, the pool's budget counts.

    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        outbox: str | os.PathLike[str] | None = None,
        dead_letters: PathOrSink | None = None,
        on_event: OnEvent | None = None,
        pool: SessionPool | None = None,
        overdue_after: float | None = OVERDUE_AFTER,
        **options: Unpack[PluginOptions],
    ) -> None:
        self._key = ApiKey(api_key) if api_key is not None else None
        self._pool, self._options = pool, options
        self._outbox, self._dead_letters, self._on_event = outbox, dead_letters, on_event
        self._overdue_after = overdue_after
        self._client: WoowUp | None = None
        self._ingester: Ingester | None = None
        self._slots: OutboxSlots | None = None

    @asynccontextmanager
    async def lifespan(self, app: Any) -> AsyncGenerator[None, None]:
        """Open the plugin before the first request, and drain it after the last."""
        async with AsyncExitStack() as stack:
            self._client = await stack.enter_async_context(self._new_client())
            self._ingester = await self._opened(stack)
            if isinstance(app, FastAPI):
                app.state.woowup = self
            yield

    def _new_client(self) -> WoowUp:
        api_key = self._key.reveal() if self._key is not None else None
        options = self._options.copy()
        if "budget" in options:
            # None means the environment elsewhere, and here that nothing is shared
            options["budget"] = "none" if options["budget"] is None else options["budget"]
        elif self._pool is None:
            options["budget"] = budget_in_environment() or USUAL
        return WoowUp(api_key, pool=self._pool, **options)

    async def _opened(self, stack: AsyncExitStack) -> Ingester:
        if self._outbox is None:
            return await stack.enter_async_context(self._made(None))
        self._slots = OutboxSlots(self._outbox, self._made)
        ingester = await self._slots.take(stack)
        await self._slots.start(stack)
        return ingester

    def _made(self, outbox: Path | None) -> Ingester:
        return self.client.ingester(outbox=outbox, dead_letters=self._dead_letters, on_event=self._on_event)

    def around(self, lifespan: Lifespan) -> Lifespan:
        """Return a lifespan that combines the plugin with your own. The plugin is open while yours runs."""

        @asynccontextmanager
        async def both(app: Any) -> AsyncGenerator[Any, None]:
            async with self.lifespan(app), lifespan(app) as state:
                yield state

        return both

    def install(self, app: FastAPI, *, health: str | None = "/health/woowup") -> None:
        """Add handlers that answer errors as problems (RFC 9457), and the health routes.

        `GET {health}` shows everything and is always a 200. `GET {health}/live` and `GET {health}/ready` answer 200 or
        503: restart the process if it is not live, and send it no requests while it is not ready. `health=None` adds no
        route.
        """
        app.add_exception_handler(WoowUpError, problem)
        app.add_exception_handler(anyio.WouldBlock, problem)
        if app.exception_handlers.get(RequestValidationError) is request_validation_exception_handler:
            app.add_exception_handler(RequestValidationError, record_problem)
        if health is not None:
            router = APIRouter()
            for path, route in (("", self.health), ("/live", self._live), ("/ready", self._ready)):
                router.add_api_route(health + path, route, methods=["GET"], tags=["health"])
            app.include_router(router)

    async def health(self) -> dict[str, Any]:
        """Return the health, the account's budget and the number of waiting records, without the key and records."""
        health = self._health()
        shown = _shown(health) | {"live": health.is_live, "ready": health.is_ready}
        if self._client is None or self._ingester is None:
            return shown
        statistics = asdict(self._client.statistics())
        for lane in ("interactive", "bulk"):
            statistics[lane] = {name: statistics[lane][name] for name in ("spent", "waiting")}
        ingester = self._ingester
        return shown | {
            "unsettled": ingester.unsettled,
            "capacity": ingester.capacity,
            "requests": ingester.report.requests,
            "accepted": ingester.report.accepted,
            "rejected": ingester.report.rejected,
            "limiter": statistics,
        }

    async def find(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what the outbox of any worker knows about a purchase; None if none knows anything.

        Raises:
            RuntimeError: there is no outbox, or the app has not started.

        """
        entry = self.ingester.find(invoice_number, branch_name)
        if entry is None and self._slots is not None:
            entry = await self._slots.find(invoice_number, branch_name)
        return entry

    async def _live(self) -> JSONResponse:
        health = self._health()
        return JSONResponse(_shown(health), 200 if health.is_live else 503)

    async def _ready(self) -> JSONResponse:
        health = self._health()
        return JSONResponse(_shown(health), 200 if health.is_ready else 503)

    def _health(self) -> Health:
        if self._ingester is None:
            return Health("starting", "starting", datetime.now(UTC), "the app has not started")
        return self._ingester.health(overdue_after=self._overdue_after)

    @property
    def is_open(self) -> bool:
        """Whether the app is running."""
        return self._ingester is not None and self._ingester.is_open

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


def _shown(health: Health) -> dict[str, Any]:
    return {
        "status": health.status,
        "reason": health.reason,
        "since": health.since.isoformat(timespec="seconds"),
        "advice": health.advice,
    }


def _plugin(request: Request) -> WoowUpPlugin:
    plugin: WoowUpPlugin | None = getattr(request.app.state, "woowup", None)
    if plugin is None:
        raise RuntimeError("not open: FastAPI(lifespan=plugin.lifespan) opens it")
    return plugin


def ingester_of(request: Request) -> Ingester:
    """Return the ingester of the app. A test can replace it: `app.dependency_overrides[ingester_of] = lambda: mine`."""
    return _plugin(request).ingester


def client_of(request: Request) -> WoowUp:
    """Return the client of the app. A test can replace it: `app.dependency_overrides[client_of] = lambda: mine`."""
    return _plugin(request).client


#: Parameters of a handler: `async def order(ingester: IngesterDependency)`.
IngesterDependency = Annotated[Ingester, Depends(ingester_of)]
ClientDependency = Annotated[WoowUp, Depends(client_of)]


def accept(ingester: Ingester, record: RawRecord, *, entity: Entity | str | None = None) -> Receipt:
    """Submit a record without waiting.

    Args:
        ingester: of the app.
        record: a model (such as a `PurchaseBody`), a mapping, or the bytes of one JSON object.
        entity: "user" or "purchase". By default a `User` is a user, and everything else is a purchase.

    Raises:
        ValueError: the entity is neither a user nor a purchase.
        InvalidRecord: local checks refused it (answered with 422 and the reasons).
        anyio.WouldBlock: there is no room (answered with 503 and `Retry-After`).

    """
    receipt = ingester.submit_nowait(record, entity=entity)
    if isinstance(receipt.outcome, Rejected):
        raise InvalidRecord(receipt.outcome.reasons)
    return receipt
