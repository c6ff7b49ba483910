"""Copies the records of a run's sources, so that they can be sent in another order.

Room: _ingest. The copies are in SQLite's private temporary file. A record that cannot be copied (its class cannot be
pickled) stays in memory.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from woowup_async._cancellation import in_thread
from woowup_async._flow import Entity, Record
from woowup_async._ingest.ranking import Fact, Ranking, Stretch
from woowup_async.errors import WoowUpError

#: Records that are read back at once (guessed).
_BLOCK = 256
_READ = """
SELECT copies.number, copies.record FROM ranked
CROSS JOIN facts INDEXED BY by_person ON facts.person = ranked.person AND facts.entity = ?
JOIN copies ON copies.number = facts.number
WHERE ranked.rank BETWEEN ? AND ? ORDER BY ranked.rank, facts.number
"""


#: A copied record; the record itself if it cannot be copied.
Copy = bytes | Record


def copy_of(record: Record) -> Copy:
    """Copy a record."""
    try:
        return pickle.dumps(record, pickle.HIGHEST_PROTOCOL)
    except Exception:  # classes of the caller may raise anything
        return record


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise WoowUpError(
            "the order with the newest first needs room for a copy of all records in a temporary file; SQLITE_TMPDIR "
            f"or TMPDIR can name another folder for it: {error}"
        ) from error


class Spool:
    """The copied records of a run, with the rank of their persons.

    Its methods raise `WoowUpError` if the temporary file fails.

    Attributes:
        ranking: the persons.

    """

    def __init__(self) -> None:
        self.ranking = Ranking()
        self.ranking.database.execute("CREATE TABLE copies (number INTEGER PRIMARY KEY, record BLOB)")
        self._held: dict[int, Record] = {}

    async def add(self, copies: Sequence[Copy], facts: Sequence[Fact]) -> None:
        """Keep records in their order."""
        with _explained():
            await in_thread(self._add, copies, facts)

    async def rank(self) -> None:
        """Rank the persons, after the last record."""
        with _explained():
            await in_thread(self.ranking.rank)

    async def blocks(self, entity: Entity, stretch: Stretch) -> AsyncGenerator[Sequence[Record], None]:
        """Yield the records of one kind, of the persons of a stretch: by rank, then in the order of the sources."""
        with _explained():
            cursor = self.ranking.database.execute(_READ, (entity.value, stretch.first, stretch.last))
        try:
            while rows := await self._next(cursor):
                yield [self._read(number, copy) for number, copy in rows]
        finally:
            cursor.close()

    async def _next(self, cursor: sqlite3.Cursor) -> list[tuple[int, bytes]]:
        with _explained():
            return await in_thread(cursor.fetchmany, _BLOCK)

    def close(self) -> None:
        """Delete the copies."""
        self.ranking.close()

    def _add(self, copies: Sequence[Copy], facts: Sequence[Fact]) -> None:
        rows = []
        for number, copy in enumerate(copies, self.ranking.add(facts)):
            if isinstance(copy, Record):
                self._held[number] = copy
            rows.append((number, b"" if isinstance(copy, Record) else copy))
        self.ranking.database.execute("BEGIN")
        self.ranking.database.executemany("INSERT INTO copies VALUES (?, ?)", rows)
        self.ranking.database.execute("COMMIT")

    def _read(self, number: int, copy: bytes) -> Record:
        # only what `_add` wrote into a file of this process
        return self._held[number] if not copy else pickle.loads(copy)  # noqa: S301
