"""The decimal mark: proved by amounts, or chosen so that a wrong text is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.sources.drafting.rules.amounts import (
    conversion_for,
    evidence_of,
    is_in_cents,
    is_number,
    verdict,
)
from woowup_async.sources.numbers import money_of
from woowup_async.sources.table_format import Mark

_AMOUNTS = st.lists(st.decimals(0, 10**7, places=2), min_size=1, max_size=20)


@given(amounts=_AMOUNTS, mark=st.sampled_from([".", ","]), is_grouped=st.booleans())
def test_amounts_with_cents_prove_their_mark_and_are_read_back(
    amounts: list[Decimal], mark: Mark, is_grouped: bool
) -> None:
    texts = [f"{amount:,.2f}" if is_grouped else f"{amount:.2f}" for amount in amounts]
    if mark == ",":
        texts = [text.translate(str.maketrans(",.", ".,")) for text in texts]
    found = verdict(evidence_of(texts), likely="," if mark == "." else ".")
    assert (found.mark, found.is_sure) == (mark, True)
    assert [money_of(text, found.mark) for text in texts] == amounts


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1.234,50", "commas"), ("1,234.50", "points"), ("12,5", "commas"), ("12.50", "points"), ("0.500", "points"),
        ("1.234.567", "commas"), ("$ 28.700", "point_groups"), ("1,234", "comma_groups"), ("15", "whole"),
        ("1586.0000", "points"), ("R$ 5,00", "commas"),
    ],
)  # fmt: skip
def test_what_one_amount_shows(text: str, shown: str) -> None:
    assert {name: count for name, count in evidence_of([text])._asdict().items() if count} == {shown: 1}


@pytest.mark.parametrize(
    ("texts", "likely", "mark", "why"),
    [
        (["1.234", "900"], ".", ",", "amounts such as 1.234 are read as 1234"),
        (["1,234"], ",", ".", "amounts such as 1,234 are read as 1234"),
        (["15", "900"], ",", ",", "no amount has decimals"),
    ],
)
def test_an_ambiguous_mark_is_said_to_be_unsure(texts: list[str], likely: Mark, mark: Mark, why: str) -> None:
    found = verdict(evidence_of(texts), likely=likely)
    assert (found.mark, found.is_sure) == (mark, False)
    assert why in found.why


def test_amounts_with_both_marks_are_counted() -> None:
    found = verdict(evidence_of(["1,50", "2,50", "3.50"]), likely=".")
    assert (found.mark, found.is_sure) == (",", False)
    assert found.why == "2 different amounts with it; 1 different amount with the other mark"


def test_money_is_only_used_if_a_plain_number_is_not_enough() -> None:
    assert conversion_for(["1.234,50", "3"], ",") == "decimal"
    assert conversion_for(["1,234.50", "3"], ".") == "money"
    assert conversion_for(["$ 3", "x"], ".") == "money"
    assert is_number("R$ 1.234,50")
    assert not is_number("12 un")


@pytest.mark.parametrize(
    ("texts", "words", "currencies", "expected"),
    [
        (["99900", "6814", "0"], [], set(), True),
        (["15990", "31980"], [], set(), False),
        (["15990", "31980"], [], {"BRL"}, True),
        (["15990", "31980"], [], {"CLP"}, False),
        (["99", "6814"], [], {"BRL"}, False),
        (["9990", "68.14"], [], {"BRL"}, False),
        (["5.00"], ["price", "cents"], set(), True),
        ([], [], {"BRL"}, False),
    ],
)
def test_cents(texts: list[str], words: list[str], currencies: set[str], expected: bool) -> None:
    assert is_in_cents(texts, words, frozenset(currencies)) is expected
