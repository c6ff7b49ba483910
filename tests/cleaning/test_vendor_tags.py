"""The vendor's tags: how its client marks addresses and numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from woowup_async.cleaning import Cleaned, Cleaner
from woowup_async.cleaning._vendor_tags import with_verdict


def cleaner(*rules: str) -> Cleaner:
    return Cleaner(rules, region="AR", today=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("email", "tags"),
    [
        ("ana.maria@gmail.com", "email_validated"),
        (" ana.maria@gamil.con", "email_validated,email_cleaned"),
        ("ana@gmail.com", "email_rejected"),
        ("nobody", "email_rejected"),
        ("Ana@Example.com", None),
    ],
)
def test_the_tag_of_an_address(email: str, tags: str | None) -> None:
    """The client marks addresses of Gmail, and values that are not addresses."""
    cleaned, _ = cleaner("email", "vendor-tags").clean({"document": "1", "email": email})
    assert cleaned.get("tags") == tags


@pytest.mark.parametrize(
    ("telephone", "tags"),
    [
        ("+541141234567", "telephone_validated"),
        ("11 4123-4567", "telephone_validated,telephone_cleaned"),
        ("1111111111", "telephone_rejected"),
        ("114123+4567", None),
    ],
)
def test_the_tag_of_a_number(telephone: str, tags: str | None) -> None:
    cleaned, _ = cleaner("telephone", "vendor-tags").clean({"document": "1", "telephone": telephone})
    assert cleaned.get("tags") == tags


def test_an_earlier_tag_of_the_vendor_is_removed_and_other_tags_stay() -> None:
    """Tags are compared as a whole: `vip2` is not `vip`."""
    fields = {"email": "ana.maria@gmail.com", "tags": "vip2, email_rejected,email_cleaned,telephone_cleaned"}
    cleaned, changes = cleaner("email", "vendor-tags").clean(fields)
    assert cleaned["tags"] == "vip2,telephone_cleaned,email_validated"
    assert [(change.field, change.why) for change in changes] == [("tags", "has the tags of the vendor's client")]
    assert cleaner("email", "vendor-tags").clean(cleaned) == (cleaned, ())


def test_the_last_identifier_stays_and_is_tagged_as_bad() -> None:
    cleaned, _ = cleaner("email", "telephone", "tags", "vendor-tags").clean({"email": "nobody", "tags": " a,a"})
    assert cleaned == {"email": "nobody", "tags": "a,email_rejected"}


def test_records_that_get_no_tags() -> None:
    more: Any
    for more in ({"invoice_number": "1"}, {"purchase_detail": []}, {"tags": ["a"]}):
        fields = {"email": "ana.maria@gmail.com", **more}
        assert cleaner("email", "vendor-tags").clean(fields) == (fields, ())
    assert cleaner("telephone", "vendor-tags").clean({"email": "x@gmail.com"})[1] == ()


def test_it_needs_the_rule_of_a_field() -> None:
    with pytest.raises(ValueError, match="vendor-tags says what the rules email and telephone found"):
        cleaner("vendor-tags", "names")
    assert with_verdict("a,b", "email", "x", Cleaned("x")) == "a,b"
