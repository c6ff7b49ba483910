"""The webhook of a webshop: it takes orders over HTTP and sends them in bulk requests, without losing any.

    WOOWUP_API_KEY=… uvicorn app:app

It works unchanged with several workers: uvicorn app:app --workers 4. See README.md.
"""

import logging
import os
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from woowup_async import RateLimit, Timeouts
from woowup_async.contrib.fastapi import PROBLEMS, IngesterDependency, UserBody, WoowUpPlugin, accept
from woowup_async.contrib.opentelemetry import Telemetry

logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")  # the level is WARNING
metrics = InMemoryMetricReader()
woowup = WoowUpPlugin(
    outbox=os.environ.get("ORDERS_OUTBOX", "orders.outbox"),
    dead_letters=os.environ.get("ORDERS_REJECTED", "rejected.jsonl"),
    on_event=Telemetry(meter_provider=MeterProvider([metrics])),
    rate_limit=RateLimit(segment=float(os.environ.get("WOOWUP_SEGMENT", "30"))),
    timeouts=Timeouts(admit=2.0),  # the longest wait for a permit in a handler that calls WoowUp itself
)
app = FastAPI(title="Orders", lifespan=woowup.lifespan)
woowup.install(app)


@app.post("/orders", status_code=202, responses=PROBLEMS)
async def take_order(request: Request, ingester: IngesterDependency) -> dict[str, str]:
    """Take one purchase in the form of WoowUp's API, with its digits. 202 means that it is on disk."""
    receipt = accept(ingester, await request.body())
    return {"status": "accepted", "position": str(receipt.record.position)}


@app.post("/customers", status_code=202, responses=PROBLEMS)
async def take_customer(user: UserBody, ingester: IngesterDependency) -> dict[str, str]:
    """Take a customer, as described in the OpenAPI document. Later orders of this customer wait until it is settled."""
    receipt = accept(ingester, user)
    return {"status": "accepted", "position": str(receipt.record.position)}


@app.get("/orders/{invoice}/outcome")
async def outcome_of(invoice: str, branch: str | None = None) -> dict[str, Any]:
    """Return the outcome of an order, also of one that another worker took."""
    entry = await woowup.find(invoice, branch)
    if entry is None:
        raise HTTPException(404, "no such order was accepted here")
    reasons = [str(reason) for reason in getattr(entry.outcome, "reasons", ())]
    return {"state": entry.state, "effect": getattr(entry.outcome, "effect", None), "reasons": reasons}


@app.get("/metrics")
async def metrics_now() -> dict[str, Any]:
    """Show the counters as plain JSON. A real service would export them."""
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
