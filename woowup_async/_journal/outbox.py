"""The outbox: records that were accepted for sending, and survive the process that accepted them.

Room: _journal. A table of the journal's file, kept by `ledger`; used by `_ingest.ingester`.

A record is put before its submitter is told, and removed some time after it is settled: what is found again by the next
process is known to the ledger then, and costs no request.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from woowup_async._flow import Entity, Item
from woowup_async._journal.schema import explained

#: Settled records that wait to be removed together (guessed).
_WAITING = 100


class Left(NamedTuple):
    """A record in the outbox."""

    number: int
    entity: Entity
    body: bytes


class Outbox:
    """Accepted records, in the order in which they were put."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self._database, self._path = database, path
        self._settled: list[int] = []
        with explained(path):
            self.size = int(database.execute("SELECT count(*) FROM outbox").fetchone()[0])
            #: Number of the record that was put last.
            self.last = int(database.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0])

    def put(self, entity: Entity, item: Item) -> int:
        """Keep a record; return its number. One durable step.

        Raises:
            JournalError: it cannot be kept; it is not accepted then.

        """
        with explained(self._path):
            cursor = self._database.execute(
                "INSERT INTO outbox (entity, key, body) VALUES (?, ?, ?)", (entity, item.key, item.body)
            )
        self.size += 1
        self.last = int(cursor.lastrowid or 0)
        return self.last

    def after(self, number: int, most: int) -> list[Left]:
        """Return the next records."""
        query = "SELECT id, entity, body FROM outbox WHERE id > ? ORDER BY id LIMIT ?"
        with explained(self._path):
            rows = self._database.execute(query, (number, most)).fetchall()
        return [Left(number, Entity(entity), body) for number, entity, body in rows]

    def holds(self, entity: Entity, key: str) -> bool:
        """Whether a record of this key is in it, and not known to be settled."""
        query = "SELECT id FROM outbox WHERE entity = ? AND key = ?"
        with explained(self._path):
            rows = self._database.execute(query, (entity, key)).fetchall()
        return any(number not in self._settled for (number,) in rows)

    def remove(self, number: int) -> None:
        """Let a settled record go, with the next ones."""
        self._settled.append(number)
        self.size -= 1
        if len(self._settled) >= _WAITING:
            self.clear()

    def clear(self) -> None:
        """Remove what is settled."""
        if self._settled:
            with explained(self._path):
                self._database.execute("BEGIN IMMEDIATE")
                self._database.executemany("DELETE FROM outbox WHERE id = ?", _each(self._settled))
                self._database.execute("COMMIT")
            self._settled.clear()


def _each(numbers: Iterable[int]) -> Iterator[tuple[int]]:
    return ((number,) for number in numbers)
