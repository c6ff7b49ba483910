"""The customer of a record, in every form of a record."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._text import in_lower_case
from woowup_async._wire.identity import identifiers_of, purchase_of
from woowup_async.models import User

FIELDS = {"email": "ana@b.co", "document": 7, "first_name": "Ana"}
NAMED = ("email:ana@b.co", "document:7")


@pytest.mark.parametrize(
    "raw",
    [
        FIELDS,
        json.dumps(FIELDS).encode(),
        bytearray(json.dumps(FIELDS).encode()),
        json.dumps(FIELDS),
        json.dumps(FIELDS)[:-3],  # cut
        json.dumps(FIELDS) + "}",
        {"rows": [["x"]], "identifiers": {"email": ["ana@b.co"], "document": ["7"]}},
    ],
)
def test_each_form_names_the_same_customer(raw: object) -> None:
    assert identifiers_of(raw) == NAMED


def test_a_model_names_its_customer() -> None:
    assert identifiers_of(User(email="ana@b.co", document="7")) == NAMED


@pytest.mark.parametrize("value", ["", "  ", "NULL", None, True, 1.5, [], {}])
def test_a_value_that_is_not_an_identifier_names_no_customer(value: object) -> None:
    assert identifiers_of({"document": value}) == ()


@given(st.binary(max_size=80) | st.text(max_size=80) | st.integers() | st.lists(st.integers()))
def test_it_never_raises(raw: object) -> None:
    assert isinstance(identifiers_of(raw), tuple)


def test_only_addresses_have_a_letter_case() -> None:
    assert in_lower_case("email:Ana@B.co") == "email:ana@b.co"
    assert in_lower_case("document:A1") is None


def test_a_purchase_is_named_by_number_and_branch() -> None:
    assert purchase_of(b'{"invoice_number": 7, "branch_name": "Centro"}') == ("7", "Centro")
    assert purchase_of(b'{"invoice_number": "A/7"}') == ("A/7", None)
