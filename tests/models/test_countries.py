"""Codes of countries."""

import pytest

from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import InvalidRecord
from woowup_async.models import Country, User
from woowup_async.models._countries import ALPHA_2, ALPHA_3, COUNTRY_CODES, is_country

SHAPE = UserShape(262_144)


def test_there_are_249_of_each() -> None:
    assert (len(ALPHA_2), len(ALPHA_3)) == (249, 249)
    assert {len(code) for code in ALPHA_2} == {2}
    assert {len(code) for code in ALPHA_3} == {3}
    assert {"ARG", "BRA", "CHL", "COL", "ESP", "MEX", "PER", "URY", "USA"} <= ALPHA_3


@pytest.mark.parametrize("code", ["ARG", "arg", "Arg", "aRg"])
def test_letters_may_have_any_case(code: str) -> None:
    assert is_country(code)
    assert isinstance(SHAPE.encode(f'{{"email":"a@b.co","country":"{code}"}}'.encode()), Encoded)
    assert User(document="1", country=code).country == code


@pytest.mark.parametrize("code", ["XXX", "ARGX", "AR", "Argentina", ""])
def test_a_user_has_a_code_of_three_letters_that_exists(code: str) -> None:
    with pytest.raises(InvalidRecord, match="country: expected an ISO 3166-1 alpha-3 code"):
        User(document="1", country=code)
    assert not isinstance(SHAPE.encode(f'{{"email":"a@b.co","country":"{code}"}}'.encode()), Encoded)


def test_a_branch_may_have_either() -> None:
    assert [Country(code=code).code for code in ("AR", "ARG")] == ["AR", "ARG"]
    for code in ("XX", "XXX", "A"):
        with pytest.raises(InvalidRecord, match="an ISO 3166-1 code"):
            Country(code=code)


def test_a_lookup_needs_no_call() -> None:
    assert {"ARG", "arg", "Arg"} <= COUNTRY_CODES
    assert "aRg" not in COUNTRY_CODES
