"""Products, branches and families as they are sent."""

import json

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._wire.catalogue_shape import MOST_MEMBERS, FamilyShape, ProductShape, family_parts
from woowup_async._wire.shape import Encoded
from woowup_async.outcomes import Rejected


@given(st.integers(1, 200))
def test_bulk_requests_of_a_family_hold_each_member_once_in_order(count: int) -> None:
    members = [{"uid": f"{number}", "relationship": "pet"} for number in range(count)]
    encoded = FamilyShape(10**6).encode({"identity": {"email": "ana@b.co", "document": "1"}, "members": members})
    assert isinstance(encoded, Encoded)
    parts = family_parts(encoded.body)
    assert parts.query == (("email", "ana@b.co"), ("document", "1"))
    requests = [*parts.bulk_requests()]
    assert [each for body, _ in requests for each in json.loads(body)] == members
    assert [len(json.loads(body)) for body, _ in requests] == [number for _, number in requests]
    assert max(number for _, number in requests) <= MOST_MEMBERS


def test_an_absent_identifier_is_left_out_beside_another_one() -> None:
    record = b'{"identity":{"email":"NULL","document":"1"},"members":[{"relationship":"pet"}]}'
    encoded = FamilyShape(10**6).encode(record)
    assert isinstance(encoded, Encoded)
    assert encoded.key == "document:1"
    assert json.loads(encoded.body)["identity"] == {"document": "1"}


def test_clean_json_passes_as_it_is() -> None:
    body = b'{"sku": "a",  "name": "A", "price": 1.50}'
    encoded = ProductShape(10**6).encode(body)
    assert isinstance(encoded, Encoded)
    assert (encoded.body, encoded.key) == (body, "a")


def test_unknown_names_are_refused_in_strict_mode() -> None:
    assert isinstance(ProductShape(10**6, strict=True).encode({"sku": "a", "name": "A", "colour": "red"}), Rejected)
