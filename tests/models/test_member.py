"""Family members, sent and returned."""

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import FamilyMember, StoredMember


def test_the_vendors_spelling_of_a_spouse_is_sent() -> None:
    assert FamilyMember(relationship="espose").relationship == "espose"
    with pytest.raises(InvalidRecord, match="relationship"):
        FamilyMember(relationship="spouse")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"), [("uid", ""), ("email", "ana"), ("birthdate", "2020-02-30"), ("gender", "x")]
)
def test_each_field_has_its_rule(field: str, value: str) -> None:
    with pytest.raises(InvalidRecord, match=field):
        FamilyMember(relationship="son", **{field: value})  # type: ignore[arg-type]


def test_a_stored_member_may_lack_keys_and_have_unknown_ones() -> None:
    stored = msgspec.json.decode(b'{"id": 7, "uid": "a", "shoe_size": 40}', type=StoredMember)
    assert (stored.id, stored.uid, stored.email) == (7, "a", None)
