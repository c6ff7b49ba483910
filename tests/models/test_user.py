"""`User` and what the server sends back."""

import json
from datetime import date, datetime
from typing import Any

import msgspec
import pytest

from tests.support.official import sample
from woowup_async.errors import InvalidRecord
from woowup_async.models import StoredUser, User


def test_official_example_round_trips() -> None:
    example = sample("user")

    user = msgspec.json.decode(json.dumps(example).encode(), type=User)

    assert json.loads(msgspec.json.encode(user)) == example


def test_needs_an_identifier_at_construction_and_at_decode() -> None:
    with pytest.raises(InvalidRecord, match="at least one of service_uid, email, document, telephone"):
        User(first_name="Ana")
    with pytest.raises(msgspec.ValidationError, match="at least one of"):
        msgspec.json.decode(b'{"first_name": "Ana"}', type=User)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ana"), ("gender", "femenino"), ("country", "AR"), ("marital_status", "committed"),
        ("birthdate", "01/02/1990"), ("mailing_enabled", True), ("sms_disabled_reason", "unsuscribe"), ("points", 1.5),
        ("custom_attributes", []), ("birthdate", datetime(2020, 1, 1)),  # noqa: DTZ001
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
