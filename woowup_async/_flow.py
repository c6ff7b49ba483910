"""What flows: record → item → batch, the events about them, and the ports at both ends.

Room: level 1, nouns. Pure. Sources make records, `_ingest` makes items and batches, sinks take what is settled.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, NamedTuple, Protocol

from woowup_async.outcomes import Outcome, Rejected


class Entity(StrEnum):
    """What a record is about."""

    USER = "user"
    PURCHASE = "purchase"


class Position(NamedTuple):
    """Where a record came from: a source's name, and its number there (a file's line counts from 1)."""

    source: str
    number: int

    def __str__(self) -> str:
        return f"{self.source}:{self.number}"


@dataclass(frozen=True, slots=True)
class Record:
    """What a source yields, before validation.

    Args:
        position: where it came from.
        raw: a model, a mapping of JSON values, or the bytes of one JSON object; text or rows beside a `refusal`.
        rows: source rows that it was made of.
        refusal: set where the source itself refuses it (a broken line, a group that the mapping leaves out).

    """

    position: Position
    raw: Any
    rows: int = 1
    refusal: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A validated and encoded record: its key, and the bytes that will be sent."""

    record: Record
    key: str
    body: bytes


Cause = Literal["items", "bytes", "key", "linger", "flush", "split"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Sealed items that make one bulk request, and what sealed it."""

    items: tuple[Item, ...]
    cause: Cause

    @property
    def body(self) -> bytes:
        """The JSON array to send."""
        return b"[" + b",".join([item.body for item in self.items]) + b"]"


@dataclass(frozen=True, slots=True)
class Settled:
    """A record and its outcome: what `outcomes()` yields, sinks take and `on_event` hears."""

    entity: Entity
    record: Record
    key: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class BatchSealed:
    """A batch is closed and waits for a sender."""

    items: int
    size_bytes: int
    cause: Cause


@dataclass(frozen=True, slots=True)
class RequestSent:
    """Bytes of a request left, and its exchange ended in one way or another."""

    endpoint: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ReplyReceived:
    """One exchange ended with an answer. `elapsed` is in seconds; `attempt` counts from 1."""

    endpoint: str
    attempt: int
    status: int
    code: str
    elapsed: float


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """An attempt failed and will be repeated after `delay` seconds."""

    endpoint: str
    attempt: int
    delay: float
    why: str


Event = Settled | BatchSealed | RequestSent | ReplyReceived | RetryScheduled


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


#: Response headers, names in lower case.
Headers = Mapping[str, str]
