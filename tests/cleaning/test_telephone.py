"""Telephone numbers, read as those of Argentina."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cleaning import check, check_again
from woowup_async.cleaning import (
    Cleaned,
    telephone,
)


def phone(value: str) -> Cleaned:
    return telephone(value, "AR")


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        (phone, "11 4123-4567", "+541141234567"),
        (phone, "011 15 4123-4567", "+5491141234567"),
        (phone, "+54 9 11 4123 4567", "+5491141234567"),
        (phone, "0054 11 4123 4567", "+541141234567"),
        (phone, "11 4123-4567 / 11 4999-9999", "+541141234567"),
        (phone, "+573104567890", "+573104567890"),
        (phone, "51 4123 4567", None),
        (phone, "114123+4567", None),
        (phone, "1111111111", None),
        (phone, "no tiene", None),
        (phone, "12345678", None),
    ],
)
def test_what_it_makes_of_a_value(rule: Callable[[Any], Cleaned], value: Any, expected: Any) -> None:
    check(rule, value, expected)


@given(st.text(max_size=40))
@pytest.mark.parametrize("rule", [phone])
def test_it_takes_any_text_and_leaves_its_own_result(rule: Callable[[Any], Cleaned], value: str) -> None:
    check_again(rule, value)
