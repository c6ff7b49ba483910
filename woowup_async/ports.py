"""The ports: what you may write yourself in place of ours, and the values that pass through them.

Room: nouns. Pure. A source yields records, a sink takes settled ones, a ledger remembers outcomes beyond a
process, a transport carries requests. `woowup_async.testing.contract` has a check for each.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable

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
            known, with the record's digest as their version; an accepted purchase makes them known, and changes no
            version; a user in doubt leaves the version of those that are known open. The identifiers of a user are
            one person's, whatever the outcome: so are the others that are given for a user who was refused or released.

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


class Opening(msgspec.Struct, frozen=True):
    """How a run begins in a ledger.

    Args:
        is_resumed: whether an unfinished run goes on.
        settled: records that it settled before.
        changed: source files that are not as they were when it began.
        damaged: rows that could not be read, and were set aside on opening.
        has_outbox: whether an outbox in this store holds records: then `settle` is also given what was `unchanged`.

    """

    is_resumed: bool = False
    settled: int = 0
    changed: tuple[str, ...] = ()
    damaged: int = 0
    has_outbox: bool = False


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
        the customer is known and the version is not; None if no customer is known under it.
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


class Request(msgspec.Struct, frozen=True):
    """One attempt, complete. `headers` hold the key: they are kept out of the repr, and so are customers' data.

    `may_leave`, where given, is asked once a connection is there and before bytes leave; if not, it is `NotSent`. So a
    run that stops while a connection is being made sends nothing over it.
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
    """The network as an ability: one request in, one answer out.

    Raises `NotSent` where surely no byte left, `ReplyLost` where bytes left and no complete answer came. A transport
    that makes requests wait, for a socket or a pace, also has `turn` (see `TakesTurns`).
    """

    async def send(self, request: Request) -> Response:
        """Exchange once."""
        ...

    async def aclose(self) -> None:
        """Give the sockets back."""
        ...


@runtime_checkable
class TakesTurns(Protocol):
    """What a transport may have beside: the wait for a request's turn, as a step of its own before `send`.

    A run that stops cancels this wait, and waits for the exchange itself. So nothing leaves after the stop.
    """

    def turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Wait for the turn at entry, and give the place back at exit, without another wait."""
        ...
