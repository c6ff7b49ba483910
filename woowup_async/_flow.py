"""What flows: record → item → batch, the events about them, and the ports at both ends.

Room: level 1, nouns. Pure. Sources make records, `_ingest` makes items and batches, sinks take what is settled.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any, Literal, NamedTuple, Protocol

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
# record can: its context may hold whoever holds its receipt.)


class Record(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """What a source yields, before validation.

    Args:
        position: where it came from.
        raw: a model, a mapping of JSON values, or the bytes of one JSON object; text or rows beside a `refusal`.
        rows: source rows that it was made of.
        refusal: set where the source itself refuses it (a broken line, a group that the mapping leaves out).
        changes: what cleaning did to it.
        notices: what is odd about it, to be counted.
        context: whatever its submitter wants to find again in events; the ingester keeps his context variables here.

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
        digest: 128 bits of them; b"" where nobody compares.
        left_out: fields of the record that are not in the body.
        customers: identifiers of its customer, as `name:value`; empty where nobody asks for them.

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


class Source(Protocol):
    """Anything that yields records: `aiter(source)` starts it anew."""

    def check(self) -> None:
        """Raise `SourceError` where it cannot be read, before anything is sent."""
        ...

    def __aiter__(self) -> AsyncGenerator[Record, None]:
        """Read from the start."""
        ...


class Sink(Protocol):
    """Anything that takes settled records. It is called in the event loop: be quick."""

    def write(self, settled: Settled) -> None:
        """Take one."""
        ...


class State(StrEnum):
    """Where a ledger saw a record last."""

    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RELEASED = "released"
    IN_DOUBT = "in_doubt"


class Entry(msgspec.Struct, frozen=True):
    """What a ledger knows of one record.

    Args:
        state: where it was seen last.
        digest: of the bytes that were last sent.
        accepted: digest of the bytes that the server was last known to have; None where it never accepted any.
        doubt: digest of bytes that the server may have processed without an answer; b"" where several contents may
            have been; None where there is no doubt. Only an answer clears it.
        outcome: how it was settled; None where it was not.
        is_this_run: whether the present run settled it, perhaps in an earlier process.

    """

    state: State
    digest: bytes
    accepted: bytes | None = None
    outcome: Outcome | None = None
    is_this_run: bool = False
    doubt: bytes | None = None


class Note(NamedTuple):
    """What a ledger keeps of a settled record.

    Args:
        settled: the record and its outcome.
        digest: of the bytes that the outcome is about; b"" where it was refused before it was sent.
        customers: identifiers (`name:value`) of the customer that the outcome is about. An accepted user makes them
            known, with his digest as their version; an accepted purchase makes them known, and changes no version;
            a user in doubt leaves the version of those that are known open.

    """

    settled: Settled
    digest: bytes
    customers: tuple[str, ...] = ()


class Mark(NamedTuple):
    """A source file as it was when a run began."""

    path: str
    size: int
    modified: float


class Known(NamedTuple):
    """How many identifiers of customers a ledger knows.

    Args:
        of_users: those of accepted users.
        of_purchases: those that only accepted purchases named.

    """

    of_users: int = 0
    of_purchases: int = 0


class Ledger(Protocol):
    """What remembers outcomes beyond a process. Called in the event loop, each call is one durable step.

    All of them raise `JournalError` where it cannot be read or written.
    """

    def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, or go on with the unfinished one."""
        ...

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        ...

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note that these are about to be sent, and what the limiter must not forget."""
        ...

    def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes; in the same step remove `delivered`, the numbers of records that came from an outbox.

        An accepted record takes older ones of its key out of an outbox in this store. A user stays in it while an older
        record of the same person does, so that both are sent again in their order.
        """
        ...

    def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each identifier: the digest of the user of that person who was accepted last.

        Identifiers that came in one record are one person's, and so are all ways to write one e-mail address. b"" where
        he is known and his version is not; None where nobody is known under it.
        """
        ...

    def people(self, customers: Sequence[str]) -> Sequence[str]:
        """Name the people whose identifiers these are, known or in doubt; none has a name that an identifier has."""
        ...

    def known_customers(self) -> Known:
        """Count the identifiers under which somebody is known."""
        ...

    def recall(self) -> bytes:
        """Return what `mark` and `settle` were last given for the limiter; b"" where nothing was."""
        ...

    def finish(self) -> None:
        """Note that the run came to its end."""
        ...


class Opening(msgspec.Struct, frozen=True):
    """How a run begins in a ledger.

    Args:
        is_resumed: whether an unfinished run goes on.
        settled: records that it settled before.
        changed: source files that are not as they were when it began.
        damaged: rows that could not be read, and were set aside on opening.

    """

    is_resumed: bool = False
    settled: int = 0
    changed: tuple[str, ...] = ()
    damaged: int = 0


#: Response headers, names in lower case.
Headers = Mapping[str, str]
