"""Pages, numbers and periods of a query."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from woowup_async.testing._answers import BadQuery
from woowup_async.testing._query import moment_of, number_in, page_of, period_of


def test_pages_are_of_25_and_of_100_at_most() -> None:
    items = list(range(300))
    assert page_of(items, {}) == items[:25]
    assert page_of(items, {"limit": "1000", "page": "2"}) == items[200:]
    assert page_of(items, {"limit": "", "page": ""}, 10) == items[:10]
    assert page_of(items, {"page": "9" * 18}) == []


@pytest.mark.parametrize("text", ["x", "-1", "1.5", " 1", "٣", "9" * 19, "1e3"])
def test_invalid_numbers(text: str) -> None:
    with pytest.raises(BadQuery, match="page: expected a number"):
        number_in({"page": text}, "page", 0)


@pytest.mark.parametrize(
    ("query", "is_within"),
    [
        ({}, True),
        ({"from": "2026-01-01", "to": "2026-01-01"}, True),
        ({"from": "2026-01-01 10:00:00", "to": "2026-01-01 10:00:00"}, True),
        ({"to": "2026-01-01T10:00:00-03:00"}, True),
        ({"to": "2026-01-01T10:00:00+03:00"}, False),
        ({"from": "2026-01-01 10:00:01"}, False),
        ({"from": "2026-01-02", "to": ""}, False),
        ({"to": "2025-12-31"}, False),
        ({"to": "9999-12-31 23:59:59"}, True),
        ({"from": "9999-12-31T23:59:59"}, False),
    ],
)
def test_periods(query: dict[str, str], is_within: bool) -> None:
    assert period_of(query)(datetime(2026, 1, 1, 10, 0, 0, tzinfo=UTC)) is is_within


@pytest.mark.parametrize("text", ["x", "2026-02-30", "1/2/26", "0001-01-01T00:00:00+14:00"])
def test_invalid_days(text: str) -> None:
    assert moment_of(text) is None
    with pytest.raises(BadQuery, match="to: expected a date"):
        period_of({"to": text})


def test_any_value_is_allowed_as_the_time_of_a_record() -> None:
    assert moment_of("2026-01-01T10:00:00+02:00") == datetime(2026, 1, 1, 8, tzinfo=UTC)
    assert moment_of(None) is moment_of(7) is moment_of("") is None
