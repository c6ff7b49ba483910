"""What flows: record → item → batch, the events about them, and the ports at both ends.

Room: nouns. Pure. Sources make records, `_ingest` makes items and batches, sinks take what is settled.
"""

from __future__ import annotations

import hashlib
from enum import Enum, StrEnum
from typing import Any, Literal, NamedTuple

import msgspec

from woowup_async.outcomes import Outcome, Rejected


class Entity(StrEnum):
    """What a record is about."""

    USER = "user"
    PURCHASE = "purchase"


class Position(msgspec.Struct, frozen=True, order=True, gc=False):
    """Where a record came from: a source's name, and its number there (a file's line counts from 1)."""

    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.source}:{self.number}"


#: The source of records that came from an outbox; their numbers are the outbox's.
OUTBOX = "outbox"


class Change(NamedTuple):
    """A field that cleaning changed: from what, to what (None: it is not sent), and why."""

    field: str
    old: Any
    new: Any
    why: str


class Notice(NamedTuple):
    """Something odd about a record that does not keep it from being sent.

    `kind` is one word to count by, such as `repeated_row` or `total_differs`; `message` says where and what.
    """

    kind: str
    message: str


# A run makes these for each record. They are structs, since a frozen dataclass takes ten times as long to build; those
# that can be in no cycle are not tracked by the garbage collector, which else spends as much again on walking them. (A
# record can: its context may hold an object that holds its receipt.)


class Record(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What a source yields, before validation.

    Args:
        position: where it came from.
        raw: a model, a mapping of JSON values, or the bytes of one JSON object; text or rows beside a `refusal`.
        rows: source rows that it was made of.
        refusal: set where the source itself refuses it (a broken line, a group that the mapping leaves out).
        changes: what cleaning did to it.
        notices: what is odd about it, to be counted.
        context: what its submitter wants to find again in events; the ingester keeps the submitter's context variables
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
        record: what it was made of.
        key: what the server knows it by.
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
    """128 bits that stand for a body."""
    return hashlib.blake2b(body, digest_size=16).digest()


Cause = Literal["items", "bytes", "key", "linger", "flush", "split", "alone"]


class Route(Enum):
    """Which way to the server a record takes."""

    PLAIN = "plain"  # as if it were new
    REPLACE = "replace"  # the server has it otherwise: update
    OVERWRITE = "overwrite"  # the server may have it otherwise: create, then update what is there
    READ_BACK = "read_back"  # the server may have it: look, then create
    ASK = "ask"  # its user may be missing: by the endpoint that says so


class Batch(msgspec.Struct, frozen=True):
    """Sealed items that make one bulk request, and what sealed it."""

    items: tuple[Item, ...]
    cause: Cause
    route: Route = Route.PLAIN

    @property
    def body(self) -> bytes:
        """The JSON array to send."""
        return b"[" + b",".join([item.body for item in self.items]) + b"]"


class Settled(msgspec.Struct, frozen=True):
    """A record and its outcome: what `outcomes()` yields, sinks take and `on_event` hears."""

    entity: Entity
    record: Record
    key: str
    outcome: Outcome
