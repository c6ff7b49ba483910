"""The outbox: records that were accepted for sending and survive the process that accepted them.

Room: _journal. It is a table of the journal's file. `ledger` maintains it, and `_ingest.faces.ingester` uses it.

A record is written before `submit` returns, and removed by the transaction that notes its outcome
(`SqliteLedger.settle(…, delivered=…)`). So either the record is in the outbox, or its outcome is in the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from woowup_async._flow import Entity, Item
from woowup_async._journal.schema import explained, stored, transaction

_OLDER_OF = """
SELECT EXISTS (
    SELECT 1 FROM outbox CROSS JOIN customers ON identifier = key
    WHERE entity = 'user' AND id < ? AND person = ? AND key <> ?
)
"""
_PUT = "INSERT INTO outbox (entity, key, body) VALUES (?, ?, ?)"


class OutboxRecord(NamedTuple):
    """A record in the outbox."""

    number: int
    entity: Entity
    body: bytes


class Outbox:
    """Accepted records, in the order in which they were put.

    From then on each transaction of the file is on the disk when it ends, so the records survive a power cut.

    Attributes:
        size: the number of records in it.
        last: the number of the last record that was put.

    """

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path
        with explained(path):
            database.execute("PRAGMA synchronous = FULL")
            self.size = int(database.execute("SELECT count(*) FROM outbox").fetchone()[0])
            self.last = int(database.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0])

    def put(self, entity: Entity, item: Item) -> int:
        """Store a record and return its number. This waits for the disk.

        Raises:
            JournalError: it cannot be stored, and was not accepted.

        """
        return self.put_all(((entity, item),))[0]

    def put_all(self, records: Sequence[tuple[Entity, Item]]) -> list[int]:
        """Store records in one transaction and return their numbers. This waits for the disk only once.

        Raises:
            JournalError: they cannot be stored, and none of them was accepted.

        """
        if not records:
            return []
        with explained(self._path), transaction(self._database):
            numbers = [self._insert(entity, item) for entity, item in records]
        self.size += len(numbers)
        self.last = numbers[-1]
        return numbers

    def after(self, number: int, most: int) -> list[OutboxRecord]:
        """Return at most `most` records with higher numbers, in order."""
        query = "SELECT id, entity, body FROM outbox WHERE id > ? ORDER BY id LIMIT ?"
        with explained(self._path):
            rows = self._database.execute(query, (number, most)).fetchall()
        return [OutboxRecord(number, Entity(entity), body) for number, entity, body in rows]

    def holds(self, entity: Entity, key: str) -> bool:
        """Return whether a record with this key is in the outbox, and so not settled."""
        query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE entity = ? AND key = ?)"
        with explained(self._path):
            return bool(self._database.execute(query, (entity, stored(key))).fetchone()[0])

    def _insert(self, entity: Entity, item: Item) -> int:
        return int(self._database.execute(_PUT, (entity, stored(item.key), item.body)).lastrowid or 0)


def has_records(database: sqlite3.Connection) -> bool:
    """Return whether a file has an outbox that is not empty."""
    return bool(database.execute("SELECT EXISTS (SELECT 1 FROM outbox)").fetchone()[0])


def delete(database: sqlite3.Connection, numbers: Iterable[int]) -> int:
    """Delete settled records, in the transaction that settles them. Return the number deleted."""
    return database.executemany("DELETE FROM outbox WHERE id = ?", [(each,) for each in numbers]).rowcount


def delete_older(database: sqlite3.Connection, entity: Entity, key: str, before: int | None) -> int:
    """Delete records of a key with lower numbers than `before`, or all. Return the number deleted."""
    which = "entity = ? AND key = ?" + ("" if before is None else " AND id < ?")
    arguments = (entity, stored(key)) if before is None else (entity, stored(key), before)
    return database.execute(f"DELETE FROM outbox WHERE {which}", arguments).rowcount


def has_older_of(database: sqlite3.Connection, people: Sequence[int], key: str, before: int) -> bool:
    """Return whether the outbox has users of these people with other keys and lower numbers than `before`."""
    rows = (database.execute(_OLDER_OF, (before, person, stored(key))).fetchone() for person in people)
    return any(exists for (exists,) in rows)
