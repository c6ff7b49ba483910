"""Metrics and spans from events: `woowup.ingester(on_event=Telemetry())`.

Room: contrib, an edge. It needs the extra `opentelemetry`. Names follow the stable semantic conventions for HTTP
clients if they have one. Other names begin with `woowup.`. No attribute contains the API key or the key of a record:
`url.full` has no query, and `REDACTED` stands for identifiers in the path. `examples/observability` has a dashboard and
alerts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import Context
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Meter, MeterProvider, Observation
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TracerProvider

from woowup_async._version import __version__
from woowup_async.events import (
    BatchSealed,
    OutageBegan,
    OutageEnded,
    PermitSpent,
    RateLimited,
    Record,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
    Settled,
)
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.statistics import Health

_NAME = "woowup_async"
#: The most links of one span (the SDK's own default; a batch may have more records).
_MOST_LINKS = 128
#: Bounds of histograms. Those of the duration of a request are the ones of the semantic conventions.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_WAITS = (0.01, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_ITEMS = (1, 2, 5, 10, 20, 50, 75, 100)
_BYTES = (2**10, 2**12, 2**14, 2**16, 2**17, 2**18)
MetricAttributes = dict[str, str | int]


class Telemetry:
    """Turns events into metrics and spans. Give it as `on_event`.

    Args:
        meter_provider: by default the global one.
        tracer_provider: by default the global one.

    """

    def __init__(
        self, *, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        meter = metrics.get_meter(_NAME, __version__, meter_provider)
        self._tracer = trace.get_tracer(_NAME, __version__, tracer_provider)
        self._meter = meter
        self._duration = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of exchanges, by endpoint, host, status and error.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._permits = _counter(meter, "permits", "{permit}", "Permits spent, by lane.")
        self._waits = meter.create_histogram(
            "woowup.client.permit.wait",
            "s",
            "Waits for a permit, by lane.",
            explicit_bucket_boundaries_advisory=_WAITS,
        )
        self._replies = _counter(meter, "replies", "{reply}", "Answers, by endpoint, status and the API's code.")
        self._throttled = _counter(meter, "throttled", "{reply}", "Answers with 429.")
        self._retries = _counter(meter, "retries", "{attempt}", "Attempts that were scheduled after a failure.")
        self._items = meter.create_histogram(
            "woowup.client.batch.items",
            "{item}",
            "Purchases in a batch.",
            explicit_bucket_boundaries_advisory=_ITEMS,
        )
        self._bytes = meter.create_histogram(
            "woowup.client.batch.size", "By", "Bytes of a batch.", explicit_bucket_boundaries_advisory=_BYTES
        )
        self._outcomes = _counter(meter, "outcomes", "{record}", "Settled records, by entity and outcome.")
        self._outages = meter.create_up_down_counter(
            "woowup.client.outages", "{outage}", "1 while the server is failing and sending waits."
        )

    def __call__(self, event: RunEvent) -> None:
        """Record one event."""
        match event:
            case PermitSpent():
                self._permits.add(1, {"woowup.lane": event.lane})
                self._waits.record(event.waited, {"woowup.lane": event.lane})
            case RequestSent():
                self._exchange(event)
            case ReplyReceived():
                attributes = _of(event.endpoint, **{"http.response.status_code": event.status})
                self._replies.add(1, attributes | {"woowup.code": event.code})
            case RateLimited():
                self._throttled.add(1, _of(event.endpoint))
            case RetryScheduled():
                self._retries.add(1, _of(event.endpoint))
            case BatchSealed():
                self._items.record(event.items, {"woowup.batch.cause": event.cause})
                self._bytes.record(event.size_bytes, {"woowup.batch.cause": event.cause})
            case Settled():
                self._outcomes.add(1, _outcome_of(event))
            case OutageBegan():
                self._outages.add(1)
            case OutageEnded():
                self._outages.add(-1)
            case _:
                pass

    def observe_depth(self, depth: Callable[[], int], name: str = "ingester") -> None:
        """Report how many records are accepted but not settled: `observe_depth(lambda: ingester.unsettled)`."""

        def observed(options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(depth(), {"woowup.queue": name})]

        self._meter.create_observable_gauge(
            "woowup.client.queue.depth", [observed], "{record}", "Records that are accepted but not settled."
        )

    def observe_health(self, health: Callable[[], Health], name: str = "ingester") -> None:
        """Report 1 for the health of now, by status and reason: `observe_health(lambda: ingester.health())`."""

        def observed(options: CallbackOptions) -> Iterable[Observation]:
            now = health()
            return [Observation(1, {"woowup.queue": name, "woowup.status": now.status, "woowup.reason": now.reason})]

        self._meter.create_observable_gauge(
            "woowup.client.health", [observed], "{ingester}", "The health of an ingester, by status and reason."
        )

    def _exchange(self, event: RequestSent) -> None:
        attributes = _of(event.endpoint, **{"http.request.method": event.method}) | _server_of(event.url)
        if event.status is not None:
            attributes["http.response.status_code"] = event.status
        if error := event.error or (str(event.status) if (event.status or 0) >= 400 else ""):
            attributes["error.type"] = error
        self._duration.record(event.elapsed, attributes)
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"{event.method} {event.endpoint}",
            kind=SpanKind.CLIENT,
            start_time=ended - int(event.elapsed * 1e9),
            attributes=attributes | _of_span(event),
            links=list(_links(event.records)),
        )
        if error:
            span.set_status(Status(StatusCode.ERROR))
        span.end(ended)


def _counter(meter: Meter, name: str, unit: str, description: str) -> metrics.Counter:
    return meter.create_counter(f"woowup.client.{name}", unit, description)


def _of(endpoint: str, **more: str | int) -> MetricAttributes:
    return {"woowup.endpoint": endpoint, **more}


@lru_cache(maxsize=64)  # a program uses few hosts, and as many URLs as operations
def _server_of(url: str) -> MetricAttributes:
    """Return the host and port of a URL. Nothing if an event has no URL."""
    if not url:
        return {}
    parts = urlsplit(url)
    return {
        "server.address": parts.hostname or "",
        "server.port": parts.port or (443 if parts.scheme == "https" else 80),
    }


def _of_span(event: RequestSent) -> MetricAttributes:
    """Return the attributes that only a span has."""
    found: MetricAttributes = {"url.full": event.url} if event.url else {}
    if event.attempt > 1:
        found["http.request.resend_count"] = event.attempt - 1
    return found


def _outcome_of(event: Settled) -> MetricAttributes:
    outcome: Any = event.outcome
    attributes: MetricAttributes = {
        "woowup.entity": event.entity.value,
        "woowup.outcome": type(outcome).__name__.lower(),
    }
    if isinstance(outcome, Accepted):
        attributes["woowup.effect"] = outcome.effect
    elif isinstance(outcome, Rejected):
        attributes["woowup.code"] = outcome.code
    return attributes


def _links(records: Iterable[Record]) -> Iterator[Link]:
    """Return a link to each span in which a record was submitted."""
    seen: set[int] = set()
    for record in records:
        if len(seen) == _MOST_LINKS:
            return
        span = _span_in(record.context)
        context = span.get_span_context() if span else None
        if context is not None and context.is_valid and context.span_id not in seen:
            seen.add(context.span_id)
            yield Link(context)


def _span_in(context: object) -> Span | None:
    return context.run(trace.get_current_span) if isinstance(context, Context) else None
