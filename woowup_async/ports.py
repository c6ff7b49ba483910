"""The ports: interfaces that you can implement yourself, and the values that pass through them.

Room: nouns. Pure. A source yields records. A sink takes settled records. A ledger stores outcomes, so that they survive
the process. A transport carries requests. `woowup_async.testing.contract` has a check for each.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from woowup_async._flow import Entity, Item, Record, Settled
from woowup_async.events import RunEvent
from woowup_async.outcomes import Outcome
from woowup_async.policies import Timeouts

#: Response headers, names in lower case.
Headers = Mapping[str, str]

#: Called with each event of a run, in the event loop. It must not block.
OnEvent = Callable[[RunEvent], None]


class Source(Protocol):
    """Yields records. `aiter(source)` starts again from the beginning."""

    def check(self) -> None:
        """Raise `SourceError` if it cannot be read, before anything is sent."""

    def __aiter__(self) -> AsyncGenerator[Record, None]:
        """Read from the start."""


@runtime_checkable
class Incremental(Protocol):
    """Optional methods of a source: it reads only what changed since the last finished run with the same journal.

    A run calls `begin` before it reads, `hold` for records, and `reached` at its end.
    """

    @property
    def progress_name(self) -> str | None:
        """The name under which a journal stores how far it was read; None if it reads everything."""

    def begin(self, noted: str | None) -> None:
        """Begin from what `reached` returned at the end of an earlier run; from the start if it is None."""

    def hold(self, record: Record) -> None:
        """Note that the next run must read a record again. Records of other sources are ignored."""

    def reached(self) -> str | None:
        """Return from where the next run must read; None if nothing is known."""


class Sink(Protocol):
    """Takes settled records. It is called in the event loop, so it must be quick."""

    def write(self, settled: Settled) -> None:
        """Take one settled record."""


class ModelRow(Protocol):
    """A model of pydantic, as a record."""

    def model_dump(self, *, by_alias: bool = ...) -> dict[str, Any]:
        """Return its fields by name."""


class TupleRow(Protocol):
    """A tuple with names, as a record: it returns its fields by name."""

    def _asdict(self) -> dict[str, Any]: ...


class State(StrEnum):
    """The last state of a record in a ledger."""

    IN_FLIGHT = "in_flight"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    RELEASED = "released"
    IN_DOUBT = "in_doubt"


class Entry(msgspec.Struct, frozen=True):
    """What a ledger knows about one record.

    Args:
        state: its last state.
        digest: of the bytes that were last sent.
        accepted: digest of the bytes that the server was last known to have; None if it never accepted any.
        doubt: digest of bytes that the server may have processed without an answer; b"" if there are several such
            contents; None if there is no doubt. Only an answer clears it.
        outcome: its outcome; None if it is not settled.
        is_this_run: whether the current run settled it, perhaps in an earlier process.
        is_elsewhere: whether another process has it under way now.

    """

    state: State
    digest: bytes
    accepted: bytes | None = None
    outcome: Outcome | None = None
    is_this_run: bool = False
    doubt: bytes | None = None
    is_elsewhere: bool = False


class Note(NamedTuple):
    """What a ledger stores about a settled record.

    Args:
        settled: the record and its outcome.
        digest: of the bytes that the outcome is about; b"" if the record was refused before it was sent.
        customers: identifiers (`name:value`) of the customer that the outcome is about. An accepted user makes them
            known, with the record's digest as their version. An accepted purchase makes them known and changes no
            version. A purchase that was rejected as `user_not_found` makes all identifiers of these people unknown.
            A user in doubt makes the version of known identifiers uncertain. The identifiers of a user belong to one
            person, whatever the outcome. This includes other identifiers given for a refused or released user.

    """

    settled: Settled
    digest: bytes
    customers: tuple[str, ...] = ()


class Mark(NamedTuple):
    """The size and date of a source file when a run began."""

    path: str
    size: int
    modified: float


class Known(NamedTuple):
    """How many identifiers of customers a ledger knows: of accepted users, and those that only purchases named."""

    of_users: int = 0
    of_purchases: int = 0


class Opening(msgspec.Struct, frozen=True):
    """How a run begins in a ledger.

    Args:
        is_resumed: whether it continues an unfinished run.
        settled: records that the unfinished run settled.
        changed: source files that have changed since the unfinished run began.
        damaged: rows that could not be read and were set aside on opening.
        has_outbox: whether an outbox in this ledger has records. Then `settle` also gets `unchanged` records.

    """

    is_resumed: bool = False
    settled: int = 0
    changed: tuple[str, ...] = ()
    damaged: int = 0
    has_outbox: bool = False


class Ledger(Protocol):
    """Stores outcomes, so that they survive the process. Each call is one durable step about many records.

    Async calls may wait, and must not block the event loop. The others return at once. All raise `JournalError` if the
    ledger cannot be read or written. A run waits for `settle` even while it is being cancelled. If several processes
    write to a ledger, a record belongs to the one that claimed it, until it is settled or that process is gone.
    """

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, or continue the unfinished one."""

    async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up that are about to be claimed, in the order of the keys."""

    async def peek(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up, as `find` does, for someone who only asks. It changes nothing, also for a later `claim`."""

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        """Claim items before they wait for a permit. Return the keys that another process has or has settled since."""

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note that claimed items are about to be sent, if the claim does not say so, and the limiter's memory."""

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Store outcomes. In the same step, remove `delivered`, the numbers of records that came from an outbox.

        From an outbox, an accepted record also removes older records with its key. A user stays there as long as an
        older record of the same person does, so that both are sent again in order.
        """

    def defer(self, notes: Sequence[Note], delivered: Sequence[int] = ()) -> None:
        """Store records that were refused before they were sent, at once or with the next step."""

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each identifier: the digest of the user that was last accepted for its person.

        Identifiers of one record, and all spellings of an e-mail address, belong to one person. A version is b"" if the
        customer is known and the version is not, and None if no customer has this identifier.
        """

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names for the people with the identifiers of each record. No name equals an identifier."""

    async def known_customers(self) -> Known:
        """Count the identifiers of known customers."""

    async def recall(self) -> bytes:
        """Return the limiter's memory that `mark` or `settle` last stored; b"" if there is none."""

    async def finish(self) -> None:
        """Note that this process has finished the run."""


