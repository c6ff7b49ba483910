"""The ledger in SQLite: (entity, key, digest) → state, one transaction for each batch.

Room: _journal. Opened by `_ingest.run` where a path was given. Its calls are short and run in the event loop, so that
nothing can come between an answer and its note.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from woowup_async._flow import Entity, Entry, Item, Mark, Note, Opening, Settled, State
from woowup_async._journal.audit import Audit
from woowup_async._journal.entries import entry_of, settled_by
from woowup_async._journal.outbox import Outbox
from woowup_async._journal.outcomes import encoded, state_of
from woowup_async._journal.schema import Lock, explained, opened, stored, unusable
from woowup_async._journal.sieve import Sieve
from woowup_async._journal.under_way import UnderWay, left_in
from woowup_async.errors import JournalError
from woowup_async.outcomes import Accepted

_LEFT = """
INSERT INTO records (entity, key, digest, state, position, run) VALUES (?, ?, ?, 'in_flight', ?, ?)
ON CONFLICT (entity, key) DO UPDATE SET
    digest = excluded.digest, state = 'in_flight', outcome = NULL, position = excluded.position, run = excluded.run
"""
_SETTLE = """
INSERT INTO records (entity, key, digest, accepted, state, outcome, position, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (entity, key) DO UPDATE SET
    digest = excluded.digest, accepted = coalesce(excluded.accepted, accepted), state = excluded.state,
    outcome = excluded.outcome, position = excluded.position, run = excluded.run
"""
_REMEMBER = "INSERT INTO limiter VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET memory = excluded.memory"
#: Records refused before they were sent that may wait for the next transaction: they cost no request to find again.
_WAITING = 256


class SqliteLedger:
    """A journal file."""

    def __init__(
        self, path: str | os.PathLike[str], account: Callable[[bytes], bytes] = bytes, *, adopt: bool = False
    ) -> None:
        """Open it.

        Args:
            path: of the file; two more beside it are SQLite's, and one is the lock.
            account: makes of a salt what tells the account, so that no journal serves two of them.
            adopt: take the journal over for this account's new key.

        Raises:
            JournalError: it cannot be used, another run writes to it, or it is another account's.

        """
        self.path = Path(path)
        self._lock = Lock(self.path)
        try:
            self._database = opened(self.path)
        except BaseException:
            self._lock.release()
            raise
        self._run = 0
        self._waiting: list[tuple[Any, ...]] = []
        self._sieve: Sieve | None = None
        self._under_way = UnderWay(self._database)
        try:
            with explained(self.path):
                self._claim(account, adopt=adopt)
            with self._transaction():
                self._take_over()
        except BaseException:
            self.close()
            raise

    def outbox(self) -> Outbox:
        """Return the outbox in this file."""
        return Outbox(self._database, self.path)

    def audit(self) -> Audit:
        """Return what this file is asked when it is held against the account."""
        return Audit(self._database, self.path, self._transaction)

    def note(self, name: str, value: str) -> None:
        """Write something down for whoever looks at the journal, in place of what it said before."""
        with self._transaction():
            self._database.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        """Return what was written down."""
        with explained(self.path):
            row = self._database.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run, or go on with the unfinished one."""
        with self._transaction():
            last = self._database.execute("SELECT id, finished FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            is_empty = not self._database.execute("SELECT EXISTS (SELECT 1 FROM records)").fetchone()[0]
            self._sieve = Sieve() if is_empty else None
            if last and last[1] is None:
                self._run = last[0]
                opening = Opening(True, settled_by(self._database, self._run), self._changed(sources))
            else:
                self._run = self._insert_run()
                opening = Opening()
            rows = ((self._run, *mark) for mark in sources)
            self._database.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?)", rows)
        return opening

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        if self._sieve is not None and not self._sieve.may_hold(key):
            return None
        digest = self._under_way.digest(entity, stored(key))
        try:
            return entry_of(self._database, entity, key, self._run, sent=digest)
        except sqlite3.Error as error:  # once for each record: a context manager costs as much as the lookup
            raise unusable(self.path, error) from error

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note what is about to be sent."""
        if self._sieve is not None:
            for item in items:
                self._sieve.add(item.key)
        with self._transaction():
            self._under_way.add(entity, items, self._run)
            self._remember(memory)

    def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes. What was refused before it was sent may wait for the next call."""
        texts: dict[int, tuple[State, str]] = {}  # those of one request share their outcome
        rows = [self._row(note.settled, note.digest, texts) for note in notes]
        if all(not note.digest for note in notes) and len(self._waiting) < _WAITING:
            self._waiting += rows
            return
        with self._transaction():
            self._database.executemany(_SETTLE, rows)
            for entity in Entity:
                self._under_way.remove(entity, [key for about, key, *_ in rows if about is entity])
            self._remember(memory)

    def recall(self) -> bytes:
        """Return the limiter's memory."""
        with explained(self.path):
            row = self._database.execute("SELECT memory FROM limiter").fetchone()
        return bytes(row[0]) if row else b""

    def finish(self) -> None:
        """Note that the run came to its end."""
        with self._transaction():
            self._database.execute("UPDATE runs SET finished = ? WHERE id = ?", (time.time(), self._run))

    def close(self) -> None:
        """Close the file; what waits is written, if it can be."""
        try:
            if self._waiting:
                with self._transaction():
                    pass
        except JournalError:
            pass  # refused records are found again
        finally:
            self._database.close()
            self._lock.release()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with explained(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                if self._waiting:
                    self._database.executemany(_SETTLE, self._waiting)
                yield
                self._database.execute("COMMIT")
                self._waiting.clear()
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def _row(self, one: Settled, digest: bytes, texts: dict[int, tuple[State, str]]) -> tuple[Any, ...]:
        position, outcome = stored(str(one.record.position)), one.outcome
        accepted = digest if isinstance(outcome, Accepted) else None
        # without a key it is known by its position, which no key begins like
        key = stored(one.key) or f"\0{position}"
        if self._sieve is not None and not digest:  # what has one was marked, or never sent
            self._sieve.add(one.key)
        known = texts.get(id(outcome))
        state, text = known or texts.setdefault(id(outcome), (state_of(outcome), encoded(outcome)))
        return one.entity, key, digest, accepted, state, text, position, self._run

    def _remember(self, memory: bytes) -> None:
        if memory:
            self._database.execute(_REMEMBER, (memory,))

    def _take_over(self) -> None:
        """Note as in flight what an earlier process left under way."""
        rows = [(left.entity, left.key, left.digest, left.position, left.run) for left in left_in(self._database)]
        self._database.executemany(_LEFT, rows)
        self._database.execute("DELETE FROM under_way")

    def _insert_run(self) -> int:
        cursor = self._database.execute("INSERT INTO runs (began) VALUES (?)", (time.time(),))
        return int(cursor.lastrowid or 0)

    def _changed(self, sources: Iterable[Mark]) -> tuple[str, ...]:
        query = "SELECT path, size, modified FROM sources WHERE run = ?"
        known = {path: (size, modified) for path, size, modified in self._database.execute(query, (self._run,))}
        return tuple(path for path, *mark in sources if known.get(path, tuple(mark)) != tuple(mark))

    def _claim(self, account: Callable[[bytes], bytes], *, adopt: bool) -> None:
        row = self._database.execute("SELECT mark, salt FROM account").fetchone()
        if row is not None and row[0] == account(row[1]):
            return
        if row is not None and not adopt:
            raise JournalError(
                f"journal {self.path}: was written with another API key. Each account needs a journal of its own; "
                "if this account's key was renewed, take it over once: `adopt_journal(path)`, or --new-key"
            )
        salt = secrets.token_bytes(16)
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute("DELETE FROM account")
        self._database.execute("INSERT INTO account VALUES (?, ?)", (account(salt), salt))
        self._database.execute("COMMIT")
