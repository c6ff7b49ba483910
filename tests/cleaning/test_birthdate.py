"""Birthdates, the day before the month."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import (
    Cleaned,
    birthdate,
)

TODAY = date(2026, 3, 1)


def born(value: str) -> Cleaned:
    return birthdate(value, TODAY)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (born, "1990-02-01", "1990-02-01"),
        (born, "01/02/1990", "1990-02-01"),
        (born, "1-2-1990", "1990-02-01"),
        (born, "1990-02-01T03:00:00.000Z", "1990-02-01"),
        (born, "19900201", "1990-02-01"),
        (born, "31/02/1990", None),
        (born, "02/28/1990", None),
        (born, "0000-00-00", None),
        (born, "1899-12-31", None),
        (born, "1970-01-01", None),
        (born, "2026-03-02", None),
        (born, "2026-03-01", "2026-03-01"),
    ],
)
def test_what_it_makes_of_a_value(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    check(rule, value, expected)


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [born])
def test_it_takes_any_text_and_leaves_its_own_result(rule: Callable[[Any], Cleaned], value: str) -> None:
    check_again(rule, value)
