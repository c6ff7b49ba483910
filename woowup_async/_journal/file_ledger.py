"""The port `Ledger` over a journal's file.

Room: _journal. SQLite answers in microseconds, so nothing here waits: no call gives another task a turn, and a run that
awaits them is as fast as one that does not.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from woowup_async._flow import Entity, Item
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.live import Live, Problem
from woowup_async._journal.outbox import Outbox
from woowup_async.ports import Entry, Known, Mark, Note, Opening


class FileLedger:
    """A journal file, for a run.

    Attributes:
        file: the journal.
        answers_at_once: no call of it waits, so none can be interrupted.

    """

    answers_at_once = True

    def __init__(self, file: SqliteLedger) -> None:
        self.file = file

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, or continue the unfinished one."""
        return self.file.begin(sources)

    async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up."""
        return self.file.find_all(entity, keys)

    async def peek(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up that are not about to be sent."""
        return self.file.find_all(entity, keys)

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        """Claim all of them: the file has only one writer."""
        return ()

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note the items that are about to be sent."""
        self.file.mark(entity, items, memory)

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes, and remove delivered records from the outbox."""
        self.file.settle(notes, memory, delivered)

    def defer(self, notes: Sequence[Note], delivered: Sequence[int] = ()) -> None:
        """Note refused records, with the next step if possible."""
        self.file.settle(notes, b"", delivered)

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each customer."""
        return self.file.versions(customers)

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names of the persons who have these identifiers, for each record."""
        return [self.file.people(each) for each in records]

    def people_now(self, customers: Sequence[str]) -> Sequence[str]:
        """Return names of the persons who have these identifiers of one record."""
        return self.file.people(customers)

    async def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        return self.file.known_customers()

    async def recall(self) -> bytes:
        """Return the limiter's memory."""
        return self.file.recall()

    async def finish(self) -> None:
        """Note that the run is finished."""
        self.file.finish()

    def note(self, name: str, value: str) -> None:
        """Store a text under a name."""
        self.file.note(name, value)

    async def noted(self, name: str) -> str | None:
        """Return the text stored under a name; None if there is none."""
        return self.file.noted(name)

    def show_live(self, live: Live, problems: Sequence[Problem]) -> None:
        """Replace what this run shows about itself."""
        self.file.show_live(live, problems)

    def outbox(self) -> Outbox:
        """Return the outbox in this file."""
        return self.file.outbox()

    async def aclose(self) -> None:
        """Close the file."""
        self.file.close()
