"""A run that sends nothing: the same sources, checks, batches and routes, with a server that accepts everything.

Room: _planning. It counts the requests of a run, assuming that the account accepts everything.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import anyio.lowlevel
import anyio.to_thread
import msgspec

from woowup_async._clock import MonotonicClock
from woowup_async._flow import Entity, Item, Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._ingest.learned import NOTE, sizes_in
from woowup_async._ingest.rules.batching import Sizes
from woowup_async._ingest.rules.people import People, links_of
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.schema import stored
from woowup_async._journal.versions import Versions
from woowup_async._ledger.address import NoLedger, address_of
from woowup_async._ledger.opening import Place, opened_reader
from woowup_async._limiting.permit import Permit
from woowup_async._planning.curve import Curve, Soon
from woowup_async._planning.shared_identifiers import SharedIdentifiers
from woowup_async._planning.unknown_customers import Census, UnknownCustomers
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.sender import Sender
from woowup_async.events import BatchSealed, RequestSent, RunEvent
from woowup_async.outcomes import Accepted, Report
from woowup_async.policies import Lane
from woowup_async.ports import Entry, Known, Mark, Note, OnEvent, Opening, Request, Response, State

if TYPE_CHECKING:
    from woowup_async._ledger.reader import PostgresReader

T = TypeVar("T")
_OK = Response(200, {}, b'{"payload": [], "message": "", "code": "ok"}')


@dataclass(slots=True)
class DryRun:
    """The result of a dry run.

    Attributes:
        report: the report of a run on an account that accepts everything.
        requests: counts by endpoint.
        batches: requests of purchases, in bulk or alone.
        bulk_items: their items.
        size_bytes: bytes of their items.
        learned: how large bulk requests may be, as the journal knows from earlier runs.
        shared: numbers and identifiers that several records have.
        unknown_customers: purchases whose customer is not among the users.
        census: collects the data for `unknown_customers`.
        curve: collects the data for `soon`; None if it is not wanted.
        soon: how soon the last year's revenue is on the account; None without users or without purchases.

    """

    report: Report = field(default_factory=Report)
    requests: Counter[str] = field(default_factory=Counter)
    batches: int = 0
    bulk_items: int = 0
    size_bytes: int = 0
    learned: Sizes | None = None
    shared: SharedIdentifiers = field(default_factory=SharedIdentifiers)
    unknown_customers: UnknownCustomers = field(default_factory=UnknownCustomers)
    census: Census = field(default_factory=Census)
    curve: Curve | None = None
    soon: Soon | None = None

    def hear(self, event: RunEvent) -> None:
        """Count an event."""
        if isinstance(event, RequestSent):
            self.requests[event.endpoint] += 1
        elif isinstance(event, BatchSealed):
            self.batches += 1
            self.bulk_items += event.items
            self.size_bytes += event.size_bytes
        elif isinstance(event, Settled) and isinstance(event.outcome, Accepted):
            self.shared.see(event)
            self.census.see(event)
            if self.curve is not None:
                self.curve.see(event)


async def dry_run(
    policy: RunPolicy,
    inputs: Inputs,
    per_hour: float | None = None,
    account: Callable[[bytes], bytes] | None = None,
) -> DryRun:
    """Read all sources without sending. A journal is read but not written. Dead letters are written.

    Args:
        policy: the settings of the run.
        inputs: the sources, and the journal.
        per_hour: requests that the account allows, to estimate how soon the revenue is there.
        account: turns a salt into the mark of the account. Without it, a ledger on a server seems to be empty, and
            forgotten records of a file seem to be new.

    Raises:
        JournalError: the file is not a journal.
        SourceError: a source cannot be read.

    """
    place = _place(inputs.journal)
    sender = Sender("", ApiKey("dry-run"), Willing(), Free(), MonotonicClock(), "dry-run")
    with ExitStack() as stack:
        before = None if place is None else _opened(place, account)
        if before is not None:
            stack.enter_context(closing(before))
        overlay = stack.enter_context(closing(_Overlay(before)))
        census = stack.enter_context(closing(Census(before.known_customers().of_users if before else 0)))
        curve = stack.enter_context(closing(Curve())) if per_hour is not None else None
        result = DryRun(census=census, curve=curve, learned=sizes_in(before.noted(NOTE)) if before else None)
        ledger = overlay if place is not None else None
        given = msgspec.structs.replace(inputs, journal=ledger, on_event=_both(result.hear, inputs.on_event))
        result.report = await ingest(sender, policy, given)
        result.shared.close()
        result.unknown_customers = census.count(before.versions if before else None)
        if curve is not None and per_hour is not None:
            result.soon = curve.count(per_hour, result.batches / max(1, result.bulk_items))
    return result


def _place(journal: object) -> Place | None:
    if (address := address_of(journal)) is not None:
        return address
    return None if journal is None else Path(str(journal))


def _opened(place: Place, account: Callable[[bytes], bytes] | None) -> JournalReader | PostgresReader | None:
    """Open a journal. Return None if the first run will make it."""
    if isinstance(place, Path):
        return opened_reader(place, account) if place.exists() else None
    with suppress(NoLedger):
        return opened_reader(place, account or _no_account)
    return None


def _no_account(salt: bytes) -> bytes:
    """Return a mark that no account has. A reader without a mark would see all accounts."""
    return b""


def _both(hear: OnEvent, also: OnEvent | None) -> OnEvent:
    if also is None:
        return hear

    def both(event: RunEvent) -> None:
        hear(event)
        also(event)

    return both


class Willing:
    """A transport that always answers ok."""

    async def send(self, request: Request) -> Response:
        await anyio.lowlevel.checkpoint()
        return _OK

    async def aclose(self) -> None:
        """Do nothing."""


class Free:
    """An admission that never waits."""

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        return Permit(self, lane, self)

    def observe(self, spent: object, lane: Lane, status: int, headers: object) -> None:
        """Do nothing."""

    def forgo(self, spent: object, lane: Lane, *, was_sent: bool) -> None:
        """Do nothing."""


class _Overlay:
    """A journal that is only read. What a run would add to it is in SQLite's private temporary file."""

    def __init__(self, reader: JournalReader | PostgresReader | None) -> None:
        self._reader, self._added = reader, sqlite3.connect("", isolation_level=None)
        self.answers_at_once = reader is None or isinstance(reader, JournalReader)
        self.peek = self.find
        self._added.execute("PRAGMA journal_mode = OFF")
        self._added.execute(
            "CREATE TABLE added (entity TEXT, key TEXT, digest BLOB, is_open INTEGER, PRIMARY KEY (entity, key))"
            " WITHOUT ROWID"
        )
        self._versions = Versions()
        self._people = People(self._versions)

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        return self._reader.opening() if self._reader else Opening()

    async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        added = [self._added_entry(entity, key) for key in keys]
        if self._reader is None or all(added):
            return added
        missing = [key for key, entry in zip(keys, added) if entry is None]
        before = dict(zip(missing, await self._read(self._reader.find_all, entity, missing)))
        return [before[key] if entry is None else entry for key, entry in zip(keys, added)]

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        return ()

    def _added_entry(self, entity: Entity, key: str) -> Entry | None:
        query = "SELECT digest, is_open FROM added WHERE entity = ? AND key = ?"
        row = self._added.execute(query, (entity, stored(key))).fetchone()
        if row is None:
            return None
        digest, is_open = row
        return Entry(State.ACCEPTED, digest, digest, Accepted("unconfirmed" if is_open else "queued"), is_this_run=True)

    async def _read(self, look: Callable[..., T], *arguments: Any) -> T:
        """Read the journal: a file at once, a server in a thread."""
        if self.answers_at_once:
            return look(*arguments)
        return await anyio.to_thread.run_sync(look, *arguments)

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Do nothing, since nothing is sent."""

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        rows = []
        accepted = [note for note in notes if note.digest and isinstance(note.settled.outcome, Accepted)]
        users = [note.customers for note in accepted if note.settled.entity is Entity.USER]
        before = dict(zip(users, await self._before(users)))
        for settled, digest, customers in accepted:
            is_open = isinstance(settled.outcome, Accepted) and settled.outcome.effect == "unconfirmed"
            rows.append((settled.entity, stored(settled.key), digest, is_open))
            if settled.entity is Entity.USER:
                self._people.accept(customers, digest, before[customers])
            else:
                self._people.confirm(customers)
        self._added.executemany("INSERT OR REPLACE INTO added VALUES (?, ?, ?, ?)", rows)

    def defer(self, notes: Sequence[Note], delivered: Sequence[int] = ()) -> None:
        """Do nothing, since refused records are not looked up."""

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        now = self._people.versions(customers)
        if self._reader is None:
            return now
        before = await self._read(self._reader.versions, customers)
        known = [(each,) for each, version, old in zip(customers, now, before) if version is None and old is not None]
        names = dict(zip(known, await self._before(known)))
        return [
            self._version_now(each, old, names[each,]) if version is None and old is not None else version
            for each, version, old in zip(customers, now, before)
        ]

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        before = await self._before(records)
        return [[*names, *self._people.people((*each, *names))] for each, names in zip(records, before)]

    async def known_customers(self) -> Known:
        return await self._read(self._reader.known_customers) if self._reader else Known()

    def _version_now(self, customer: str, old: bytes, names: Sequence[str]) -> bytes:
        """Return the version of a known customer, which this dry run may have changed under another identifier."""
        version = self._people.version_of_any((*links_of((customer,)), *names))
        return old if version is None else version

    async def _before(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return the names that the journal has for the person of each record."""
        if self._reader is None or not records:
            return [()] * len(records)
        people = self._reader.people
        return await self._read(lambda: [people(each) for each in records])

    async def recall(self) -> bytes:
        return b""

    async def noted(self, name: str) -> str | None:
        return await self._read(self._reader.noted, name) if self._reader else None

    def note(self, name: str, value: str) -> None:
        """Do nothing, since the journal is only read."""

    async def finish(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        self._added.close()
        self._versions.close()
