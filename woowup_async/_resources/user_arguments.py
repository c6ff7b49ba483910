"""Checks the arguments of `woowup.users` and `woowup.legacy`, and creates users.

Room: _resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

from woowup_async._resources import endpoints
from woowup_async._resources.arguments import Params, day_of, identity_query, query_of, text_of, whole_of
from woowup_async._resources.base import Resource, encoded_or_raise
from woowup_async._wire.endpoint import Endpoint
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models.transaction import CONCEPTS, POINTS_CONCEPTS
from woowup_async.models.user import StoredUser, UserChanges


class Identifiers(TypedDict, total=False):
    """The identifiers of a user. At least one is required."""

    email: str | None
    document: str | None
    telephone: str | None
    service_uid: str | None


def query_of_identifiers(identity: Identifiers) -> Params:
    """Write keywords into a query.

    Raises:
        TypeError: a keyword is not an identifier, or a value is not a str.
        InvalidRecord: no identifier was given.

    """
    for name, value in identity.items():
        if name not in IDENTIFIERS:
            raise TypeError(f"{name!r} is not an identifier; expected one of {', '.join(IDENTIFIERS)}")
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be a str, got {value!r}: an int would lose leading zeros")
    return identity_query({name: value for name, value in identity.items() if isinstance(value, str)})


#: Fields that have another name in a request (Q64, Q82). The server may answer ok and change nothing.
_OF_ANSWERS = {"birthday": "birthdate (Q82)", "postal_code": "postcode (Q64)"}


def encoded_user(shape: UserShape, user: UserChanges | Mapping[str, Any] | bytes) -> bytes:
    """Encode one user of a direct call.

    Raises:
        InvalidRecord: it breaks the schema, or has a field that only answers have.

    """
    encoded = encoded_or_raise(shape, user)
    names = [name for name, _ in encoded.unknown if name in _OF_ANSWERS]
    if names:
        raise InvalidRecord(
            [Reason(name, f"is a field of answers; requests have {_OF_ANSWERS[name]}") for name in names]
        )
    return encoded.body


async def created_user(users: Resource, endpoint: Endpoint[StoredUser], body: bytes) -> StoredUser:
    """Create a user. If the repeat of a lost attempt finds that it exists, read it back."""
    created = await users._create(endpoint, body=body)
    if created is not None:
        return created
    identity: dict[str, str | None] = {name: value for name, _, value in map(_parted, identifiers_of(body))}
    found = await users._find(endpoints.USERS_FIND, params=identity_query(identity))
    return found or StoredUser()  # the user exists, but a search for these identifiers finds it only later


def _parted(identifier: str) -> tuple[str, str, str]:
    return identifier.partition(":")


def points_fields(points: float, concept: str, description: str | None) -> dict[str, Any]:
    """Check the fields of a change of points.

    Raises:
        TypeError: the points are not a whole number, or the description is not a str.
        ValueError: the concept is unknown.

    """
    if concept not in POINTS_CONCEPTS:
        raise ValueError(f"concept must be one of {', '.join(POINTS_CONCEPTS)}, got {concept!r}")
    return {"points": whole_of(points), "concept": concept, "description": text_of(description, "description")}


def transactions_query(concept: str | None, from_: date | str | None, to: date | str | None) -> Params:
    """Check the filters of a list of transactions.

    Raises:
        ValueError: the concept is unknown, or a text is not a day.

    """
    if concept is not None and concept not in CONCEPTS:
        raise ValueError(f"concept must be one of {', '.join(CONCEPTS)}, got {concept!r}")
    return query_of(concept=concept, from_=day_of(from_, "from_"), to=day_of(to, "to"))
