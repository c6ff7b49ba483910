"""Copies the records of a run's sources, so that they can be sent in another order.

Room: _ingest. The copies are in SQLite's private temporary file. A record that cannot be copied (its class cannot be
pickled) stays in memory.
"""

from __future__ import annotations

import pickle
from collections.abc import AsyncGenerator, Sequence

from woowup_async._cancellation import in_thread
from woowup_async._flow import Entity, Record
from woowup_async._ingest.ranking import Fact, Ranking, Stretch

#: Records that are read back at once (guessed).
_BLOCK = 256
_READ = """
SELECT copies.number, copies.record FROM ranked
CROSS JOIN facts INDEXED BY by_person ON facts.person = ranked.person AND facts.entity = ?
JOIN copies ON copies.number = facts.number
WHERE ranked.rank BETWEEN ? AND ? ORDER BY ranked.rank, facts.number
"""


class Spool:
    """The copied records of a run, with the rank of their persons.

    Attributes:
        ranking: the persons.

    """

    def __init__(self) -> None:
        self.ranking = Ranking()
        self.ranking.database.execute("CREATE TABLE copies (number INTEGER PRIMARY KEY, record BLOB)")
        self._held: dict[int, Record] = {}

    async def add(self, records: Sequence[Record], facts: Sequence[Fact]) -> None:
        """Copy records in their order."""
        await in_thread(self._add, records, facts)

    async def blocks(self, entity: Entity, stretch: Stretch) -> AsyncGenerator[Sequence[Record], None]:
        """Yield the records of one kind, of the persons of a stretch: by rank, then in the order of the sources."""
        cursor = self.ranking.database.execute(_READ, (entity.value, stretch.first, stretch.last))
        try:
            while rows := await in_thread(cursor.fetchmany, _BLOCK):
                yield [self._read(number, copy) for number, copy in rows]
        finally:
            cursor.close()

    def close(self) -> None:
        """Delete the copies."""
        self.ranking.close()

    def _add(self, records: Sequence[Record], facts: Sequence[Fact]) -> None:
        copies = []
        for number, record in enumerate(records, self.ranking.add(facts)):
            try:
                copies.append((number, pickle.dumps(record, pickle.HIGHEST_PROTOCOL)))
            except Exception:  # classes of the caller may raise anything
                self._held[number] = record
                copies.append((number, b""))
        self.ranking.database.execute("BEGIN")
        self.ranking.database.executemany("INSERT INTO copies VALUES (?, ?)", copies)
        self.ranking.database.execute("COMMIT")

    def _read(self, number: int, copy: bytes) -> Record:
        # only what `_add` wrote into a file of this process
        return self._held[number] if not copy else pickle.loads(copy)  # noqa: S301
