"""The values that pass through a run: record → item → batch → settled record.

Room: nouns. Pure. Sources make records, `_ingest` makes items and batches, and sinks take settled records.
"""

from __future__ import annotations

import hashlib
from enum import Enum, StrEnum
from typing import Any, Literal, NamedTuple

import msgspec

from woowup_async.outcomes import Outcome, Rejected


class Entity(StrEnum):
    """What a record is about, in the order in which a run sends them: each may name those before it."""

    PRODUCT = "product"
    BRANCH = "branch"
    USER = "user"
    MEMBER = "member"  # a user with members of the user's family
    PURCHASE = "purchase"

    @property
    def plural(self) -> str:
        """The name of a source of them."""
        return "branches" if self is Entity.BRANCH else f"{self.value}s"


#: What an ingester and the command take.
PUSHED = (Entity.USER, Entity.PURCHASE)


class Position(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record came from: the name of a source, and a number in it (lines of a file count from 1)."""

    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.source}:{self.number}"


#: The source of records from an outbox. Their numbers are those of the outbox.
OUTBOX = "outbox"


class Change(NamedTuple):
    """A field that cleaning changed: the old value, the new one (None: it is not sent), and the reason."""

    field: str
    old: Any
    new: Any
    why: str


class Notice(NamedTuple):
    """Something unusual about a record, which is sent anyway.

    `kind` is one word to count by, such as `repeated_row` or `total_differs`; `message` says where and what.
    """

    kind: str
    message: str


# A run makes these for each record. They are structs, since a frozen dataclass takes ten times as long to build. The
# garbage collector would need as much time again to visit them, so it does not track structs that cannot be in a cycle.
# (A record can be in a cycle: its context may have an object that has its receipt.)


class Record(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What a source yields, before validation.

    Args:
        position: where it came from.
        raw: a model, a mapping of JSON values, or the bytes of one JSON object. With a `refusal`, text or rows.
        rows: the number of source rows that it was made from.
        refusal: set if the source itself refuses it (a broken line, a group that the mapping leaves out).
        changes: what cleaning changed in it.
        notices: unusual things about it, to be counted.
        context: a value that the submitter wants to find in events. The ingester puts the submitter's context variables
            here.

    """

    position: Position
    raw: Any
    rows: int = 1
    refusal: Rejected | None = None
    changes: tuple[Change, ...] = ()
    notices: tuple[Notice, ...] = ()
    context: Any = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A validated and encoded record.

    Args:
        record: the record that it was made from.
        key: what the server identifies it by.
        body: the bytes that will be sent.
        digest: 128 bits of them; b"" if they are not compared.
        left_out: fields of the record that are not in the body.
        customers: identifiers of its customer, as `name:value`; empty if they are not needed.

    """

    record: Record
    key: str
    body: bytes
    digest: bytes = b""
    left_out: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()


def digest_of(body: bytes) -> bytes:
    """Return a hash of 128 bits for a body."""
    return hashlib.blake2b(body, digest_size=16).digest()


Cause = Literal["items", "bytes", "key", "linger", "flush", "split", "alone"]


class Route(Enum):
    """How a record is sent."""

    PLAIN = "plain"  # as a new record
    REPLACE = "replace"  # the server has other content: update
    OVERWRITE = "overwrite"  # the server may have other content: create, and update if it exists
    READ_BACK = "read_back"  # the server may have it: look it up, then create it
    ASK = "ask"  # its user may be missing: by the endpoint that says so


class Batch(msgspec.Struct, frozen=True):
    """The items of one bulk request, and what sealed the batch."""

    items: tuple[Item, ...]
    cause: Cause
    route: Route = Route.PLAIN

    @property
    def body(self) -> bytes:
        """The JSON array to send."""
        if not self.items:
            return b"[]"
        parts = [item.body for item in self.items]
        parts[0] = b"[" + parts[0]
        parts[-1] += b"]"
        return b",".join(parts)  # brackets around the whole would copy it twice more


class Settled(msgspec.Struct, frozen=True):
    """A record and its outcome: `outcomes()` yields it, and sinks and `on_event` get it."""

    entity: Entity
    record: Record
    key: str
    outcome: Outcome
