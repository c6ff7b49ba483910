"""Users: their keys, and salvage of refused users."""

import json
from typing import Any

import pytest

from woowup_async._wire.shape import Encoded
from woowup_async._wire.user_shape import ESSENTIAL, UserShape
from woowup_async.models import User
from woowup_async.models._base import IDENTIFIERS

SHAPE = UserShape(10_000)
FULL = {"service_uid": "s", "email": "ana@b.co", "document": "7", "telephone": "+541141234567"}


@pytest.mark.parametrize("first", range(4))
def test_the_key_is_the_first_identifier(first: int) -> None:
    names = IDENTIFIERS[first:]
    encoded = SHAPE.encode({name: FULL[name] for name in names})
    assert isinstance(encoded, Encoded)
    assert encoded.key == f"{names[0]}:{FULL[names[0]]}"


@pytest.mark.parametrize("as_bytes", [False, True])
def test_salvage_keeps_identifiers_and_names_and_says_what_it_left_out(as_bytes: bool) -> None:
    fields = FULL | {"first_name": "Ana", "birthdate": "1700-01-01", "gender": "x", "last_name": None}
    raw: Any = json.dumps(fields).encode() if as_bytes else fields
    saved = SHAPE.salvaged(raw)
    assert saved is not None
    assert set(json.loads(saved.body)) == {*FULL, "first_name"} <= set(ESSENTIAL)
    assert set(saved.left_out) == {"birthdate", "gender"}


@pytest.mark.parametrize("raw", [FULL, {"first_name": "Ana", "gender": "x"}, b"{", 7, None])
def test_nothing_is_salvaged_if_nothing_is_left_out_or_it_is_refused_again(raw: object) -> None:
    assert SHAPE.salvaged(raw) is None


def test_a_model_is_salvaged_too() -> None:
    saved = SHAPE.salvaged(User(email="ana@b.co", tags="vip"))
    assert saved is not None
    assert saved.left_out == ("tags",)
