"""The outbox: records that were accepted for sending and survive the process that accepted them.

Room: _journal. It is a table of the journal's file. `ledger` maintains it, and `_ingest.faces.ingester` uses it.

A record is written before `submit` returns, and removed by the transaction that notes its outcome
(`SqliteLedger.settle(…, delivered=…)`). So either the record is in the outbox, or its outcome is in the journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from woowup_async._flow import Entity, Item, digest_of
from woowup_async._journal.schema import explained, stored, transaction

_OLDER_OF = """
SELECT EXISTS (
    SELECT 1 FROM outbox CROSS JOIN customers ON identifier = key
    WHERE entity = 'user' AND id < ? AND person = ? AND key <> ?
)
"""
_OLDER_OF_KEY = "SELECT body FROM outbox WHERE entity = 'user' AND key = ? AND id < ?"
_PUT = "INSERT INTO outbox (entity, key, body, left_out) VALUES (?, ?, ?, ?)"
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_decode_names = msgspec.json.Decoder(tuple[str, ...]).decode


class OutboxRecord(NamedTuple):
    """A record in the outbox."""

    number: int
    entity: Entity
    body: bytes
    left_out: tuple[str, ...] = ()


class Outbox:
    """Accepted records, in the order in which they were put.

    From then on each transaction of the file is on the disk when it ends, so the records survive a power cut.

    Args:
        database: of the journal.
        path: of the journal, for errors.
        committed: called after each transaction.

    Attributes:
        size: the number of records in it.
        last: the number of the last record that was put.

    """

    def __init__(self, database: sqlite3.Connection, path: Path, committed: Callable[[], None]) -> None:
        self._database, self._path, self._committed = database, path, committed
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
        self._committed()
        return numbers

    def probe(self) -> None:
        """Write a page and remove it again, to see whether the disk works. This waits for the disk.

        Raises:
            JournalError: it cannot be written.

        """
        with explained(self._path), transaction(self._database):
            self._database.execute("INSERT OR REPLACE INTO notes VALUES ('probe', zeroblob(4096))")
            self._database.execute("DELETE FROM notes WHERE name = 'probe'")
        self._committed()

    def after(self, number: int, most: int) -> list[OutboxRecord]:
        """Return at most `most` records with higher numbers, in order."""
        query = "SELECT id, entity, body, left_out FROM outbox WHERE id > ? ORDER BY id LIMIT ?"
        with explained(self._path):
            rows = self._database.execute(query, (number, most)).fetchall()
        return [OutboxRecord(number, Entity(entity), body, _names(left_out)) for number, entity, body, left_out in rows]

    def content(self, number: int) -> tuple[str, bytes] | None:
        """Return the key of a record and the digest of its body; None if it is not in the outbox."""
        with explained(self._path):
            row = self._database.execute("SELECT key, body FROM outbox WHERE id = ?", (number,)).fetchone()
        return row and (row[0], digest_of(row[1]))

    def holds(self, entity: Entity, key: str) -> bool:
        """Return whether a record with this key is in the outbox, and so not settled."""
        query = "SELECT EXISTS (SELECT 1 FROM outbox WHERE entity = ? AND key = ?)"
        with explained(self._path):
            return bool(self._database.execute(query, (entity, stored(key))).fetchone()[0])

    def _insert(self, entity: Entity, item: Item) -> int:
        left_out = msgspec.json.encode(item.left_out).decode() if item.left_out else None
        row = entity, stored(item.key), item.body, left_out
        return int(self._database.execute(_PUT, row).lastrowid or 0)


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


def supersedes(database: sqlite3.Connection, number: int, key: str) -> bool:
    """Return whether a user in the outbox has every field of older ones under its key.

    If not, an older one that never reached the server would be lost: an update changes only the fields that it has.
    """
    older = database.execute(_OLDER_OF_KEY, (stored(key), number)).fetchall()
    if not older:
        return True
    newer = database.execute("SELECT body FROM outbox WHERE id = ?", (number,)).fetchone()
    try:
        return newer is not None and all(_covers(_decode(newer[0]), _decode(body)) for (body,) in older)
    except msgspec.DecodeError:  # a damaged row
        return False


def _covers(newer: Mapping[str, Any], older: Mapping[str, Any]) -> bool:
    for name, value in older.items():
        if name not in newer:
            return False
        if isinstance(value, dict) and not (isinstance(newer[name], dict) and _covers(newer[name], value)):
            return False
    return True


def _names(left_out: object) -> tuple[str, ...]:
    try:
        return _decode_names(left_out) if isinstance(left_out, str) else ()
    except msgspec.DecodeError:  # a damaged row
        return ()
