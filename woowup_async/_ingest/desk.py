"""What those who carry a run's records share: sending a request on behalf of items, and settling them.

Room: _ingest. Made by `run`; used by `pipeline`, `users` and `purchases`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import msgspec

from woowup_async._clock import Signal
from woowup_async._flow import Entity, Item, Ledger, Note, Record, Settled
from woowup_async._ingest.books import Books
from woowup_async._ingest.crew import Line
from woowup_async._ingest.memory import remembered
from woowup_async._ingest.owners import Owners
from woowup_async._ingest.settlement import UNCHANGED, stops_run
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Call, Sender
from woowup_async._transport.trail import Trail
from woowup_async.errors import ApiError, JournalError, TransportError, WoowUpError
from woowup_async.events import Event
from woowup_async.outcomes import Accepted, Outcome, Released
from woowup_async.policies import IngestPolicy

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
        owners: which users were not accepted.
        is_lasting: the run has no end that is known: nothing that grows with it is kept.

    """

    sender: Sender
    policy: IngestPolicy
    health: Health
    ledger: Ledger | None
    tell: Callable[[Sequence[Settled]], None]
    on_event: Callable[[Event], None]
    save: Callable[[str, int], None]
    owners: Owners
    is_lasting: bool = False
    books: Books = msgspec.field(default_factory=Books)
    line: Line = msgspec.field(default_factory=Line)
    _changed: Signal = msgspec.field(default_factory=Signal)

    async def attempt(self, call: Call, entity: Entity, items: Sequence[Item]) -> Failure | None:
        """Send one request that carries these items; return why it failed, for good."""
        call = msgspec.structs.replace(call, records=tuple([item.record for item in items]))
        trail = Trail(lambda: self._mark(entity, items), self.line.leave)
        self.books.send(items, trail)
        self.line.join()
        try:
            await self.sender.send(call, trail)
        except (ApiError, TransportError) as failure:
            return failure
        finally:
            trail.ends()
        return None

    def stop_if_hopeless(self, failure: Failure) -> None:
        """Raise what makes going on useless."""
        if stops_run(failure, has_answer=self.health.has_answer):
            raise failure

    def settle(self, entity: Entity, items: Sequence[Item], outcome: Outcome) -> None:
        """Settle items, and their twins with them: first for good, then for whoever listens.

        Raises:
            WoowUpError: the journal or a sink failed; the outcomes are told all the same.

        """
        settled = [
            _settled(entity, item, outcome) if item.left_out else Settled(entity, item.record, item.key, outcome)
            for item in items
        ]
        twins: list[Settled] = []
        for item in items:
            for twin in self.books.close(item):
                twins.append(_settled(entity, twin, UNCHANGED if isinstance(outcome, Accepted) else outcome))
                self.save("merged", 1)
        self._write(settled + twins, [Note(one, item.digest) for one, item in zip(settled, items)] if self.ledger else ())
        self._changed.ring()

    def settle_known(self, entity: Entity, item: Item, outcome: Outcome) -> None:
        """Settle an item that was never opened, since what becomes of it is known; the journal has it already."""
        self.tell((_settled(entity, item, outcome),))

    def settle_refused(self, entity: Entity, record: Record, outcome: Outcome) -> None:
        """Settle a record that local checks refused."""
        settled = Settled(entity, record, "", outcome)
        self._write([settled], [Note(settled, b"")])

    def release(self, why: str) -> None:
        """Settle all that is in the books."""
        self._release(self.books.leftovers(why))

    def release_unopened(self, items: Iterable[tuple[Entity, Item]], why: str) -> None:
        """Settle items that never came into the books."""
        self._release((entity, item, Released(why)) for entity, item in items)

    async def settled(self) -> None:
        """Wait until something is settled."""
        await self._changed.wait()

    def _release(self, owed: Iterable[tuple[Entity, Item, Outcome]]) -> None:
        notes = [Note(_settled(entity, item, outcome), item.digest) for entity, item, outcome in owed]
        self._write([note.settled for note in notes], notes)

    def _mark(self, entity: Entity, items: Sequence[Item]) -> None:
        if self.ledger is not None:
            self.ledger.mark(entity, items, remembered(self.sender.limiter))

    def _write(self, told: Sequence[Settled], noted: Sequence[Note]) -> None:
        failure: WoowUpError | None = None
        if self.ledger is not None and noted:
            try:
                # what was refused here spent nothing
                has_spent = any(note.digest for note in noted)
                self.ledger.settle(noted, remembered(self.sender.limiter) if has_spent else b"")
            except WoowUpError as error:
                failure = error
            except Exception as error:
                failure = JournalError(f"the journal failed: {type(error).__name__}")
                failure.__cause__ = error
        try:
            self.tell(told)
        except WoowUpError as error:
            failure = failure or error
        if failure is not None:
            raise failure


def _settled(entity: Entity, item: Item, outcome: Outcome) -> Settled:
    if item.left_out and isinstance(outcome, Accepted):
        outcome = replace(outcome, left_out=item.left_out)
    return Settled(entity, item.record, item.key, outcome)
