"""Checks and encodes products, branches and families, and finds their keys.

Room: _wire. Pure. They are few compared with purchases, so every field of each is examined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from woowup_async._wire.checks import encoder, rejected
from woowup_async._wire.endpoint import base64_id
from woowup_async._wire.shape import Encoded, Shape, loose
from woowup_async.errors import Reason
from woowup_async.models._base import IDENTIFIERS, Model, without_absent
from woowup_async.models.identity import Identity
from woowup_async.models.member import FamilyMember
from woowup_async.models.product import Branch, Product
from woowup_async.outcomes import Rejected

#: The most members in one request (guessed, U34: the pages give no limit).
MOST_MEMBERS = 50


class Family(Model):
    """A user and members of the user's family. It is one record of `members=`."""

    identity: Identity
    members: list[FamilyMember]


class _ExaminedShape(Shape):
    """A kind of record that has every field examined."""

    def _plainly(self, body: bytes, record: Any) -> Encoded | None:
        return None

    def _holds_json(self, record: Any) -> bool:
        return False

    def _rewrite(self, fields: dict[str, Any]) -> None:
        return


class _NamedShape(_ExaminedShape):
    """A kind of record that is updated at a path with its name."""

    name: ClassVar[str]

    def key(self, fields: Mapping[str, Any]) -> str:
        """Return the record's name."""
        return str(fields[self.name])

    def _encoded(self, raw: object) -> Encoded | Rejected:
        encoded = super()._encoded(raw)
        if isinstance(encoded, Rejected):
            return encoded
        try:
            base64_id(encoded.key)
        except ValueError:
            return rejected("invalid", Reason(self.name, "expected printable text that is not '.' or '..'"))
        return encoded


class ProductShape(_NamedShape):
    """Products. The key is the `sku`."""

    model, name = Product, "sku"


class BranchShape(_NamedShape):
    """Branches. The key is the `name`."""

    model, name = Branch, "name"


class FamilyShape(_ExaminedShape):
    """Families. The key is the first identifier of the user."""

    model = Family

    def key(self, fields: Mapping[str, Any]) -> str:
        """Return `identifier:value`."""
        return next(f"{name}:{fields['identity'][name]}" for name in IDENTIFIERS if fields["identity"].get(name))

    def _encoded(self, raw: object) -> Encoded | Rejected:
        encoded = super()._encoded(raw)
        if isinstance(encoded, Encoded) and not loose.decode(encoded.body)["members"]:
            return rejected("invalid", Reason("members", "expected at least one member"))
        return encoded

    def _from_fields(self, given: Mapping[str, Any], raw: bytes | None) -> Encoded | Rejected:
        identity = given.get("identity")
        if isinstance(identity, Mapping) and (known := without_absent(identity)) != identity:
            return super()._from_fields({**given, "identity": known}, None)
        return super()._from_fields(given, raw)


class FamilyParts(msgspec.Struct, frozen=True):
    """The parts of a family's requests.

    Args:
        query: the user's identifiers.
        members: each encoded member.

    """

    query: tuple[tuple[str, str], ...]
    members: tuple[bytes, ...]

    def bulk_requests(self) -> Iterator[tuple[bytes, int]]:
        """Yield the body of each bulk request, and the number of its members."""
        for start in range(0, len(self.members), MOST_MEMBERS):
            part = self.members[start : start + MOST_MEMBERS]
            yield b"[" + b",".join(part) + b"]", len(part)


def family_parts(body: bytes) -> FamilyParts:
    """Read an encoded family."""
    fields = loose.decode(body)
    identity = fields["identity"]
    query = tuple((name, str(identity[name])) for name in IDENTIFIERS if identity.get(name))
    return FamilyParts(query, tuple(map(encoder.encode, fields["members"])))
