"""The ledger in SQLite: (entity, key, digest) → state, one transaction for each batch.

Room: _journal. Its calls are short and run in the event loop, so that nothing can run between an answer and its note.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from woowup_async._flow import OUTBOX, Entity, Item
from woowup_async._journal.audit import Audit
from woowup_async._journal.checkpoints import Checkpoints
from woowup_async._journal.claim import claim
from woowup_async._journal.customers import CustomerTable, known_in, people_in
from woowup_async._journal.damage import NONSENSE, keep, set_record_aside
from woowup_async._journal.entries import UNREADABLE, entry_of, settled_by
from woowup_async._journal.live import Live, Problem, forget_live, write_live
from woowup_async._journal.lock import Lock
from woowup_async._journal.notes import NoteRow, forget_overtaken, rows_of, write_left, write_settled
from woowup_async._journal.opening import opened, warn_of
from woowup_async._journal.outbox import Outbox, delete, delete_older, has_older_of, has_records, supersedes
from woowup_async._journal.schema import explained, stored, transaction, unusable
from woowup_async._journal.seen_keys import SeenKeys
from woowup_async._journal.under_way import UnderWay, left_in
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted
from woowup_async.ports import Entry, Known, Mark, Note, Opening

_REMEMBER = "INSERT INTO limiter VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET memory = excluded.memory"
#: Most locally refused records that wait for the next transaction. If they are lost, no request is needed to find them.
_WAITING = 256


class SqliteLedger:
    """A journal file."""

    def __init__(
        self, path: str | os.PathLike[str], account: Callable[[bytes], bytes] = bytes, *, adopt: bool = False
    ) -> None:
        """Open it.

        Args:
            path: the file. SQLite puts two more files beside it, and there is a lock file.
            account: turns a salt into a mark of the account, so that a journal is used for one account only.
            adopt: whether to take over the journal for this account's new key.

        Raises:
            JournalError: it cannot be used, another run writes to it, or it belongs to another account.

        """
        self.path = Path(path)
        self._lock = Lock(self.path)
        try:
            self._database, self._damaged = opened(self.path)
        except BaseException:
            self._lock.release()
            raise
        self._run = 0
        self._waiting: list[NoteRow] = []
        self._sieve: SeenKeys | None = None
        self._outbox: Outbox | None = None
        self._has_outbox = False
        self._under_way = UnderWay(self._database)
        self._is_sure, self._checkpoints = True, Checkpoints(self._database, self.path)
        try:
            with explained(self.path):
                self._customers = CustomerTable(self._database)
                self._has_outbox = has_records(self._database)
                claim(self._database, self.path, account, adopt=adopt)
            with self._transaction():
                self._take_over()
        except BaseException:
            self.close()
            raise
        warn_of(self.path, self._damaged)

    def outbox(self) -> Outbox:
        """Return the outbox in this file."""
        self._outbox, self._has_outbox = Outbox(self._database, self.path, self._checkpoints.committed), True
        return self._outbox

    def audit(self) -> Audit:
        """Return an object that reads this file to compare it with the account."""
        return Audit(self._database, self.path, self._transaction)

    def note(self, name: str, value: str) -> None:
        """Store a text under a name, for `woowup status`. It replaces the text before it."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, stored(value)))

    def noted(self, name: str) -> str | None:
        """Return the text stored under a name; None if there is none."""
        with explained(self.path):
            row = self._database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def show_live(self, live: Live, problems: Sequence[Problem]) -> None:
        """Replace what this run shows about itself, and add its new problems or their ends."""
        with self._transaction():
            write_live(self._database, live, problems)

    def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, or continue the unfinished one."""
        with self._transaction():
            last = self._database.execute("SELECT id, finished FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            is_empty = not self._database.execute("SELECT EXISTS (SELECT 1 FROM records)").fetchone()[0]
            self._sieve = SeenKeys() if is_empty else None
            if last and last[1] is None:
                self._run = last[0]
                settled = settled_by(self._database, self._run)
                opening = Opening(True, settled, self._changed(sources), self._damaged, self._has_outbox)
            else:
                cursor = self._database.execute("INSERT INTO runs (began) VALUES (?)", (time.time(),))
                self._run = int(cursor.lastrowid or 0)
                opening = Opening(damaged=self._damaged, has_outbox=self._has_outbox)
            forget_live(self._database, time.time())
            rows = ((self._run, *mark) for mark in sources)
            self._database.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)", rows)
        return opening

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        if self._sieve is not None and not self._sieve.may_hold(key):
            return None
        if not self._is_sure:
            self._recover()
        digest = self._under_way.digest(entity, key if key.isascii() else stored(key))
        try:
            return entry_of(self._database, entity, key, self._run, sent=digest)
        except sqlite3.Error as error:  # called for each record, and a context manager costs as much as the lookup
            raise unusable(self.path, error) from error
        except NONSENSE:
            self._set_aside(entity, key)
            return UNREADABLE

    def find_all(self, entity: Entity, keys: Sequence[str]) -> list[Entry | None]:
        """Look several records up."""
        if (sieve := self._sieve) is None:
            return [self.find(entity, key) for key in keys]
        return [self.find(entity, key) if sieve.may_hold(key) else None for key in keys]

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note the items that are about to be sent."""
        if self._sieve is not None:
            self._sieve.add(*[item.key for item in items])
        with self._transaction():
            if self._has_outbox and entity is Entity.USER:
                for item in items:  # another user may turn out to be the same person while this one is under way
                    self._customers.keep(item.customers)
            if overtaken := self._under_way.add(entity, items, self._run):
                write_left(self._database, overtaken)
            self._remember(memory)

    def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes, and remove delivered records from the outbox.

        Locally refused records may wait for the next call, unless something was delivered or their identifiers must
        be joined into one person.
        """
        rows = rows_of(notes, self._run)
        if self._sieve is not None:  # a record with a digest was marked, or never sent
            self._sieve.add(*[note.settled.key for note in notes if not note.digest])
        if notes and not delivered and len(self._waiting) < _WAITING and all(map(self._may_wait, notes)):
            self._waiting += rows
            return
        removed = 0
        with self._transaction():
            write_settled(self._database, rows)
            for entity in {note.settled.entity for note in notes}:
                self._under_way.settle(entity, [(row[1], row[2]) for row in rows if row[0] == entity])
            self._customers.note(notes)
            if self._has_outbox:
                removed = self._leave_outbox(notes, frozenset(delivered))
            self._remember(memory)
        if self._outbox is not None:
            self._outbox.size -= removed

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        try:
            return self._customers.versions(customers)
        except sqlite3.Error as error:  # called as often as `find`
            raise unusable(self.path, error) from error

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        try:
            return self._customers.people(customers)
        except sqlite3.Error as error:
            raise unusable(self.path, error) from error

    def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        with explained(self.path):
            return known_in(self._database)

    def recall(self) -> bytes:
        """Return the limiter's memory."""
        with explained(self.path):
            row = self._database.execute("SELECT memory FROM limiter").fetchone()
        return bytes(row[0]) if row else b""

    def finish(self) -> None:
        """Note that the run is finished."""
        with self._transaction():
            self._database.execute("UPDATE runs SET finished = ? WHERE id = ?", (time.time(), self._run))
            forget_overtaken(self._database, self._run)

    def close(self) -> None:
        """Close the file. Write the waiting records first, if possible."""
        try:
            with suppress(JournalError):  # refused records are found again by the next run
                if self._waiting:
                    with self._transaction():
                        pass
        finally:
            try:
                self._checkpoints.finish()
                with explained(self.path):
                    self._database.close()
            finally:
                self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path):
            if not self._is_sure:
                self._recover()
            self._is_sure = False
            with transaction(self._database):
                if self._waiting:
                    write_settled(self._database, self._waiting)
                yield
            self._is_sure = True
            self._waiting.clear()
        self._checkpoints.committed()

    def _recover(self) -> None:
        """Read the state from the file again, after a transaction that failed."""
        with explained(self.path):
            self._under_way.reload()
        self._is_sure = True

    def _may_wait(self, note: Note) -> bool:
        return not note.digest and not self._customers.joins(note.customers)

    def _remember(self, memory: bytes) -> None:
        if memory:
            self._database.execute(_REMEMBER, (memory,))

    def _leave_outbox(self, notes: Sequence[Note], delivered: frozenset[int]) -> int:
        """Remove delivered records, and older versions of accepted ones, from the outbox. Return their number.

        A user stays while an older record of the same person stays that has another key, or a field that the newer one
        does not have. The next process sends all of them, in their order. It is not certain that records with several
        keys are one person's, so none of them may be dropped.
        """
        removed, staying = 0, set[int]()
        for settled, _, customers in notes:
            if not isinstance(settled.outcome, Accepted):
                continue
            place, key = settled.record.position, settled.key
            is_from_outbox = place.source == OUTBOX and place.number in delivered
            # a record that did not come from the outbox is newer than all records in it
            before = place.number if is_from_outbox else None
            if before is not None and settled.entity is Entity.USER and self._must_stay(customers, key, before):
                staying.add(before)
            else:
                removed += delete_older(self._database, settled.entity, key, before)
        return removed + delete(self._database, delivered - staying)

    def _must_stay(self, customers: Sequence[str], key: str, number: int) -> bool:
        if has_older_of(self._database, people_in(self._database, customers), key, number):
            return True
        return not supersedes(self._database, number, key)

    def _take_over(self) -> None:
        """Note the records that an earlier process left under way as in flight."""
        damaged: list[int] = []
        left = list(left_in(self._database, damaged))
        write_left(self._database, left)
        for one in left:
            self._customers.open(one.customers)
        self._damaged += sum(keep(self._database, "under_way", "number = ?", number) for number in damaged)
        self._database.execute("DELETE FROM under_way")

    def _set_aside(self, entity: Entity, key: str) -> None:
        with self._transaction():
            self._damaged += set_record_aside(self._database, entity, stored(key))
        warn_of(self.path, 1)

    def _changed(self, sources: Iterable[Mark]) -> tuple[str, ...]:
        query = "SELECT path, size, modified FROM sources WHERE run = ?"
        known = {path: (size, modified) for path, size, modified in self._database.execute(query, (self._run,))}
        return tuple(path for path, *mark in sources if known.get(path, tuple(mark)) != tuple(mark))
