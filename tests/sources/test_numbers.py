"""Amounts of money: the decimal mark is declared, never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.numbers import in_short, money_of, plain


@pytest.mark.parametrize(
    ("text", "mark", "amount"),
    [
        ("$ 1.586,00", ",", "1586.00"), ("R$ 1.586,00", ",", "1586.00"), ("R$\xa0194,80", ",", "194.80"),
        ("$ 28.700", ",", "28700"), ("1,586.00", ".", "1586.00"), ("US$5", ".", "5"), ("U$S 5", ".", "5"),
        ("12.50 EUR", ".", "12.50"), ("CLP 1234", ".", "1234"),
        ("-$ 3,5", ",", "-3.5"), ("$ -3,5", ",", "-3.5"), ("($ 3.00)", ".", "-3.00"), ("− 7", ".", "-7"),
        ("1'234.50", ".", "1234.50"), ("1 234,50 €", ",", "1234.50"), ("7,", ",", "7"), ("0", ".", "0"),
    ],
)  # fmt: skip
def test_an_amount_is_read(text: str, mark: Literal[".", ","], amount: str) -> None:
    assert str(money_of(text, mark)) == amount


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1,586.00", ","), ("1.586,00", "."), ("1.5000", ","), ("12,34", "."), ("$", "."), ("", "."), ("(3.00", "."),
        ("--3", "."), ("-$-3", "."), ("3 units", "."), ("1,23,456.00", "."), ("٣", "."), ("1e5", "."),
    ],
)  # fmt: skip
def test_an_amount_with_another_mark_is_refused(text: str, mark: Literal[".", ","]) -> None:
    with pytest.raises(ValueError, match=r".*"):
        money_of(text, mark)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_groups_of_three_digits_do_not_change_an_amount(amount: Decimal) -> None:
    text = f"{amount:,.2f}"
    assert money_of(f"$ {text}", ".") == amount
    assert money_of(f"R$ {text}".translate(str.maketrans(",.", ".,")), ",") == amount


def test_a_number_is_written_without_an_exponent() -> None:
    assert [plain("1E+16", "."), plain("0.5", ",")] == ["1" + "0" * 16, "0,5"]


@pytest.mark.parametrize("number", [1152921504606846976, 1234567890123456789, -9007199254740993])
def test_a_float_without_its_last_digits_is_written_in_short(number: int) -> None:
    assert in_short(float(number)).partition("E")[1] == "E"


@pytest.mark.parametrize("number", [1e21, 2000016796107272.0, 9013808660771.0, 0.5, -3.0, 12e17])
def test_other_floats_are_exact(number: float) -> None:
    assert in_short(number) == ""
