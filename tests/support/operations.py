"""What an operator sees of each fault: `python -m tests.support.operations` prints the table.

Each fault is caused twice against the simulator: in a service (the plugin in an app, with an outbox), and while
`woowup backfill` runs.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from fastapi import FastAPI, Request
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from tests.support.asgi import asked
from tests.support.dashboards import LATER, problems_of, said_of, written_at
from tests.support.faults import FAULTS, Fault, Stage, leave_slot
from tests.support.official import purchase_line
from tests.support.served import Served
from woowup_async import IngestPolicy, RateLimit, RetryPolicy, WoowUp, WoowUpError
from woowup_async.contrib.fastapi import IngesterDependency, WoowUpPlugin, accept
from woowup_async.contrib.opentelemetry import Telemetry
from woowup_async.testing import Simulator

#: Quick, so that an outage is seen in tenths of a second.
RETRY = RetryPolicy(attempts=3, base=0.01, cap=0.02)


@dataclass(frozen=True)
class Seen:
    """What a fault shows.

    Attributes:
        live, ready: the statuses of these two routes.
        health: status and reason.
        order: the status of the answer to an order.
        dashboard: the state and the problems of the service's outbox, then those of the command's journal.
        log: the level and the beginning of each line.
        metrics: those of faults that are not 0 while it lasts.
        after: the health once the fault is over; "" if it does not pass.
        exit_code: of the command.

    """

    live: int
    ready: int
    health: str
    order: int
    dashboard: tuple[str, ...]
    log: tuple[str, ...]
    metrics: tuple[str, ...]
    after: str
    exit_code: str


def seen(fault: Fault) -> Seen:
    """Cause a fault in a service, and while a command runs."""
    with tempfile.TemporaryDirectory() as folder:
        live, ready, health, answered, service, log, metrics, after = anyio.run(_in_service, fault, Path(folder))
    exit_code, command = _in_command(fault)
    return Seen(live, ready, health, answered, (service, *command), log, metrics, after, exit_code)


def _in_command(fault: Fault) -> tuple[str, tuple[str, ...]]:
    """Return the exit code, and what the dashboard of its journal says."""
    with tempfile.TemporaryDirectory() as folder, Served() as simulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("WOOWUP_API_KEY", simulator.api_key)
        patch.setitem(_account_defaults(), "retry", RETRY)
        stage = Stage(simulator, Path(folder), patch)
        (fault.in_command or fault.strike)(stage)
        exit_code, journal = fault.command(stage), stage.folder / "j"
        said = [*stage.dashboard, said_of(journal)] if journal.exists() else []
        return exit_code, (f"command: {', then '.join(said)}",) if said else ()


def _account_defaults() -> dict[str, Any]:
    """Return the default arguments of `WoowUp`, since the command has no option for the number of attempts."""
    defaults: dict[str, Any] | None = WoowUp.__init__.__kwdefaults__
    assert defaults is not None
    return defaults


async def _in_service(fault: Fault, folder: Path) -> tuple[Any, ...]:
    with pytest.MonkeyPatch.context() as patch, _showing_at_once(), logged() as lines:
        async with Simulator(speed=60) as simulator:
            simulator._account.create_user({"email": "ana@example.com"})
            stage = Stage(simulator, folder, patch)
            if fault.is_first:
                await _done(fault.strike(stage))
            metrics = InMemoryMetricReader()
            with suppress(WoowUpError):
                async with running(stage, metrics) as app:
                    if not fault.is_first:
                        await order(app, 0)
                        await until(app, lambda health: not health["unsettled"])
                        await _done(fault.strike(stage))
                    for number in (1, 2):
                        await order(app, number)
                    await until(app, lambda health: _is_reached(fault, stage, health))
                    live, ready = [(await asked(app, f"/health/woowup/{name}"))[0] for name in ("live", "ready")]
                    health = await health_of(app)
                    while_it_lasts = _metrics(metrics)
                    dashboard = await _dashboard(fault, stage)
                    answered, after = await order(app, 3), ""
                    if fault.heal is not None:
                        await _done(fault.heal(stage))
                        await until(app, lambda health: health["status"] == "ok" and not health["unsettled"])
                        after = "ok"
                        dashboard += await _added(stage, dashboard)
            shown = " ".join(filter(None, (health["status"], health["reason"])))
            return live, ready, shown, answered, f"service: {dashboard}", tuple(lines), while_it_lasts, after


@contextmanager
def _showing_at_once() -> Iterator[None]:
    """Let a run write about itself all the time. The fault may undo other patches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("woowup_async._ingest.showing._PERIOD", 0.02)
        patch.setattr("woowup_async._ingest.showing._IDLE", 0.0)
        yield


