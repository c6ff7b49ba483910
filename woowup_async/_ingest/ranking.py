"""Finds which records are about one person, and ranks the persons: those with the newest purchases first.

Room: _ingest. The data is in SQLite's private temporary file, so that memory use stays flat.

Records that share a name are about one person: a name is an identifier of the customer, or the key of the record. So
two versions of one record are about one person, and keep their order. Names are stored as 64 bits of their digest. If
two names had the same bits, two persons would be sent together, which is harmless.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple

from woowup_async._flow import Entity, digest_of

#: Kilobytes of the temporary file that are kept in memory (guessed).
_CACHE = 16_384
_TABLES = """
CREATE TABLE names (name INTEGER PRIMARY KEY, person INTEGER);
CREATE TABLE merged (person INTEGER PRIMARY KEY, root INTEGER);
CREATE TABLE facts (number INTEGER PRIMARY KEY, entity TEXT, person INTEGER, made TEXT, total REAL, requests REAL);
CREATE TABLE ranked (rank INTEGER PRIMARY KEY, person INTEGER, kind INTEGER, users INTEGER);
"""
_RANK = """
INSERT INTO ranked (person, kind, users)
SELECT person, CASE WHEN users AND purchases THEN 0 WHEN users THEN 2 ELSE 1 END AS kind, users FROM (
    SELECT person, sum(entity = 'user') AS users, sum(entity = 'purchase') AS purchases, max(made) AS newest,
        min(number) AS first FROM facts GROUP BY person)
ORDER BY kind, CASE kind WHEN 2 THEN '' ELSE newest END DESC, first
"""


class Kind(IntEnum):
    """What a person has in the sources, in the order in which persons are sent."""

    BUYER = 0  # users and purchases
    UNKNOWN = 1  # purchases without a user: perhaps the account has the user
    OTHER = 2  # users without purchases


class Fact(NamedTuple):
    """What is known of one record.

    Args:
        entity: its kind.
        names: of its person.
        made: when a purchase was made, as text that sorts by time; "" for other records.
        total: of a purchase.
        requests: what it costs.

    """

    entity: Entity
    names: Sequence[str]
    made: str = ""
    total: float = 0.0
    requests: float = 0.0


class Stretch(NamedTuple):
    """Persons who are sent together: their kind, and their first and last rank."""

    kind: Kind
    first: int
    last: int


class Ranking:
    """Links records to persons and ranks these.

    Attributes:
        database: the temporary database, for tables that belong to the records.

    """

    def __init__(self) -> None:
        # one thread at a time uses it
        self.database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode = OFF")
        self.database.execute(f"PRAGMA cache_size = -{_CACHE}")
        self.database.executescript(_TABLES)
        self._count = self._persons = 0

    def add(self, facts: Sequence[Fact]) -> int:
        """Add records in their order. Return the number of the first; the others follow."""
        first, rows = self._count, []
        self.database.execute("BEGIN")
        for number, fact in enumerate(facts, first):
            person = self._person_of([_short(name) for name in fact.names])
            rows.append((number, fact.entity.value, person, fact.made, fact.total, fact.requests))
        self.database.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.database.execute("COMMIT")
        self._count += len(rows)
        return first

    def rank(self) -> None:
        """Rank the persons, after the last record. Persons without purchases keep the order of their records."""
        merged = [(self._root(person), person) for (person,) in self.database.execute("SELECT person FROM merged")]
        self.database.execute("BEGIN")
        self.database.executemany("UPDATE merged SET root = ? WHERE person = ?", merged)
        self.database.execute(
            "UPDATE facts SET person = (SELECT root FROM merged WHERE merged.person = facts.person)"
            " WHERE person IN (SELECT person FROM merged)"
        )
        self.database.execute("COMMIT")
        self.database.execute("CREATE INDEX by_person ON facts (person, entity, number, made)")
        self.database.execute(_RANK)

    def count(self, kind: Kind) -> int:
        """Return how many users the persons of one kind have."""
        query = "SELECT coalesce(sum(users), 0) FROM ranked WHERE kind = ?"
        return int(self.database.execute(query, (kind,)).fetchone()[0])

    def stretches(self, users: int) -> Iterator[Stretch]:
        """Cut the persons into stretches of one kind. A stretch of buyers has about this many users."""
        kind, first, last, seen = -1, 0, 0, 0
        rows = self.database.execute("SELECT rank, kind, users FROM ranked ORDER BY rank")
        for rank, each, count in rows:
            if kind >= 0 and (each != kind or (kind == Kind.BUYER and seen >= users)):
                yield Stretch(Kind(kind), first, last)
                kind = -1
            if kind < 0:
                kind, first, seen = each, rank, 0
            last, seen = rank, seen + count
        if kind >= 0:
            yield Stretch(Kind(kind), first, last)

    def close(self) -> None:
        """Delete the temporary data."""
        self.database.close()

    def _person_of(self, names: list[int]) -> int:
        """Return the person who has these names, after merging all who have one of them."""
        marks = ",".join("?" * len(names))
        query = f"SELECT DISTINCT person FROM names WHERE name IN ({marks})"  # noqa: S608 - question marks only
        persons = sorted({self._root(person) for (person,) in self.database.execute(query, names).fetchall()})
        if not persons:
            self._persons += 1
            persons = [self._persons]
        person, *others = persons
        self.database.executemany("INSERT OR REPLACE INTO merged VALUES (?, ?)", [(each, person) for each in others])
        self.database.executemany("INSERT OR IGNORE INTO names VALUES (?, ?)", [(name, person) for name in names])
        return person

    def _root(self, person: int) -> int:
        while row := self.database.execute("SELECT root FROM merged WHERE person = ?", (person,)).fetchone():
            person = row[0]
        return person


def _short(name: str) -> int:
    return int.from_bytes(digest_of(name.encode(errors="backslashreplace"))[:8], "little", signed=True)
