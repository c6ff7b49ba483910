"""A webshop's webhook: orders in over HTTP, bulk requests out, nothing lost in between.

    WOOWUP_API_KEY=… uvicorn app:app

With several workers each takes its part of the account's budget and has an outbox of its own: see README.md.
"""

import os
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from woowup_async import RateLimit, Timeouts
from woowup_async.contrib.fastapi import IngesterDependency, WoowUpPlugin, accept
from woowup_async.contrib.opentelemetry import Telemetry

metrics = InMemoryMetricReader()
woowup = WoowUpPlugin(
    outbox=os.environ.get("ORDERS_OUTBOX", "orders.outbox"),
    dead_letters=os.environ.get("ORDERS_REJECTED", "rejected.jsonl"),
    on_event=Telemetry(meter_provider=MeterProvider([metrics])),
    rate_limit=RateLimit(segment=float(os.environ.get("WOOWUP_SEGMENT", "30"))),
    timeouts=Timeouts(admit=2.0),  # a handler that calls WoowUp itself waits no longer for a permit
)
app = FastAPI(title="Orders", lifespan=woowup.lifespan)
woowup.install(app)


@app.post("/orders", status_code=202)
async def take_order(request: Request, ingester: IngesterDependency) -> dict[str, str]:
    """Take one purchase, as WoowUp's API takes it; 202 means that it is on disk."""
    receipt = accept(ingester, await request.body())
    return {"status": "accepted", "position": str(receipt.record.position)}


@app.post("/customers", status_code=202)
async def take_customer(user: dict[str, Any], ingester: IngesterDependency) -> dict[str, str]:
    """Take a customer; orders that come after him wait for him."""
    receipt = await ingester.submit(user, entity="user")
    return {"status": "accepted", "position": str(receipt.record.position)}


@app.get("/orders/{invoice}/outcome")
async def outcome_of(invoice: str, ingester: IngesterDependency, branch: str | None = None) -> dict[str, Any]:
    """Tell what became of an order."""
    entry = ingester.find(invoice, branch)
    if entry is None:
        raise HTTPException(404, "no such order was accepted here")
    reasons = [str(reason) for reason in getattr(entry.outcome, "reasons", ())]
    return {"state": entry.state, "effect": getattr(entry.outcome, "effect", None), "reasons": reasons}


@app.get("/metrics")
async def metrics_now() -> dict[str, Any]:
    """Show the counters, as plain JSON; a real service exports them."""
    data = metrics.get_metrics_data()
    found: dict[str, Any] = {}
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                found[metric.name] = [
                    {"of": dict(point.attributes or {}), "value": getattr(point, "value", getattr(point, "count", 0))}
                    for point in metric.data.data_points
                ]
    return found
