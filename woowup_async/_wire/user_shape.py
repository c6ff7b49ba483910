"""Users: how they are checked, keyed and encoded.

Room: _wire. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._wire.checks import has_no_identifier, is_json
from woowup_async._wire.plain import plain
from woowup_async._wire.rows import fields_of
from woowup_async._wire.shape import Encoded, Shape, loose
from woowup_async.models._base import IDENTIFIERS
from woowup_async.models._calendar import is_birthdate, is_loose_date
from woowup_async.models._clear import CLEAR
from woowup_async.models._countries import COUNTRY_CODES
from woowup_async.models.user import User, UserChanges

#: The fields of a user that `salvage` keeps.
ESSENTIAL = (*IDENTIFIERS, "first_name", "last_name")


def with_clears(body: bytes) -> bytes | dict[str, Any]:
    """Read a body that was encoded here. A null in it is a `CLEAR`; in other JSON, a null means absent."""
    if b"null" not in body:
        return body
    fields: dict[str, Any] = loose.decode(body)
    cleared = {name: CLEAR for name, value in fields.items() if value is None}
    return fields | cleared if cleared else body


class UserShape(Shape):
    """Users, identified by the first of their identifiers."""

    model: ClassVar[type[UserChanges]] = User

    def salvaged(self, raw: object) -> Encoded | None:
        """Encode identifiers and names only. Return None if nothing else was there or the rest is refused, too."""
        try:
            fields, left_out = self._parted(raw)
        except FAILURES:  # not JSON, or a method of the record failed
            return None
        encoded = self.encode(fields)
        return (
            msgspec.structs.replace(encoded, left_out=left_out) if left_out and isinstance(encoded, Encoded) else None
        )

    def _parted(self, raw: object) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Return the fields that are kept of a user, and the names of the others."""
        given: Any = loose.decode(raw) if isinstance(raw, bytes | bytearray) else raw
        if isinstance(given, UserChanges):
            given = msgspec.structs.asdict(given)
        given = fields_of(given)
        read, _ = plain(given)
        kept = {name: read[name] for name in ESSENTIAL if read.get(name) is not None}
        return kept, tuple(name for name in read if name not in kept and given[name] is not None)

    def key(self, fields: Mapping[str, Any]) -> str:
        """Return `identifier:value`."""
        return next(f"{name}:{fields[name]}" for name in IDENTIFIERS if fields.get(name))

    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        born, joined, country = record.birthdate, record.club_inscription_date, record.country
        if has_no_identifier(record) or (born and not is_birthdate(born)) or (joined and not is_loose_date(joined)):
            return None
        if country and country not in COUNTRY_CODES:
            return None
        for name in IDENTIFIERS:
            if value := getattr(record, name):
                return Encoded(body, f"{name}:{value}")
        return None

    def _holds_json(self, record: Any) -> bool:
        return not record.custom_attributes or is_json(record.custom_attributes)

    def _rewrite(self, fields: dict[str, Any]) -> None:
        return


class ChangesShape(UserShape):
    """Changes of a user. The path names the user, so they need no identifier and have no key."""

    model = UserChanges

    def key(self, fields: Mapping[str, Any]) -> str:
        """Return no key: the path names the user."""
        return ""

    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        return None  # such calls are rare, so each record is examined