async def _dashboard(fault: Fault, stage: Stage) -> str:
    """Return what the dashboard says: of a slot that was left, or of the service's."""
    if stage.dashboard:
        return ", ".join(stage.dashboard)
    outbox = stage.folder / "orders.outbox"
    if fault.is_silent:
        return said_of(outbox, LATER)
    await _written(outbox)
    return said_of(outbox)


async def _added(stage: Stage, before: str) -> str:
    """Return the problems that the dashboard lists once the fault is over, and that it did not name before."""
    await _written(outbox := stage.folder / "orders.outbox")
    assert said_of(outbox) == "running"
    added = ", ".join(name for name in sorted(problems_of(outbox)) if name not in before)
    return f"; later {added}" if added else ""


async def _written(outbox: Path) -> None:
    """Wait until the run has written about itself all that happened before."""
    before = written_at(outbox)
    with anyio.fail_after(15):
        while written_at(outbox) == before:
            await anyio.sleep(0.03)


def _is_reached(fault: Fault, stage: Stage, health: dict[str, Any]) -> bool:
    """Return whether all that follows from the fault has happened."""
    if fault.strike is leave_slot:
        return len(stage.simulator.purchases) == 4
    if not fault.reason and health["unsettled"]:
        return False
    # a moment passes between the answer that ends an ingester and its end
    return bool(health["reason"] == fault.reason and health["live"] != fault.is_end)


async def _done(result: Any) -> None:
    if result is not None:
        await result


@asynccontextmanager
async def running(stage: Stage, metrics: InMemoryMetricReader) -> AsyncIterator[FastAPI]:
    """Run an app with the plugin."""
    plugin = WoowUpPlugin(
        stage.simulator.api_key,
        base_url=stage.url,
        outbox=stage.folder / "orders.outbox",
        on_event=Telemetry(meter_provider=MeterProvider([metrics])),
        retry=RETRY,
        ingest=IngestPolicy(drain=0.2),
        rate_limit=RateLimit(segment=stage.simulator.segment),
    )
    app = FastAPI(lifespan=plugin.lifespan)
    plugin.install(app)

    @app.post("/orders", status_code=202)
    async def take(request: Request, ingester: IngesterDependency) -> None:
        accept(ingester, await request.body())

    async with app.router.lifespan_context(app):
        yield app


async def order(app: FastAPI, number: int) -> int:
    """Post an order. Return the status of the answer."""
    return (await asked(app, "/orders", "POST", json.dumps(purchase_line(number)).encode()))[0]


async def health_of(app: FastAPI) -> dict[str, Any]:
    """Return what the route of the health shows."""
    return dict(json.loads((await asked(app, "/health/woowup"))[1]))


async def until(app: FastAPI, condition: Callable[[dict[str, Any]], bool]) -> None:
    """Wait until the health fulfils a condition."""
    with anyio.fail_after(15):
        while not condition(await health_of(app)):
            await anyio.sleep(0.03)


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect the level and the beginning of each line of the log, from WARNING on."""
    lines, log = list[str](), logging.getLogger("woowup_async")
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(f"{record.levelname} {_beginning(record)}")  # type: ignore[method-assign]
    log.addHandler(handler)
    try:
        yield lines
    finally:
        log.removeHandler(handler)


def _beginning(record: logging.LogRecord) -> str:
    """Return a line without its counts and the path of its file."""
    text = record.getMessage().partition(": ")[0].partition(" (")[0]
    return " ".join("…" if word.isdigit() or "/" in word else word for word in text.split())


def _metrics(reader: InMemoryMetricReader) -> tuple[str, ...]:
    """Return the answers that are not a success, and the counters that tell of faults."""
    data, found = reader.get_metrics_data(), set[str]()
    points = [
        (metric.name.removeprefix("woowup.client."), point)
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    ]
    for name, point in points:
        of, value = dict(point.attributes or {}), getattr(point, "value", 0)
        if name == "replies" and int(str(of["http.response.status_code"])) >= 400:
            found.add(f"replies {of['http.response.status_code']}")
        elif name in ("throttled", "retries", "outages") and value:
            found.add(name)
        elif name == "outcomes" and of["woowup.outcome"] != "accepted":
            found.add(f"outcomes {of['woowup.outcome']}")
    return tuple(sorted(found))


HEAD = (
    "| fault | live | ready | status and reason | an order | once it is over | dashboard | log | metrics | exit code |",
    "|---|---|---|---|---|---|---|---|---|---|",
)


def row(fault: Fault, what: Seen) -> str:
    """Return a row of the table, in Markdown."""
    cells = (
        fault.name, what.live, what.ready, what.health, what.order, what.after or "–",
        *("<br>".join(each) or "–" for each in (what.dashboard, what.log, what.metrics)), what.exit_code or "–",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    print("\n".join([*HEAD, *(row(fault, seen(fault)) for fault in FAULTS)]))
