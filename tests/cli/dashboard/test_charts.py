"""Bars, and the same numbers as a table."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.markup import Markup
from woowup_async.cli.dashboard.charts import Chart, Series, figure, meter, nice

VALUES = st.lists(st.integers(0, 10**7), min_size=1, max_size=60)


def drawn(chart: Chart) -> Markup:
    return Markup("".join(figure(chart)))


@given(VALUES, st.integers(0, 10**6))
def test_bars_are_as_high_as_their_values_and_stay_inside(values: list[int], limit: int) -> None:
    halves = [value // 2 for value in values]
    line = (float(limit), "limit") if limit else None
    page = drawn(
        Chart("Requests", [str(at) for at in values], [Series("a", "one", values), Series("b", "bad", halves)], line)
    )
    top = nice(max([*(a + b for a, b in zip(values, halves)), limit]))
    bars = [rect for rect in page.all("rect") if rect["class"] != "hit"]
    heights = [100 * value / top for pair in zip(values, halves) for value in pair if value]
    assert [float(bar["height"]) for bar in bars] == pytest.approx(heights, abs=0.006)
    assert all(-0.011 <= float(bar["y"]) <= 100.011 - float(bar["height"]) for bar in bars)
    assert len([path for path in page.all("path") if path["class"] == "limit"]) == bool(limit)


def test_text_is_escaped_and_the_numbers_are_a_table() -> None:
    page = drawn(Chart("A <b>", ["<i>", "12:00"], [Series("sent & seen", "one", [1_200, 3])], (5.0, "limit <5>")))
    assert [label["aria-label"] for label in page.all("svg")] == ["A <b>: at most 1,200 sent & seen"]
    assert "limit <5>" in page.text
    assert page.all("b") == [{}]  # of the caption
    assert [cell["scope"] for cell in page.all("th")] == ["col", "col", "row", "row"]
    assert re.search(r"<i>\s+1,200", page.text)
    assert page.all("details") == [{"data-key": "ab"}]


def test_a_chart_of_nothing() -> None:
    page = drawn(Chart("Requests", ["12:00"], [Series("sent", "one", [0])]))
    assert [rect["class"] for rect in page.all("rect")] == ["hit"]


@given(st.lists(st.tuples(st.floats(0, 100), st.just("one")), max_size=4), st.floats(0, 50))
def test_the_parts_of_a_meter_stay_inside(parts: list[tuple[float, str]], whole: float) -> None:
    track, *bars = Markup(meter(parts, whole, "x")).all("rect")
    assert track["width"] == "100"
    assert all(float(bar["x"]) + float(bar["width"]) <= 100.011 for bar in bars)


def test_a_meter_has_its_text() -> None:
    page = Markup(meter([(25, "one"), (25, "faint")], 100, '25 "of" 100'))
    assert page.all("svg")[0]["aria-label"] == '25 "of" 100'
    assert [(bar["x"], bar["width"]) for bar in page.all("rect")[1:]] == [("0.00", "25.00"), ("25.00", "25.00")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, 1), (-1, 1), (0.2, 1), (1, 1), (7, 8), (11, 15), (140, 150), (560, 600), (9_001, 10_000)],
)
def test_round_numbers(value: float, expected: float) -> None:
    assert nice(value) == expected
