"""Telephone numbers, with Argentina as the region."""

from __future__ import annotations

from functools import partial

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
        ("+54 9 11 15 4123-4567", "+5491141234567"),
        ("+52 1 55 2955 8147", "+525529558147"),
        ("+52 044 55 2955 8147", "+525529558147"),
        ("+52 01 55 2955 8147", "+525529558147"),
        ("+56 09 8461 4372", "+56984614372"),
        ("+57 03 300 461 4372", "+573004614372"),
        ("1141234567.0", "+541141234567"),
        ("+541141234567.00", "+541141234567"),
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


@pytest.mark.parametrize(
    ("region", "value", "expected"),
    [
        ("MX", "044 55 2955 8147", "+525529558147"),
        ("MX", "045 55 2955 8147", "+525529558147"),
        ("MX", "01 55 2955 8147", "+525529558147"),
        ("MX", "5215529558147", "+525529558147"),
        ("MX", "1 55 2955 8147", "+525529558147"),
        ("MX", "555555014.0", None),  # not 55 5555 0140
        ("CL", "09 8461 4372", "+56984614372"),
        ("CL", "02 2461 6379", "+56224616379"),
        ("CO", "03004614372", "+573004614372"),
        ("BR", "0 15 11 98461-4372", "+5511984614372"),
        ("BR", "(11) 8461-4372", None),  # which digit was put before it is not guessed
        ("PE", "01 461 4378", "+5114614378"),
    ],
)
def test_what_was_dialled_before_a_number_is_no_part_of_it(region: str, value: str, expected: str | None) -> None:
    check(partial(telephone, region=region), value, expected)


def test_a_number_of_the_united_states_is_not_made_one_of_mexico() -> None:
    mexican = partial(telephone, region="MX")
    check(mexican, "1 (713) 425-8147", None)  # perhaps of Houston
    check(mexican, "52 1 713 425 8147", "+527134258147")
    check(mexican, "+52 1 713 425 8147", "+527134258147")


def test_the_9_and_the_15_of_argentina_are_not_written_together() -> None:
    check(phone, "+54 9 11 15 4123-4567", "+5491141234567")
    check(phone, "9 11 15 4123", None)
