"""Metrics and spans from events only."""

import json
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from tests.support.official import purchase_line
from woowup_async import RateLimit, RetryPolicy, WoowUp
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.contrib.opentelemetry import Telemetry
from woowup_async.events import OutageBegan, OutageEnded, RunResumed
from woowup_async.outcomes import Accepted
from woowup_async.testing import Scripted, Simulator


def shown(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    scopes = [scope for resource in data["resource_metrics"] for scope in resource["scope_metrics"]]
    return {metric["name"]: metric["data"]["data_points"] for scope in scopes for metric in scope["metrics"]}


async def test_metrics_and_spans_of_a_run() -> None:
    reader, exporter, tracing = InMemoryMetricReader(), InMemorySpanExporter(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(meter_provider=MeterProvider([reader]), tracer_provider=tracing)
    limit, tracer = RateLimit(segment=0.5), tracing.get_tracer("tests")
    async with (
        Simulator(speed=60) as simulator,
        WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit, retry=RetryPolicy(base=0.01)) as woowup,
    ):
        simulator._account.create_user({"email": "ana@example.com"})
        simulator.script(Scripted(502, b"", "text/html"), Scripted(drop=True))
        async with woowup.ingester(on_event=telemetry) as ingester:
            telemetry.observe_depth(lambda: ingester.unsettled)
            telemetry.observe_health(ingester.health)
            for number in range(3):
                with tracer.start_as_current_span(f"order {number}"):
                    await ingester.submit(purchase_line(number))
            await ingester.submit({})
            await ingester.flush()
            metrics = shown(reader)
    assert sum(point["value"] for point in metrics["woowup.client.permits"]) == 3
    assert {point["attributes"]["woowup.outcome"]: point["value"] for point in metrics["woowup.client.outcomes"]} == {
        "accepted": 3, "rejected": 1,
    }  # fmt: skip
    durations = metrics["http.client.request.duration"]
    assert {point["attributes"].get("error.type") for point in durations} == {None, "502", "ReplyLost"}
    assert metrics["woowup.client.batch.items"][0]["sum"] == 3
    assert metrics["woowup.client.queue.depth"][0]["value"] == 0
    (health,) = metrics["woowup.client.health"]
    assert health["value"] == 1
    assert health["attributes"] == {"woowup.queue": "ingester", "woowup.status": "ok", "woowup.reason": ""}
    assert metrics["woowup.client.retries"][0]["value"] == 2
    requests = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.CLIENT]
    orders = {span.context.span_id for span in exporter.get_finished_spans() if span.name.startswith("order")}
    assert [span.name for span in requests] == ["POST purchases.create_bulk"] * 3
    assert {link.context.span_id for link in requests[-1].links} == orders
    assert "ana@example.com" not in json.dumps([span.to_json() for span in requests])


def test_an_outage_is_shown_as_1_and_its_end_as_0() -> None:
    reader = InMemoryMetricReader()
    telemetry = Telemetry(meter_provider=MeterProvider([reader]))
    telemetry(OutageBegan("x"))
    assert shown(reader)["woowup.client.outages"][0]["value"] == 1
    telemetry(OutageEnded(3.0))
    telemetry(RunResumed(1))
    assert shown(reader)["woowup.client.outages"][0]["value"] == 0


def test_unconfirmed_purchases_are_counted_apart() -> None:
    reader = InMemoryMetricReader()
    telemetry = Telemetry(meter_provider=MeterProvider([reader]))
    for outcome in (Accepted("queued"), Accepted("unconfirmed")):
        telemetry(Settled(Entity.PURCHASE, Record(Position("s", 1), {}), "k", outcome))
    effects = {point["attributes"]["woowup.effect"] for point in shown(reader)["woowup.client.outcomes"]}
    assert effects == {"queued", "unconfirmed"}