class KeepsNotes(Protocol):
    """Optional methods of a ledger: texts by name, for people and for sources that read only what changed."""

    def note(self, name: str, value: str) -> None:
        """Store a text, in place of the one that has this name, at once or with the next step."""

    async def noted(self, name: str) -> str | None:
        """Return the text with this name."""


class Request(msgspec.Struct, frozen=True):
    """One attempt, complete. `headers` contain the key, so the repr shows neither them nor customers' data.

    If `may_leave` is given, the transport calls it when the connection is open and before it sends bytes. If it returns
    False, the transport raises `NotSent`. So a run that stops while a connection is being made sends nothing over it.
    """

    endpoint: str
    method: str
    url: str
    headers: Headers
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeouts: Timeouts = Timeouts()
    may_leave: Callable[[], bool] | None = None

    def __repr__(self) -> str:
        return f"Request({self.endpoint!r}, {self.method!r}, {self.url!r})"


class Response(msgspec.Struct, frozen=True):
    """One HTTP answer, complete. Header names are in lower case."""

    status: int
    headers: Headers
    body: bytes


class Transport(Protocol):
    """Sends one request and returns one answer.

    Raises `NotSent` if certainly no byte was sent, and `ReplyLost` if bytes were sent and no complete answer came. A
    transport in which requests wait, for a socket or a pace, also has `turn` (see `TakesTurns`).
    """

    async def send(self, request: Request) -> Response:
        """Send a request once and return the answer."""

    async def aclose(self) -> None:
        """Close the sockets."""


@runtime_checkable
class TakesTurns(Protocol):
    """An optional method of a transport: a separate step before `send`, in which a request waits for its turn.

    A run that stops cancels this wait, but waits for an exchange to end. So nothing is sent after the stop.
    """

    def turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Wait for the turn on entry. On exit, give it back without waiting."""
