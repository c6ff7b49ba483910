"""The dashboard and the alerts use metrics, labels and values that `Telemetry` emits, under their Prometheus names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.semconv.attributes import error_attributes, http_attributes, server_attributes, url_attributes
from opentelemetry.semconv.metrics import http_metrics

from tests.support.prometheus import label_of, parsed, read_rules, series_of
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.contrib.opentelemetry import Telemetry
from woowup_async.events import (
    BatchSealed,
    OutageBegan,
    PermitSpent,
    RateLimited,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
)
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released

FOLDER = Path(__file__).parents[2] / "examples" / "observability"
URL = "https://api.woowup.com/apiv3/users/REDACTED"
#: Labels that Prometheus adds.
ADDED = {"job", "instance", "le"}
EVENTS: list[RunEvent] = [
    PermitSpent("users.create", "bulk", 1.0),
    PermitSpent("users.create", "interactive", 1.0),
    RequestSent("users.update", 1, "PUT", 200, "", 0.3, url=URL),
    RequestSent("users.update", 2, "PUT", 503, "", 0.3, url=URL),
    RequestSent("users.update", 3, "PUT", None, "ReplyLost", 30.0, url=URL),
    ReplyReceived("users.create", 1, 403, "forbidden", 0.3),
    ReplyReceived("users.create", 1, 410, "account_deleted", 0.3),
    RateLimited("users.create", 1.0),
    RetryScheduled("users.create", 1, 1.0, "x"),
    BatchSealed(100, 9_000, "items"),
    OutageBegan("x"),
    *(
        Settled(Entity.PURCHASE, Record(Position("s", 1), {}), "k", outcome)
        for outcome in (
            Accepted("queued"), Accepted("unconfirmed"), Rejected("server", "bad_request"), Released("x"), InDoubt("x"),
        )
    ),
]  # fmt: skip


def emitted() -> dict[str, tuple[str, str, list[dict[str, Any]]]]:
    """Return each metric with its unit, its kind and the attributes of its points."""
    reader = InMemoryMetricReader()
    telemetry = Telemetry(meter_provider=MeterProvider([reader]))
    telemetry.observe_depth(lambda: 3)
    for event in EVENTS:
        telemetry(event)
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    found = {}
    for metric in (
        metric for each in data["resource_metrics"] for scope in each["scope_metrics"] for metric in scope["metrics"]
    ):
        points = metric["data"]["data_points"]
        kind = (
            "counter"
            if metric["data"].get("is_monotonic")
            else "histogram"
            if "bucket_counts" in points[0]
            else "gauge"
        )
        found[metric["name"]] = (metric["unit"], kind, [point["attributes"] for point in points])
    return found


METRICS = emitted()
#: Series of Prometheus, each with its labels and their values.
SERIES: dict[str, dict[str, set[str]]] = {}
for _name, (_unit, _kind, _points) in METRICS.items():
    for _series in series_of(_name, _unit, _kind):
        _labels = SERIES.setdefault(_series, {})
        for _point in _points:
            for _attribute, _value in _point.items():
                _labels.setdefault(label_of(_attribute), set()).add(str(_value))


def dashboard() -> Any:
    return json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))


def rules() -> list[dict[str, Any]]:
    return read_rules((FOLDER / "prometheus-rules.yml").read_text(encoding="utf-8"))


def expressions() -> Iterator[tuple[str, str]]:
    for panel in dashboard()["panels"]:
        for target in panel["targets"]:
            yield f"panel {panel['title']} {target['refId']}", target["expr"]
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"]


@pytest.mark.parametrize(("place", "text"), [*expressions()], ids=lambda each: each if "(" not in each else "")
def test_an_expression_names_what_is_emitted(place: str, text: str) -> None:
    found = parsed(text)
    assert found.metrics
    for metric, matched in found.metrics:
        assert metric in SERIES, f"{place}: no metric {metric}"
        labels = SERIES[metric]
        assert {*matched} | found.grouped <= {*labels} | ADDED, f"{place}: {metric} has no such label"
        for label, value in matched.items():
            if label in labels and value:
                assert {*value.split("|")} <= labels[label], f"{place}: {label} is never {value}"


def test_every_metric_is_on_the_dashboard() -> None:
    used = {metric for _, text in expressions() for metric, _ in parsed(text).metrics}
    for name, (unit, kind, _) in METRICS.items():
        assert series_of(name, unit, kind) & used, name


def test_the_dashboard_can_be_imported() -> None:
    """Grafana wants unique numbers, a place for each panel, and a data source that exists: here a variable."""
    board = dashboard()
    assert {variable["name"] for variable in board["templating"]["list"]} == {"datasource", "job"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, f"{panel['title']} is on another panel"
        taken |= cells
        for target in panel["targets"]:
            shown = {*re.findall(r"{{(\w+)}}", target["legendFormat"])}
            assert shown <= parsed(target["expr"]).grouped


def test_every_alert_has_what_a_person_needs() -> None:
    found = rules()
    assert len({rule["alert"] for rule in found}) == len(found) >= 8
    for rule in found:
        assert {*rule} - {"for"} == {"alert", "expr", "labels", "annotations"}
        assert re.fullmatch(r"\d+m", rule.get("for", "1m"))
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert {*rule["annotations"]} == {"summary", "description"}
        for label in re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())):
            grouped = parsed(rule["expr"]).grouped
            assert not grouped or label in grouped


def test_the_page_lists_what_is_emitted() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:4] for line in text.splitlines() if line.startswith("| `")]
    listed = {}
    for first, second, third in rows:
        name, attributes = re.findall(r"`(.+?)`", first)[0], {*re.findall(r"`(.+?)`", third)}
        listed[name] = (re.findall(r"`(.+?)`", second)[0], attributes)
    assert listed == {
        name: (min(series_of(name, unit, kind)).removesuffix("_bucket"), {each for point in points for each in point})
        for name, (unit, kind, points) in METRICS.items()
    }


def test_names_are_the_stable_ones_of_the_conventions() -> None:
    name = http_metrics.HTTP_CLIENT_REQUEST_DURATION
    unit, _, points = METRICS[name]
    assert unit == "s"
    required = {http_attributes.HTTP_REQUEST_METHOD, server_attributes.SERVER_ADDRESS, server_attributes.SERVER_PORT}
    sometimes = {http_attributes.HTTP_RESPONSE_STATUS_CODE, error_attributes.ERROR_TYPE}
    for point in points:
        assert required <= {*point} <= required | sometimes | {"woowup.endpoint"}
        assert (point["server.address"], point["server.port"]) == ("api.woowup.com", 443)
    known = {
        value
        for module in (http_attributes, server_attributes, error_attributes, url_attributes)
        for key, value in vars(module).items()
        if key.isupper() and isinstance(value, str)
    }
    ours = {each for _, _, points in METRICS.values() for point in points for each in point}
    assert {each for each in ours if not each.startswith("woowup.")} <= known
    assert {each for each in METRICS if not each.startswith("woowup.client.")} == {name}


def test_the_attributes_of_a_span() -> None:
    exporter, tracing = InMemorySpanExporter(), TracerProvider()
    tracing.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry = Telemetry(tracer_provider=tracing)
    for event in EVENTS:
        telemetry(event)
    first, second, third = (dict(span.attributes or {}) for span in exporter.get_finished_spans())
    assert first == {
        "http.request.method": "PUT", "server.address": "api.woowup.com", "server.port": 443, "url.full": URL,
        "http.response.status_code": 200, "woowup.endpoint": "users.update",
    }  # fmt: skip
    assert (second["error.type"], second["http.request.resend_count"]) == ("503", 1)
    assert (third["error.type"], third["http.request.resend_count"]) == ("ReplyLost", 2)


def test_an_event_of_another_transport_has_no_server() -> None:
    reader = InMemoryMetricReader()
    Telemetry(meter_provider=MeterProvider([reader]))(RequestSent("x", 1, "GET", 200))
    assert "server.address" not in reader.get_metrics_data().to_json()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("metric", "bound"), [("http.client.request.duration", 0.25), ("woowup.client.batch.size", 65_536)]
)
def test_histograms_have_bounds_of_their_unit(metric: str, bound: float) -> None:
    """The default bounds are for milliseconds: every duration in seconds would be in the first bucket."""
    reader = InMemoryMetricReader()
    telemetry = Telemetry(meter_provider=MeterProvider([reader]))
    for event in EVENTS:
        telemetry(event)
    data = json.loads(reader.get_metrics_data().to_json())  # type: ignore[union-attr]
    (found,) = [each for each in data["resource_metrics"][0]["scope_metrics"][0]["metrics"] if each["name"] == metric]
    assert bound in found["data"]["data_points"][0]["explicit_bounds"]


@pytest.mark.parametrize("text", ["sum(a", "a)", 'a{b="c"', "a[5x]", "a ? b", "sum by (a) (b}", "rat(a)"])
def test_a_broken_expression_is_noticed(text: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|match|range|unknown|known"):
        parsed(text)
