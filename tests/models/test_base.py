"""Every request model is checked completely when it is built and quickly when it is decoded. It is frozen."""

import copy
import json
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.errors import InvalidRecord
from woowup_async.models import FamilyMember, Purchase, User
from woowup_async.models._base import Model, bare, without_absent


def test_all_reasons_come_at_once() -> None:
    with pytest.raises(InvalidRecord) as raised:
        User(gender="x", birthdate="1700-01-01")
    assert {reason.path for reason in raised.value.reasons} == {"", "gender", "birthdate"}


def test_moments_are_written_in_utc_and_days_as_days() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=-3)))
    member = FamilyMember(relationship="son", birthdate=date(2020, 2, 29))
    assert member.birthdate == "2020-02-29"
    assert User(email="a@b.co", club_inscription_date=noon.astimezone(UTC).date()).club_inscription_date == "2026-03-01"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_a_copy_is_equal_and_is_not_checked_again(copied: Any) -> None:
    user = User(email="ana@b.co", tags="vip")
    assert copied(user) == user


def test_a_model_is_frozen() -> None:
    with pytest.raises(AttributeError):
        User(email="ana@b.co").email = "eva@b.co"


@given(st.dictionaries(st.sampled_from(["email", "document", "first_name"]), st.none() | st.text(max_size=6)))
def test_only_identifiers_are_dropped_and_only_if_they_have_no_value(fields: dict[str, Any]) -> None:
    kept = without_absent(fields)
    assert kept.items() <= fields.items()
    assert all(isinstance(fields[name], str) and name != "first_name" for name in fields.keys() - kept.keys())


@pytest.mark.parametrize("model", [User, Purchase])
def test_the_bare_twin_refuses_nulls_and_unknown_names_and_takes_the_same_fields(model: type[Model]) -> None:
    twin = bare(model)
    assert {field.name for field in msgspec.structs.fields(twin)} == set(model.__struct_fields__)
    for wrong in ({"email": None}, {"unknown": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(json.dumps({"email": "a@b.co"} | wrong).encode(), type=twin)


def test_a_decoded_user_without_an_identifier_is_refused_too() -> None:
    with pytest.raises(msgspec.ValidationError, match="needs at least one"):
        msgspec.json.decode(b'{"first_name": "Ana"}', type=User)
