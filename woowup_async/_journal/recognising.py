"""A journal with forgotten records, which still recognises them when they come again.

Room: _journal. `ledger_at` opens it in place of `SqliteLedger`, and `reader_at` in place of `JournalReader`. This costs
nothing for other journals. Forgotten identifiers are replaced by their names on the way in, so that none of them gets
into the file again. The exception is a body that waits in an outbox until it is sent.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from woowup_async._flow import Entity, Item
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.names import Names
from woowup_async._journal.outbox import Outbox
from woowup_async._journal.pseudonyms import name_of
from woowup_async._journal.reader import JournalReader
from woowup_async._journal.schema import explained, stored
from woowup_async._text import in_lower_case
from woowup_async.ports import Entry, Note

#: The note with the salt of the secret.
SALT = "forgotten"
_IS_FORGOTTEN = "SELECT EXISTS (SELECT 1 FROM customers WHERE identifier IN (:name, :lower) OR folded = :lower)"


def ledger_at(path: str | os.PathLike[str], account: Callable[[bytes], bytes]) -> SqliteLedger:
    """Open a journal. See `SqliteLedger` for the arguments and errors."""
    ledger = SqliteLedger(path, account)
    try:
        salt = ledger.noted(SALT)
    except BaseException:
        ledger.close()
        raise
    if salt is None:
        return ledger
    ledger.close()
    return RecognisingLedger(path, account)


def secret_of(database: sqlite3.Connection, account: Callable[[bytes], bytes]) -> bytes:
    """Return the secret for the names in a journal, and store a new salt for it if there is none.

    It is computed from the API key, and no file has it.
    """
    row = database.execute("SELECT value FROM notes WHERE name = ?", (SALT,)).fetchone()
    if row is None:
        row = (secrets.token_hex(16),)
        database.execute("INSERT INTO notes VALUES (?, ?)", (SALT, *row))
    return account(str(row[0]).encode())


class RecognisingLedger(SqliteLedger):
    """A journal with forgotten identifiers."""

    def __init__(self, path: str | os.PathLike[str], account: Callable[[bytes], bytes]) -> None:
        super().__init__(path, account)
        with explained(self.path):
            self._names = _FileNames(self._database, secret_of(self._database, account))

    def outbox(self) -> Outbox:
        """Return the outbox in this file."""
        self._outbox = _RecognisingOutbox(self._database, self.path, self._checkpoints.committed, self._names)
        self._has_outbox = True
        return self._outbox

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        return self._names.entry(super().find(entity, self._names.key(entity, key)))

    def find_all(self, entity: Entity, keys: Sequence[str]) -> list[Entry | None]:
        """Look several records up."""
        return [self.find(entity, key) for key in keys]

    def mark(self, entity: Entity, items: Sequence[Item], memory: bytes) -> None:
        """Note the items that are about to be sent."""
        super().mark(entity, [self._names.item(entity, each) for each in items], memory)

    def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        """Note outcomes, and remove delivered records from the outbox."""
        super().settle([self._names.note(each) for each in notes], memory, delivered)

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer."""
        return [self._names.shown(each) for each in super().versions(self._names.all_of(customers))]

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        return super().people(self._names.all_of(customers))


def reader_at(path: Path, account: Callable[[bytes], bytes] | None) -> JournalReader:
    """Open a journal for reading. Without an account, forgotten records are not recognised. See `JournalReader`."""
    reader = JournalReader(path)
    if account is None or reader.noted(SALT) is None:
        return reader
    reader.close()
    return RecognisingReader(path, account)


class RecognisingReader(JournalReader):
    """A journal with forgotten identifiers, opened read-only."""

    def __init__(self, path: Path, account: Callable[[bytes], bytes]) -> None:
        super().__init__(path)
        with explained(path):
            self._names = _FileNames(self._database, secret_of(self._database, account))

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        return self._names.entry(super().find(entity, self._names.key(entity, key)))

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer."""
        return [self._names.shown(each) for each in super().versions(self._names.all_of(customers))]

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        return super().people(self._names.all_of(customers))


class _FileNames(Names):
    """The forgotten identifiers of a file."""

    def __init__(self, database: sqlite3.Connection, secret: bytes) -> None:
        super().__init__(secret)
        self._database = database

    def of(self, identifier: str) -> str:
        """Return the name of an identifier if it, or another spelling of the address, was forgotten."""
        name = name_of(self._secret, stored(identifier))
        values = {"name": name, "lower": in_lower_case(name)}
        is_forgotten = self._database.execute(_IS_FORGOTTEN, values).fetchone()[0]
        return name if is_forgotten else identifier


class _RecognisingOutbox(Outbox):
    def __init__(
        self, database: sqlite3.Connection, path: Path, committed: Callable[[], None], names: _FileNames
    ) -> None:
        super().__init__(database, path, committed)
        self._names = names

    def _insert(self, entity: Entity, item: Item) -> int:
        return super()._insert(entity, self._names.item(entity, item))
