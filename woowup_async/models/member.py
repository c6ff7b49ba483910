"""Family members of a user: as sent, and as they come back.

Room: models. Pure. After the schema of the users page.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from woowup_async.models._answer import Answer
from woowup_async.models._base import Model
from woowup_async.models._fields import Birthdate, Email, Gender

#: Users page; `espose` is the vendor's spelling and must be sent as is (Q65). The bulk page lists only six (Q97).
Relationship = Literal[
    "son", "parent", "grandparent", "sibling", "friend", "espose", "grandson", "nephew", "pet_dog", "pet_cat", "pet",
    "other",
]  # fmt: skip
_NotEmpty = Annotated[str, msgspec.Meta(pattern=r"(?s)^.+\Z", extra={"expected": "text that is not empty"})]


class FamilyMember(Model):
    """One member of a user's family, known by `uid` and `relationship` together (code `family_member_duplicated`).

    `new_relationship` changes the relationship in an update; it stands in the schema only (Q95).
    """

    relationship: Relationship
    uid: _NotEmpty | None = None
    email: Email | None = None
    first_name: str | None = None
    last_name: str | None = None
    telephone: str | None = None
    birthdate: Birthdate | None = None
    address: str | None = None
    gender: Gender | None = None
    new_relationship: Relationship | None = None


class StoredMember(Answer, frozen=True, kw_only=True):
    """A member as the server returns it; keys can be absent (Q99)."""

    id: int | str | None = None
    uid: str | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    telephone: str | None = None
    birthdate: str | None = None
    address: str | None = None
    gender: str | None = None
    relationship: str | None = None
    relationship_text: str | None = None
