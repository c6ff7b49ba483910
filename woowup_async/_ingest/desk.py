"""What those who carry a run's records share: sending a request on behalf of items, and settling them.

Room: _ingest. Made by `engine`; used by `pipeline`, `users` and `purchases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from woowup_async._clock import Signal
from woowup_async._flow import OUTBOX, Entity, Item, Record, Settled
from woowup_async._ingest.customers import Customers, customers_of, together
from woowup_async._ingest.rules.history import doubt_of
from woowup_async._ingest.rules.seen_purchases import SeenPurchases
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.verdicts import UNCHANGED, UNCONFIRMED, stops_run
from woowup_async._ingest.rules.waiting import WaitingPurchases
from woowup_async._ingest.workers import PermitQueue
from woowup_async._limiting.memory import remembered
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Call, Sender
from woowup_async._transport.trail import Trail
from woowup_async._wire.reply import Reply
from woowup_async.errors import ApiError, JournalError, ReplyLost, TransportError, WoowUpError
from woowup_async.events import Event
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Ledger, Note

Failure = ApiError | TransportError


class Desk(msgspec.Struct):
    """The shared part of a run.

    Args:
        sender: sends in the bulk lane.
        policy: what to do where more than one answer is defensible.
        health: of the server.
        ledger: what outlives the process; None without a journal.
        tell: told of each outcome, once, several at a time; a `WoowUpError` of it ends the run.
        on_event: hears of everything else.
        save: counts requests that were not needed, by cause.
        customers: which customers are known.
        seen: purchases of this run, where there is no ledger.
        is_lasting: the run has no end that is known: nothing that grows with it is kept.
        failure: of the journal or of a sink, which ends the run.

    """

    sender: Sender
    policy: IngestPolicy
    health: Health
    ledger: Ledger | None
    tell: Callable[[Sequence[Settled]], None]
    on_event: Callable[[Event], None]
    save: Callable[[str, int], None]
    customers: Customers
    seen: SeenPurchases
    is_lasting: bool = False
    books: Unsettled = msgspec.field(default_factory=Unsettled)
    asks: WaitingPurchases = msgspec.field(default_factory=WaitingPurchases)
    line: PermitQueue = msgspec.field(default_factory=PermitQueue)
    changed: Signal = msgspec.field(default_factory=Signal)
    failure: WoowUpError | None = None
    _lost: int = 0
    _confirmed: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    async def attempt(self, call: Call, entity: Entity, items: Sequence[Item]) -> Reply | Failure:
        """Send one request that carries these items; return its answer, or why it failed, for good."""
        call = msgspec.structs.replace(call, records=tuple([item.record for item in items]))
        trail = Trail(lambda: self._mark(entity, items), self.line.leave)
        self.books.send(items, trail)
        self.line.join()
        try:
            return await self.sender.send(call, trail)
        except (ApiError, TransportError) as failure:
            return failure
        finally:
            trail.ends()

    def stop_if_hopeless(self, failure: Failure) -> None:
        """Raise what makes going on useless."""
        if isinstance(failure, ReplyLost) and self.policy.doubt == "report":
            self._lost += 1  # what is never sent again had one attempt
            if self._lost < self.sender.retry.attempts:
                return
        if stops_run(failure, has_answer=self.health.has_answer):
            raise failure

    def confirm(self, item: Item) -> None:
        """Take note that the server knows an item's customer: its answer says so."""
        self.books.confirm(item)
        if customers := customers_of(item):
            self.customers.confirm(customers)
            if self.ledger is not None:
                self._confirmed[item.key] = (together(customers),)

    def settle(self, entity: Entity, items: Sequence[Item], outcome: Outcome) -> None:
        """Settle items, and their twins with them: first for good, then for whoever listens.

        An item that may have been processed before is in doubt where this outcome says it surely was not; one whose
        customer is not known to exist is unconfirmed where it was queued.

        Raises:
            WoowUpError: the journal or a sink failed; the outcomes are reported all the same.

        """
        outcomes = self._own(items, outcome)
        settled = [
            _settled(entity, item, own) if item.left_out else Settled(entity, item.record, item.key, own)
            for item, own in zip(items, outcomes)
        ]
        notes = self._notes(entity, items, settled) if self.ledger is not None else ()
        own_of = {item.key: own for item, own in zip(items, outcomes)} if len(items) > 1 else {}
        for first, twins in self.books.close(items):
            own = own_of.get(first.key, outcomes[0])
            settled += [_settled(entity, twin, _twin(own)) for twin in twins]
            self.save("merged", len(twins))
        self._remember(entity, items, outcomes)
        self._write(settled, notes)
        self.changed.ring()

    def settle_known(self, entity: Entity, item: Item, outcome: Outcome) -> None:
        """Settle an item that was never opened, since what becomes of it is known; the journal has it already."""
        if entity is Entity.USER:
            self.customers.note_user(item.customers, outcome, item.digest)
        settled = [_settled(entity, item, outcome)]
        # from an outbox it is noted again, so that older versions leave with it
        is_noted = isinstance(outcome, Accepted) and self._is_from_outbox(item.record)
        self._write(settled, self._notes(entity, (item,), settled) if is_noted else ())

    def settle_refused(self, entity: Entity, record: Record, outcome: Outcome, customers: tuple[str, ...]) -> None:
        """Settle a record that local checks refused; `customers` are the identifiers that can be read in it."""
        if entity is Entity.USER:
            self.customers.note_user(customers, outcome, b"")
        settled = Settled(entity, record, "", outcome)
        self._write([settled], [Note(settled, b"")])

    def release(self, why: str) -> None:
        """Settle all that is in the books."""
        self._release(self.books.leftovers(why))

    def release_unopened(self, items: Iterable[tuple[Entity, Item]], why: str) -> None:
        """Settle items that never came into the books; an earlier process may have sent the same."""
        self._release((entity, item, self._unopened(entity, item, why)) for entity, item in items)

    def _own(self, items: Sequence[Item], outcome: Outcome) -> Sequence[Outcome]:
        """What the outcome of a request is for each of its items."""
        books = self.books
        if isinstance(outcome, Released):
            doubt = InDoubt(f"sent before without an answer; then: {outcome.why}")
            return [doubt if books.is_doubtful(item) else outcome for item in items]
        if isinstance(outcome, Accepted) and outcome.effect == "queued" and (unconfirmed := books.unconfirmed):
            return [UNCONFIRMED if item.key in unconfirmed else outcome for item in items]
        return [outcome] * len(items)

    def _notes(self, entity: Entity, items: Sequence[Item], settled: Sequence[Settled]) -> Sequence[Note]:
        """What the ledger keeps: with the customers, where the outcome says something of them."""
        if entity is Entity.USER:
            return [Note(one, item.digest, item.customers) for one, item in zip(settled, items)]
        if not self._confirmed:
            return [Note(one, item.digest) for one, item in zip(settled, items)]
        return [Note(one, item.digest, self._confirmed.pop(item.key, ())) for one, item in zip(settled, items)]

    def _remember(self, entity: Entity, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        if entity is Entity.USER:
            for item, outcome in zip(items, outcomes):
                self.customers.note_user(item.customers, outcome, item.digest)
        elif self.ledger is None:
            self.seen.note(items, outcomes)

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

    def _release(self, owed: Iterable[tuple[Entity, Item, Outcome]]) -> None:
        notes = [
            Note(_settled(entity, item, outcome), item.digest, item.customers if entity is Entity.USER else ())
            for entity, item, outcome in owed
        ]
        self._write([note.settled for note in notes], notes)

    def _mark(self, entity: Entity, items: Sequence[Item]) -> None:
        if self.ledger is not None:
            self.ledger.mark(entity, items, remembered(self.sender.limiter))

    def _write(self, settled: Sequence[Settled], notes: Sequence[Note]) -> None:
        """Write outcomes to the journal, then report each one once, even where the journal fails."""
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
            self.tell(settled)
        except WoowUpError as error:
            failure = failure or error
        self.failure = self.failure or failure
        if failure is not None:
            raise failure

    def _note(self, ledger: Ledger, notes: Sequence[Note], delivered: Sequence[int]) -> None:
        if notes or delivered:
            # what was refused here spent nothing
            has_spent = any(note.digest for note in notes)
            ledger.settle(notes, remembered(self.sender.limiter) if has_spent else b"", delivered)

    def _delivered(self, settled: Sequence[Settled]) -> Iterator[int]:
        """The numbers of records that need not stay in the outbox."""
        for one in settled if self.is_lasting else ():
            if isinstance(one.outcome, Accepted | Rejected) and self._is_from_outbox(one.record):
                yield one.record.position.number

    def _is_from_outbox(self, record: Record) -> bool:
        return self.is_lasting and record.position.source == OUTBOX  # a file may have that name, too


def _twin(outcome: Outcome) -> Outcome:
    return UNCHANGED if isinstance(outcome, Accepted) and outcome.effect != "unconfirmed" else outcome


def _settled(entity: Entity, item: Item, outcome: Outcome) -> Settled:
    if item.left_out and isinstance(outcome, Accepted):
        outcome = replace(outcome, left_out=item.left_out)
    return Settled(entity, item.record, item.key, outcome)
