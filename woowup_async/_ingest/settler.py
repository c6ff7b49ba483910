"""Settles records: writes each outcome to the journal first, then announces it.

Room: _ingest. Every outcome passes through here: `intake` settles records that need no request, `users`, `purchases`
and `catalogue` those that were sent, and `faces` the rest when a run ends. It waits only for the journal.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from woowup_async._clock import Signal
from woowup_async._flow import OUTBOX, Entity, Item, Record, Settled
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.customers import Customers, customers_of, names_together, together
from woowup_async._ingest.rules.history import doubt_of
from woowup_async._ingest.rules.people import linked_by
from woowup_async._ingest.rules.seen_purchases import SeenPurchases
from woowup_async._ingest.rules.seen_users import SeenUsers
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.verdicts import UNCONFIRMED, twin_of
from woowup_async._ingest.storing import Storing, failure_of
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Entry, Ledger, Note

_log = logging.getLogger("woowup_async.ingest")


class Settler(msgspec.Struct):
    """Gives each record its one outcome.

    Args:
        storing: calls the ledger; None without one.
        seen: purchases of this run, used if there is no ledger.
        seen_users: users of this run, used if there is no ledger.
        customers: what is known about customers.
        unsettled: items that were taken in and have no outcome.
        announcer: passes outcomes on.
        is_lasting: whether the run has no known end. Then its memory is bounded.
        has_outbox: whether the ledger has an outbox with records.

    Attributes:
        changed: rings when records were settled.
        failure: the first error of the journal or the sink. It ends the run.

    """

    storing: Storing | None
    seen: SeenPurchases
    seen_users: SeenUsers
    customers: Customers
    unsettled: Unsettled
    announcer: Announcer
    is_lasting: bool = False
    has_outbox: bool = False
    changed: Signal = msgspec.field(default_factory=Signal)
    failure: WoowUpError | None = None
    _about_customers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    @property
    def ledger(self) -> Ledger | None:
        """The journal or another ledger; None without one."""
        return self.storing.ledger if self.storing is not None else None

    def confirm(self, item: Item) -> None:
        """Note that the server has the customer of a purchase, as its answer proves."""
        self.unsettled.confirm(item)
        if customers := customers_of(item):
            self.customers.confirm(customers)
            if self.storing is not None:
                self._about_customers[item.key] = (together(customers),)

    def miss(self, item: Item) -> None:
        """Note that the server knows no customer by the identifiers of a purchase: its answer says so."""
        customers = customers_of(item)
        self.customers.miss(customers)
        self.unsettled.miss(customers)
        if self.storing is not None:
            self._about_customers[item.key] = names_together(customers)

    async def settle(self, entity: Entity, items: Sequence[Item], outcome: Outcome) -> None:
        """Settle items, and identical ones that share their outcome.

        If an item may have been processed before, `Released` becomes `InDoubt`. If an item is queued and its customer
        is not known to exist, it becomes unconfirmed.

        Raises:
            WoowUpError: the journal or a sink failed. The outcomes were announced anyway.

        """
        outcomes = self._own(items, outcome)
        settled = [
            _settled(entity, item, own) if item.left_out else Settled(entity, item.record, item.key, own)
            for item, own in zip(items, outcomes)
        ]
        notes = self._notes(entity, items, settled) if self.storing is not None else ()
        joined = self.unsettled.leave(items, is_held=self.storing is not None and not self.storing.answers_at_once)
        own_of = {item.key: own for item, own in zip(items, outcomes)} if joined else {}
        taken = [*items]
        for first, twins in joined:
            own = own_of[first.key]
            settled += [_settled(entity, twin, twin_of(own)) for twin in twins]
            taken += twins
            if entity is Entity.USER and self.storing is not None:  # each may leave an outbox
                notes = [*notes, *(_note_of_user(_settled(entity, twin, own), twin) for twin in twins)]
            self.announcer.counts.save("merged", len(twins))
        self._remember(entity, items, outcomes)
        try:
            await self._write(settled, notes, taken)
        finally:
            self.unsettled.close(items)
            self.changed.ring()

    async def settle_known(self, entity: Entity, item: Item, outcome: Outcome, entry: Entry | None = None) -> None:
        """Settle an item that needs no request. The journal already has it, as `entry`."""
        if entity is Entity.USER:
            self.customers.note_user(item.customers, outcome, item.digest)
        settled = [_settled(entity, item, outcome)]
        # it is noted again, so that older versions of it leave the outbox too
        is_noted = isinstance(outcome, Accepted) and (self.has_outbox or self._is_from_outbox(item.record))
        before = entry.outcome if entry is not None and entry.outcome is not None else outcome
        noted = [Settled(entity, item.record, item.key, before)]  # `present` stays `present`
        await self._write(settled, self._notes(entity, (item,), noted) if is_noted else (), (item,))

    def settle_refused(self, entity: Entity, record: Record, outcome: Rejected, customers: tuple[str, ...]) -> None:
        """Settle a record that local checks refused. `customers`: the identifiers that can be read from it."""
        settled, linked = Settled(entity, record, "", outcome), linked_by(customers, outcome)
        try:  # the journal may fail
            names = self._names_of(linked) if len(linked) > 1 else ()
            if entity is Entity.USER:
                self.customers.note_user(customers, outcome, b"")
        finally:
            self._defer(settled, Note(settled, b"", linked))
        if names:  # this may show that a user under way is the same person
            self.unsettled.join_users(names, self._names_of(linked))

    async def release(self, why: str) -> None:
        """Settle all unsettled items when the run ends. An error of the journal or sink is logged."""
        await self._release(list(self.unsettled.leftovers(why)))

    async def release_unopened(self, items: Iterable[tuple[Entity, Item]], why: str) -> None:
        """Settle items that were never taken in. An earlier process may have sent the same content."""
        given = list(items)
        outcomes = await self._unopened([(entity, item.key, item.digest) for entity, item in given], why)
        await self._release([(entity, item, outcome) for (entity, item), outcome in zip(given, outcomes)])

    async def remaining(self, entity: Entity, key: str, digest: bytes) -> Outcome:
        """Return the outcome of a record that stays in an outbox. An earlier process may have sent the same content."""
        why = "the ingester ended before it was sent: it stays in the outbox"
        return (await self._unopened([(entity, key, digest)], why))[0]

    async def settle_open(self, entity: Entity, item: Item, outcome: Outcome) -> None:
        """Settle an item that was taken in, and that another process has sent meanwhile. The ledger has its outcome."""
        settled, taken = [_settled(entity, item, outcome)], [item]
        for _, twins in self.unsettled.leave((item,), is_held=True):
            settled += [_settled(entity, twin, twin_of(outcome)) for twin in twins]
            taken += twins
        if entity is Entity.USER:
            self.customers.note_user(item.customers, outcome, item.digest)
        try:
            await self._write(settled, (), taken)
        finally:
            self.unsettled.close((item,))
            self.changed.ring()

    async def is_known(self, customers: tuple[str, ...]) -> bool:
        """Return whether the server has a customer, as `Customers.is_known` does. The ledger is asked."""
        if self.storing is not None and not self.customers.remembers(customers):
            await self.storing.look_up_customer(customers)
        return self.customers.is_known(customers)

    def _names_of(self, customers: tuple[str, ...]) -> tuple[str, ...]:
        return self.customers.names_of(customers) if self.storing is None else self.storing.names_now(customers)

    def _own(self, items: Sequence[Item], outcome: Outcome) -> Sequence[Outcome]:
        """Return the outcome of each item of a request, from the outcome of the request."""
        unsettled = self.unsettled
        if isinstance(outcome, Released):
            doubt = InDoubt(f"sent before without an answer; then: {outcome.why}")
            return [doubt if unsettled.is_doubtful(item) else outcome for item in items]
        if isinstance(outcome, Accepted) and outcome.effect == "queued" and (unconfirmed := unsettled.unconfirmed):
            return [UNCONFIRMED if item.key in unconfirmed else outcome for item in items]
        return [outcome] * len(items)

    def _notes(self, entity: Entity, items: Sequence[Item], settled: Sequence[Settled]) -> Sequence[Note]:
        """Return notes for the ledger, with the customers if the outcome says something about them."""
        if entity is Entity.USER:
            return [_note_of_user(one, item) for one, item in zip(settled, items)]
        if not self._about_customers:
            return [Note(one, item.digest) for one, item in zip(settled, items)]
        return [Note(one, item.digest, self._about_customers.pop(item.key, ())) for one, item in zip(settled, items)]

    def _remember(self, entity: Entity, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        if entity is Entity.USER:
            for item, outcome in zip(items, outcomes):
                self.customers.note_user(item.customers, outcome, item.digest)
                if self.storing is None:
                    self.seen_users.note(item, outcome)
        elif self.storing is None and entity is Entity.PURCHASE:
            self.seen.note(items, outcomes)
        elif self.storing is None:
            for item, outcome in zip(items, outcomes):
                self.seen.note_other(entity, item, outcome)

    async def _unopened(self, records: Sequence[tuple[Entity, str, bytes]], why: str) -> list[Outcome]:
        """Return the outcomes of records that were not sent, from their keys and digests."""
        try:
            doubts = await self._doubts_of(records)
        except Exception:  # a journal that failed cannot tell whether they were sent before
            return [InDoubt(why)] * len(records)
        return [
            InDoubt(why) if doubt in (digest, b"") else Released(why) for (_, _, digest), doubt in zip(records, doubts)
        ]

    async def _doubts_of(self, records: Sequence[tuple[Entity, str, bytes]]) -> list[bytes | None]:
        """Return the contents that may have been processed; b"" for several, None for none."""
        if self.storing is None:
            return [self._doubt_of(entity, key) for entity, key, _ in records]
        entries = await self.storing.find([(entity, key) for entity, key, _ in records])
        return [None if entry is None else doubt_of(entry) for entry in entries]

    def _doubt_of(self, entity: Entity, key: str) -> bytes | None:
        """Return the same for one record of a run without a ledger."""
        if entity is Entity.USER:
            return self.seen_users.doubt_of(key)
        entry = self.seen.find(key) if entity is Entity.PURCHASE else self.seen.find_other(entity, key)
        return None if entry is None else doubt_of(entry)

    async def _release(self, outcomes: Iterable[tuple[Entity, Item, Outcome]]) -> None:
        released = [(_settled(entity, item, outcome), item) for entity, item, outcome in outcomes]
        notes = [
            _note_of_user(one, item) if one.entity is Entity.USER else Note(one, item.digest) for one, item in released
        ]
        try:
            await self._write([note.settled for note in notes], notes, [item for _, item in released])
        except WoowUpError as error:  # the run ends anyway, and all outcomes were announced
            _log.warning("%s", error)

    async def _write(self, settled: Sequence[Settled], notes: Sequence[Note], items: Sequence[Item]) -> None:
        """Give outcomes to the sink, write them to the journal, then announce each one once, even if one step fails.

        The sink is first: a rejected record leaves an outbox with its note, and the sink must have it by then. A
        cancellation that comes meanwhile is raised at the end.
        """
        failure: WoowUpError | None = None
        not_filed, cancelled = self.announcer.file(settled, items), None
        if self.storing is not None:
            try:
                await self.storing.store(notes, tuple(self._delivered(settled)))
            except CancelledError as error:
                cancelled = error
            except Exception as error:
                failure = failure_of(error)
        self._announce(settled, failure, not_filed)
        if cancelled is not None:
            raise cancelled

    def _defer(self, settled: Settled, note: Note) -> None:
        """Do the same for a record that was refused. The journal may write it later."""
        failure: WoowUpError | None = None
        not_filed = self.announcer.file((settled,))
        if self.storing is not None:
            try:
                self.storing.defer(note, tuple(self._delivered((settled,))))
            except Exception as error:
                failure = failure_of(error)
        self._announce((settled,), failure, not_filed)

    def _announce(self, settled: Sequence[Settled], failure: WoowUpError | None, not_filed: WoowUpError | None) -> None:
        self.failure = self.failure or failure or not_filed
        self.announcer.settle(settled)
        if (problem := failure or not_filed) is not None:
            raise problem

    def _delivered(self, settled: Sequence[Settled]) -> Iterator[int]:
        """Yield the numbers of records that can leave the outbox."""
        final = Accepted if self.announcer.has_lost_letters else Accepted | Rejected
        for one in settled if self.is_lasting else ():
            if isinstance(one.outcome, final) and self._is_from_outbox(one.record):
                yield one.record.position.number

    def _is_from_outbox(self, record: Record) -> bool:
        return self.is_lasting and record.position.source == OUTBOX  # a source file may have the same name


def _note_of_user(settled: Settled, item: Item) -> Note:
    return Note(settled, item.digest, linked_by(item.customers, settled.outcome))


def _settled(entity: Entity, item: Item, outcome: Outcome) -> Settled:
    if item.left_out and isinstance(outcome, Accepted):
        outcome = replace(outcome, left_out=item.left_out)
    return Settled(entity, item.record, item.key, outcome)
