"""Invoice numbers in several branches, and identifiers of several users: often a mistake in the export.

Room: _planning. The data is in SQLite's private temporary file, so that memory use stays flat.
"""

from __future__ import annotations

import sqlite3

import msgspec

from woowup_async._flow import Entity, Settled
from woowup_async._journal.audit import branch_and_number
from woowup_async._journal.schema import stored
from woowup_async._wire.identity import identifiers_of

#: Rows that are written at once (guessed).
_BLOCK = 2_000
_SHOWN = 3


class SharedValues(msgspec.Struct, frozen=True):
    """How many values are shared, and the first of them with two of their owners."""

    values: int = 0
    examples: tuple[tuple[str, tuple[str, ...]], ...] = ()


class SharedIdentifiers(msgspec.Struct):
    """Remembers which branch has which number, and which user has which identifier.

    Attributes:
        invoices: numbers that several branches have.
        identifiers: identifiers that several users have. The first identifier of a user stands for the user.

    """

    invoices: SharedValues = msgspec.field(default_factory=SharedValues)
    identifiers: SharedValues = msgspec.field(default_factory=SharedValues)
    _waiting: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    _database: sqlite3.Connection | None = None

    def see(self, settled: Settled) -> None:
        """Remember a record."""
        if settled.entity is Entity.PURCHASE:
            branch, number = branch_and_number(settled.key)
            self._waiting.append(("invoice", number, branch))
        else:
            self._waiting += ((settled.entity, each, settled.key) for each in identifiers_of(settled.record.raw)[1:])
        if len(self._waiting) >= _BLOCK:
            self._write()

    def close(self) -> None:
        """Count the shared values, and delete the temporary data."""
        database = self._write()
        self.invoices, self.identifiers = self._shared(database, "invoice"), self._shared(database, Entity.USER)
        database.close()

    def _write(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = sqlite3.connect("", isolation_level=None)
            self._database.execute("PRAGMA journal_mode = OFF")
            self._database.execute("CREATE TABLE seen (kind TEXT, value TEXT, owner TEXT)")
        rows = [tuple(map(stored, row)) for row in self._waiting]
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO seen VALUES (?, ?, ?)", rows)
        self._database.execute("COMMIT")
        self._waiting.clear()
        return self._database

    def _shared(self, database: sqlite3.Connection, kind: str) -> SharedValues:
        groups = (
            "SELECT value, min(owner), max(owner), min(rowid) AS first FROM seen WHERE kind = ?"
            " GROUP BY value HAVING min(owner) < max(owner)"
        )
        count = database.execute(f"SELECT count(*) FROM ({groups})", (kind,)).fetchone()[0]  # noqa: S608 - a constant
        found = database.execute(f"{groups} ORDER BY first LIMIT {_SHOWN}", (kind,)) if count else ()
        return SharedValues(count, tuple((value, (first, last)) for value, first, last, _ in found))
