"""Birthdates, the day before the month."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import Cleaned, birthdate

TODAY = date(2026, 3, 1)


def born(value: str) -> Cleaned:
    return birthdate(value, TODAY)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1990-02-01", "1990-02-01"),
        ("01/02/1990", "1990-02-01"),
        ("1-2-1990", "1990-02-01"),
        ("1990-02-01T03:00:00.000Z", "1990-02-01"),
        ("19900201", "1990-02-01"),
        ("\ufeff1990-02-01\u200b", "1990-02-01"),
        ("31/02/1990", None),
        ("02/28/1990", None),
        ("0000-00-00", None),
        ("1899-12-31", None),
        ("1970-01-01", None),
        ("2026-03-02", None),
        ("2026-03-01", "2026-03-01"),
    ],
)
def test_the_result_for_a_value(value: str, expected: str | None) -> None:
    check(born, value, expected)


@given(st.text(max_size=40))
def test_it_takes_any_text_and_keeps_its_own_result(value: str) -> None:
    check_again(born, value)
