"""`CLEAR`: the only null that is sent."""

import copy
import json
import pickle
from typing import Any

import pytest

from woowup_async import CLEAR
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import UserShape, with_clears
from woowup_async.errors import InvalidRecord
from woowup_async.models import Clear, FamilyMember, Identity, User
from woowup_async.models._clear import as_null
from woowup_async.outcomes import Rejected

#: For fields that a type checker would refuse.
NULL: Any = CLEAR
SHAPE = UserShape(262_144)


def body_of(record: object) -> dict[str, Any]:
    encoded = SHAPE.encode(record)
    assert isinstance(encoded, Encoded), encoded
    return dict(json.loads(encoded.body))


@pytest.mark.parametrize(
    "record",
    [User(email="a@b.co", service_uid=CLEAR), {"email": "a@b.co", "service_uid": CLEAR, "city": None}],
    ids=["model", "mapping"],
)
def test_it_is_sent_as_null(record: object) -> None:
    assert body_of(record) == {"email": "a@b.co", "service_uid": None}


@pytest.mark.parametrize(
    "record",
    [User(email="a@b.co"), {"email": "a@b.co", "service_uid": None}, b'{"email": "a@b.co", "service_uid": null}'],
    ids=["model", "mapping", "bytes"],
)
def test_nothing_else_is_sent_as_null(record: object) -> None:
    assert body_of(record) == {"email": "a@b.co"}


def test_it_does_not_identify_a_user() -> None:
    with pytest.raises(InvalidRecord, match="needs at least one of"):
        User(service_uid=CLEAR)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: User(document="1", email=NULL), "email: cannot be cleared: only service_uid can be"),
        (lambda: Identity(document="1", service_uid=NULL), "service_uid: cannot be cleared: nothing of it can be"),
        (lambda: FamilyMember(relationship="son", uid=NULL), "uid: cannot be cleared"),
        (lambda: User(document="1", custom_attributes={"a": CLEAR}), "custom_attributes.a: expected a JSON value"),
    ],
)
def test_other_fields_cannot_be_cleared(make: Any, message: str) -> None:
    with pytest.raises(InvalidRecord, match=message):
        make()


def test_no_field_of_a_purchase_can_be_cleared() -> None:
    refused = PurchaseShape(262_144).encode({"email": CLEAR, "document": "1"})
    assert isinstance(refused, Rejected)
    assert "cannot be cleared" in str(refused.reasons)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_there_is_only_one_object(copied: Any) -> None:
    assert copied(CLEAR) is CLEAR
    assert copied(User(email="a@b.co", service_uid=CLEAR)).service_uid is CLEAR
    assert (repr(CLEAR), isinstance(CLEAR, Clear), bool(CLEAR)) == ("CLEAR", True, False)


def test_only_clear_is_encoded_as_null() -> None:
    assert as_null(CLEAR) is None  # type: ignore[func-returns-value]
    with pytest.raises(TypeError, match="Encoding objects of type object is unsupported"):
        as_null(object())


def test_a_record_that_the_library_encoded_keeps_its_null() -> None:
    """An outbox has such encoded records. In other JSON, a null means absent."""
    encoded = SHAPE.encode(User(email="a@b.co", service_uid=CLEAR))
    assert isinstance(encoded, Encoded)
    assert body_of(with_clears(encoded.body)) == {"email": "a@b.co", "service_uid": None}
    for body in (b'{"email":"a@b.co"}', b'{"email":"a@b.co","city":"null"}'):
        assert with_clears(body) is body
