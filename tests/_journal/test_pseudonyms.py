"""Names and digests that are recognised and that nobody without the secret can guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._flow import digest_of
from woowup_async._journal.pseudonyms import KeyedDigest, is_keyed, is_name, keyed, name_of, secret_digest
from woowup_async._text import in_lower_case

SECRET, OTHER = b"0123456789abcdef", b"fedcba9876543210"


@given(st.sampled_from(["email", "document", "service_uid", "telephone"]), st.text(min_size=1), st.text(min_size=1))
def test_names_stand_for_identifiers(kind: str, one: str, other: str) -> None:
    names = [name_of(SECRET, f"{kind}:{value}") for value in (one, other)]
    assert (names[0] == names[1]) is (one == other)
    assert all(map(is_name, names))
    assert [name_of(SECRET, each) for each in names] == names
    assert name_of(OTHER, f"{kind}:{one}") != names[0]


@given(st.emails())
def test_the_lower_case_of_a_name_is_the_name_of_the_lower_case(address: str) -> None:
    """So a customer with a forgotten address is still found under another spelling of it."""
    name, lower = name_of(SECRET, f"email:{address}"), name_of(SECRET, f"email:{address.lower()}")
    assert in_lower_case(name) == lower == in_lower_case(lower)


def test_two_spellings_are_two_names() -> None:
    spellings = ("email:ana@example.com", "email:Ana@example.com", "email:ANA@example.com")
    assert len({name_of(SECRET, each) for each in spellings}) == 3


@pytest.mark.parametrize(
    "identifier", ["email:~a@example.com", "document:~12", "document:", "~", "document:~" + "-" * 32]
)
def test_what_is_no_name(identifier: str) -> None:
    assert not is_name(identifier)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_keyed_digest_equals_its_digest_only(one: bytes, other: bytes) -> None:
    digest, another = digest_of(one), digest_of(other)
    stored = keyed(SECRET, digest)
    read = secret_digest(SECRET, stored)
    assert isinstance(read, KeyedDigest)
    assert (read == another, another == read, another in (None, read)) == (one == other,) * 3
    assert (read != another) is (one != other)
    assert read == secret_digest(SECRET, stored)
    assert read == stored
    assert read != secret_digest(OTHER, keyed(OTHER, digest))
    assert digest not in stored
    assert hash(read) == hash(stored)
    assert read != "text"


def test_digests_that_stay_as_they_are() -> None:
    digest = digest_of(b"x")
    stored = keyed(SECRET, digest)
    assert keyed(SECRET, stored) == stored
    assert keyed(SECRET, b"") == b""  # several contents
    assert secret_digest(SECRET, None) is None
    assert secret_digest(SECRET, digest) is digest
    assert is_keyed(stored)
    assert not is_keyed(digest)
