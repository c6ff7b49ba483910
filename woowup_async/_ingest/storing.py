"""Calls the ledger for the settler. A call for an answer ends before the outcome is announced, whatever is cancelled.

Room: _ingest.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import msgspec

from woowup_async._cancellation import finished
from woowup_async._flow import Entity
from woowup_async._ingest.customers import names_together
from woowup_async._ingest.lookups import Lookups
from woowup_async._ingest.rules.people import links_of
from woowup_async._limiting.memory import remembered
from woowup_async._limiting.permit import Admission
from woowup_async.errors import JournalError, WoowUpError
from woowup_async.ports import Entry, Ledger, Note

T = TypeVar("T")


class Storing(msgspec.Struct, frozen=True):
    """The ledger of a run.

    Args:
        ledger: the journal or another ledger.
        lookups: what it said. Outcomes about customers make some of it outdated.
        limiter: the account's limiter. The ledger stores its memory.
        answers_at_once: whether no call of the ledger waits.

    """

    ledger: Ledger
    lookups: Lookups
    limiter: Admission
    answers_at_once: bool = False

    async def store(self, notes: Sequence[Note], delivered: Sequence[int]) -> None:
        """Store outcomes.

        Raises:
            CancelledError: the caller was cancelled meanwhile. The outcomes are stored.

        """
        if not notes and not delivered:
            return
        # a record that was refused locally used no request
        memory = remembered(self.limiter) if any(note.digest for note in notes) else b""
        try:
            await self._to_its_end(self.ledger.settle(notes, memory, delivered))
        finally:
            if [note for note in notes if note.customers]:  # a generator would cost a call for each
                self.lookups.forget_customers()

    def defer(self, note: Note, delivered: Sequence[int]) -> None:
        """Store a refused record, perhaps with the next step."""
        try:
            self.ledger.defer((note,), delivered)
        finally:
            if note.customers:
                self.lookups.forget_customers()

    async def find(self, records: Sequence[tuple[Entity, str]]) -> list[Entry | None]:
        """Look records of several kinds up."""
        found: dict[tuple[Entity, str], Entry | None] = {}
        for entity in {entity for entity, _ in records}:
            keys = [key for each, key in records if each is entity]
            entries = await self._to_its_end(self.ledger.find(entity, keys))
            found.update(((entity, key), entry) for key, entry in zip(keys, entries))
        return [found[record] for record in records]

    async def look_up_customer(self, customers: tuple[str, ...]) -> None:
        """Look a purchase's customer up, so that `Customers` can decide about it."""
        await self.lookups.know_versions(names_together(customers))

    def names_now(self, customers: tuple[str, ...]) -> tuple[str, ...]:
        """Return the names of a person that are known without waiting.

        A ledger that several processes share knows more, and cannot be asked here.
        """
        people_now = getattr(self.ledger, "people_now", None)
        return (*links_of(customers), *(people_now(customers) if people_now is not None else ()))

    async def _to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        return await (work if self.answers_at_once else finished(work))


def failure_of(error: Exception) -> WoowUpError:
    """Return the error of a ledger as one of ours."""
    if isinstance(error, WoowUpError):
        return error
    failure = JournalError(f"the journal failed: {type(error).__name__}")
    failure.__cause__ = error
    return failure
