"""Telephone numbers, with Argentina as the region."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import Cleaned, telephone


def phone(value: str) -> Cleaned:
    return telephone(value, "AR")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("11 4123-4567", "+541141234567"),
        ("011 15 4123-4567", "+5491141234567"),
        ("+54 9 11 4123 4567", "+5491141234567"),
        ("0054 11 4123 4567", "+541141234567"),
        ("11 4123-4567 / 11 4999-9999", "+541141234567"),
        ("+573104567890", "+573104567890"),
        ("+52 55 5555 0147", "+525555550147"),
        ("+595 981 111111", "+595981111111"),
        ("\u202a+54 11 4123\u20604567\u202c", "+541141234567"),
        ("+52 55 5555 5555", None),
        ("51 4123 4567", None),
        ("114123+4567", None),
        ("1111111111", None),
        ("no tiene", None),
        ("12345678", None),
    ],
)
def test_the_result_for_a_value(value: str, expected: str | None) -> None:
    check(phone, value, expected)


@given(st.text(max_size=40))
def test_it_takes_any_text_and_keeps_its_own_result(value: str) -> None:
    check_again(phone, value)
