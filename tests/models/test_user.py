"""`User`, and the users that the server returns."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.support.official import sample
from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import ChangesShape, UserShape
from woowup_async.errors import InvalidRecord
from woowup_async.models import StoredUser, User, UserChanges
from woowup_async.outcomes import Rejected

SHAPE = UserShape(262_144)


def test_the_official_example_is_encoded_unchanged() -> None:
    example = sample("user")

    user = msgspec.json.decode(json.dumps(example).encode(), type=User)

    assert json.loads(msgspec.json.encode(user)) == example


def test_needs_an_identifier_when_built_and_when_decoded() -> None:
    with pytest.raises(InvalidRecord, match="at least one of service_uid, email, document, telephone"):
        User(first_name="Ana")
    with pytest.raises(msgspec.ValidationError, match="at least one of"):
        msgspec.json.decode(b'{"first_name": "Ana"}', type=User)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ana"), ("gender", "femenino"), ("country", "AR"), ("marital_status", "committed"),
        ("birthdate", "01/02/1990"), ("mailing_enabled", True), ("sms_disabled_reason", "unsuscribe"), ("points", 1.5),
        ("custom_attributes", []), ("birthdate", datetime(2020, 1, 1, 12)),  # noqa: DTZ001
    ],
)  # fmt: skip
def test_refuses_by_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidRecord) as excinfo:
        User(document="1", **{field: value})
    assert [reason.path for reason in excinfo.value.reasons] == [field]


def test_takes_the_vendors_spellings() -> None:
    user = User(document="1", marital_status="commited", gender="", birthdate=date(1990, 2, 1))

    assert user.birthdate == "1990-02-01"


def test_stored_user_is_lenient() -> None:
    stored = msgspec.convert({"userapp_id": "7", "blocked": False, "custom_attributes": [], "tags": ["a"]}, StoredUser)

    assert (stored.userapp_id, stored.custom_attributes) == ("7", [])


@pytest.mark.parametrize("points", [2, 2.0, Decimal("2.0"), -3.0])
def test_points_with_only_zeros_after_the_point_are_whole(points: Any) -> None:
    user = User(document="1", points=points)
    assert (user.points, type(user.points)) == (int(points), int)
    for record in ({"document": "1", "points": points}, f'{{"document":"1","points":{points}}}'.encode()):
        encoded = SHAPE.encode(record)
        assert isinstance(encoded, Encoded)
        assert json.loads(encoded.body) == {"document": "1", "points": int(points)}
        assert b"." not in encoded.body


@pytest.mark.parametrize("points", [2.5, "2", True, float("inf"), float("nan"), Decimal("1e400")])
def test_other_points_are_not_whole(points: Any) -> None:
    with pytest.raises(InvalidRecord, match="points: expected an integer"):
        User(document="1", points=points)
    assert isinstance(SHAPE.encode({"document": "1", "points": points}), Rejected)


def test_fields_that_the_vendors_clients_send_have_types() -> None:
    """N40, Q66: without them, these names would count as unknown."""
    fields = {
        "document": "1", "mailing_enabled": "disabled", "mailing_disabled_reason": "other",
        "mailing_enabled_reason": "other", "whatsapp_enabled_reason": "unsubscribe-2025-10-09 20:55:21",
        "sms_enabled_reason": "invalid", "new_email": "b@b.co", "whatsapp_phone": "5491144445555",
    }  # fmt: skip
    encoded = SHAPE.encode(json.dumps(fields).encode())
    assert isinstance(encoded, Encoded)
    assert (json.loads(encoded.body), encoded.unknown) == (fields, ())
    with pytest.raises(InvalidRecord, match="new_email: expected an e-mail address"):
        User(document="1", new_email="nobody")


def test_changes_need_no_identifier() -> None:
    assert UserChanges(city="Rosario").city == "Rosario"
    encoded = ChangesShape(262_144).encode(UserChanges(city="Rosario"))
    assert isinstance(encoded, Encoded)
    assert (encoded.body, encoded.key) == (b'{"city":"Rosario"}', "")


def test_the_order_of_fields_is_that_of_older_journals() -> None:
    """A journal compares digests of JSON, so with another order it would send all users again."""
    assert User.__struct_fields__[:2] == ("email", "document_type")
    assert User.__struct_fields__[23:27] == ("custom_attributes", "service_uid", "document", "telephone")
