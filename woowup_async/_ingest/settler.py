"""Settles records: in the journal first, then for everyone who listens.

Room: _ingest. All that decides an outcome ends here: `intake` for what needs no request, `users` and `purchases` for
what was sent, the faces for what is left when a run ends. Nothing here waits.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from woowup_async._clock import Signal
from woowup_async._flow import OUTBOX, Entity, Item, Record, Settled
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.customers import Customers, customers_of, together
from woowup_async._ingest.rules.history import doubt_of
from woowup_async._ingest.rules.people import linked_by
from woowup_async._ingest.rules.seen_purchases import SeenPurchases
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.verdicts import UNCONFIRMED, unchanged_after
from woowup_async._limiting.memory import remembered
from woowup_async._limiting.permit import Admission
from woowup_async.errors import JournalError, WoowUpError
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import Ledger, Note

_log = logging.getLogger("woowup_async.ingest")


class Settler(msgspec.Struct):
    """Gives each record its one outcome.

    Args:
        ledger: what outlives the process; None without a journal.
        seen: purchases of this run, where there is no ledger.
        customers: which customers are known.
        unsettled: what was taken in and has no outcome.
        announcer: passes outcomes on.
        limiter: of the account; the ledger keeps what it must remember.
        is_lasting: the end of the run is not known: nothing is kept that grows with it.
        has_outbox: the ledger has an outbox that holds records.

    Attributes:
        changed: rings where records were settled.
        failure: of the journal or the sink, which ends the run.

    """

    ledger: Ledger | None
    seen: SeenPurchases
    customers: Customers
    unsettled: Unsettled
    announcer: Announcer
    limiter: Admission
    is_lasting: bool = False
    has_outbox: bool = False
    changed: Signal = msgspec.field(default_factory=Signal)
    failure: WoowUpError | None = None
    _verdicts: dict[bytes, Outcome] = msgspec.field(default_factory=dict)
    _confirmed: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def confirm(self, item: Item) -> None:
        """Note that the server knows the customer of a purchase: its answer says so."""
        self.unsettled.confirm(item)
        if customers := customers_of(item):
            self.customers.confirm(customers)
            if self.ledger is not None:
                self._confirmed[item.key] = (together(customers),)

    def settle(self, entity: Entity, items: Sequence[Item], outcome: Outcome) -> None:
        """Settle items, and identical ones that share their outcome.

        An item that may have been processed before is in doubt where this outcome says that it surely was not. One
        whose customer is not known to exist is unconfirmed where it was queued.

        Raises:
            WoowUpError: the journal or a sink failed. The outcomes are announced all the same.

        """
        outcomes = self._own(items, outcome)
        settled = [
            _settled(entity, item, own) if item.left_out else Settled(entity, item.record, item.key, own)
            for item, own in zip(items, outcomes)
        ]
        notes = self._notes(entity, items, settled) if self.ledger is not None else ()
        own_of = {item.key: own for item, own in zip(items, outcomes)} if len(items) > 1 else {}
        for first, twins in self.unsettled.close(items):
            own = own_of.get(first.key, outcomes[0])
            settled += [_settled(entity, twin, _twin(own)) for twin in twins]
            self.announcer.counts.save("merged", len(twins))
        self._remember(entity, items, outcomes)
        self._write(settled, notes)
        self.changed.ring()

    def settle_known(self, entity: Entity, item: Item, outcome: Outcome) -> None:
        """Settle an item that needs no request. The journal has it already."""
        if entity is Entity.USER:
            self.customers.note_user(item.customers, outcome, item.digest)
        settled = [_settled(entity, item, outcome)]
        # it is noted again, so that older versions leave an outbox with it
        is_noted = isinstance(outcome, Accepted) and (self.has_outbox or self._is_from_outbox(item.record))
        self._write(settled, self._notes(entity, (item,), settled) if is_noted else ())

    def settle_refused(self, entity: Entity, record: Record, outcome: Rejected, customers: tuple[str, ...]) -> None:
        """Settle a record that local checks refused. `customers`: the identifiers that can be read in it."""
        settled, linked = Settled(entity, record, "", outcome), linked_by(customers, outcome)
        try:  # the journal may fail
            names = self.customers.names_of(linked) if len(linked) > 1 else ()
            if entity is Entity.USER:
                self.customers.note_user(customers, outcome, b"")
        finally:
            self._write([settled], [Note(settled, b"", linked)])
        if names:  # a user under way may turn out to be the same person
            self.unsettled.join_users(names, self.customers.names_of(linked))

    def release(self, why: str) -> None:
        """Settle all that is unsettled, as the run ends. A failing journal or sink is logged."""
        self._release(self.unsettled.leftovers(why))

    def release_unopened(self, items: Iterable[tuple[Entity, Item]], why: str) -> None:
        """Settle items that were never taken in; an earlier process may have sent the same."""
        self._release((entity, item, self._unopened(entity, item, why)) for entity, item in items)

    def verdict_of(self, item: Item) -> Outcome | None:
        """Return the outcome of an identical user of this run that was rejected, or accepted in part.

        It is kept in a run without a journal only.
        """
        return self._verdicts.get(item.digest)

    def _own(self, items: Sequence[Item], outcome: Outcome) -> Sequence[Outcome]:
        """Return what the outcome of a request is for each of its items."""
        unsettled = self.unsettled
        if isinstance(outcome, Released):
            doubt = InDoubt(f"sent before without an answer; then: {outcome.why}")
            return [doubt if unsettled.is_doubtful(item) else outcome for item in items]
        if isinstance(outcome, Accepted) and outcome.effect == "queued" and (unconfirmed := unsettled.unconfirmed):
            return [UNCONFIRMED if item.key in unconfirmed else outcome for item in items]
        return [outcome] * len(items)

    def _notes(self, entity: Entity, items: Sequence[Item], settled: Sequence[Settled]) -> Sequence[Note]:
        """Return what the ledger keeps: with the customers, where the outcome says something about them."""
        if entity is Entity.USER:
            return [_note_of_user(one, item) for one, item in zip(settled, items)]
        if not self._confirmed:
            return [Note(one, item.digest) for one, item in zip(settled, items)]
        return [Note(one, item.digest, self._confirmed.pop(item.key, ())) for one, item in zip(settled, items)]

    def _remember(self, entity: Entity, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        if entity is Entity.USER:
            for item, outcome in zip(items, outcomes):
                self.customers.note_user(item.customers, outcome, item.digest)
                if self.ledger is None and not self.is_lasting:
                    self._keep_verdict(item, outcome)
        elif self.ledger is None:
            self.seen.note(items, outcomes)

    def _keep_verdict(self, item: Item, outcome: Outcome) -> None:
        if isinstance(outcome, Rejected) or (isinstance(outcome, Accepted) and outcome.left_out):
            self._verdicts[item.digest] = outcome

    def _unopened(self, entity: Entity, item: Item, why: str) -> Outcome:
        try:
            if self.ledger is not None:
                entry = self.ledger.find(entity, item.key)
            else:
                entry = self.seen.find(item.key) if entity is Entity.PURCHASE else None
        except Exception:  # a journal that failed cannot say
            return InDoubt(why)
        is_doubtful = entry is not None and doubt_of(entry) in (item.digest, b"")
        return InDoubt(why) if is_doubtful else Released(why)

    def _release(self, outcomes: Iterable[tuple[Entity, Item, Outcome]]) -> None:
        released = [(_settled(entity, item, outcome), item) for entity, item, outcome in outcomes]
        notes = [
            _note_of_user(one, item) if one.entity is Entity.USER else Note(one, item.digest) for one, item in released
        ]
        try:
            self._write([note.settled for note in notes], notes)
        except WoowUpError as error:  # the run ends anyway, and each outcome was announced
            _log.warning("%s", error)

    def _write(self, settled: Sequence[Settled], notes: Sequence[Note]) -> None:
        """Write outcomes to the journal, then announce each one once, even where the journal fails."""
        failure: WoowUpError | None = None
        if self.ledger is not None:
            try:
                self._note(self.ledger, notes, tuple(self._delivered(settled)))
            except WoowUpError as error:
                failure = error
            except Exception as error:
                failure = JournalError(f"the journal failed: {type(error).__name__}")
                failure.__cause__ = error
        self.failure = self.failure or failure
        try:
            self.announcer.settle(settled)
        except WoowUpError as error:
            failure = failure or error
        self.failure = self.failure or failure
        if failure is not None:
            raise failure

    def _note(self, ledger: Ledger, notes: Sequence[Note], delivered: Sequence[int]) -> None:
        if notes or delivered:
            # what was refused here spent nothing
            has_spent = any(note.digest for note in notes)
            ledger.settle(notes, remembered(self.limiter) if has_spent else b"", delivered)

    def _delivered(self, settled: Sequence[Settled]) -> Iterator[int]:
        """Yield the numbers of records that need not stay in the outbox."""
        for one in settled if self.is_lasting else ():
            if isinstance(one.outcome, Accepted | Rejected) and self._is_from_outbox(one.record):
                yield one.record.position.number

    def _is_from_outbox(self, record: Record) -> bool:
        return self.is_lasting and record.position.source == OUTBOX  # a file may have that name, too


def _note_of_user(settled: Settled, item: Item) -> Note:
    return Note(settled, item.digest, linked_by(item.customers, settled.outcome))


def _twin(outcome: Outcome) -> Outcome:
    is_sure = isinstance(outcome, Accepted) and outcome.effect != "unconfirmed"
    return unchanged_after(outcome) if is_sure else outcome


def _settled(entity: Entity, item: Item, outcome: Outcome) -> Settled:
    if item.left_out and isinstance(outcome, Accepted):
        outcome = replace(outcome, left_out=item.left_out)
    return Settled(entity, item.record, item.key, outcome)
