"""Groups rows with the same key.

Room: sources. If the rows of each key are adjacent, they are streamed. Otherwise they go through a temporary file of
SQLite (readable by its owner only, deleted when closed), so that no row of an invoice is lost or sent as a second
purchase.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from typing import NamedTuple


class Row(NamedTuple):
    """One row and the line where it starts. `fault` says what is wrong with its cells, `key` names its record."""

    line: int
    cells: list[str]
    fault: str = ""
    key: tuple[str, ...] = ()


GroupKey = tuple[str, ...]
KeyOf = Callable[[Row], GroupKey]


def adjacent(rows: Iterable[Row], key_of: KeyOf) -> Iterator[list[Row]]:
    """Group neighbouring rows."""
    return (list(group) for _, group in groupby(rows, key_of))


#: Groups that `is_adjacent` remembers (guessed: 32 MB). A file with more takes the slower way, in bounded memory.
_MOST_GROUPS = 4_000_000
#: Groups at the start that show at once whether a file is not sorted (guessed).
_FIRST = 20_000
_BUCKETS = 256


def is_adjacent(rows: Iterable[Row], key_of: KeyOf) -> bool:
    """Return whether the rows of each key are certainly adjacent. A hash collision only leads to the slower way."""
    first: set[int] = set()
    buckets = [array("Q") for _ in range(_BUCKETS)]  # eight bytes for each group, a set would take eighty
    for number, (key, _) in enumerate(groupby(rows, key_of)):
        digest = int.from_bytes(
            hashlib.blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        )
        if digest in first or number == _MOST_GROUPS:
            return False
        if number < _FIRST:
            first.add(digest)
        buckets[digest % _BUCKETS].append(digest)
    return all(len(set(bucket)) == len(bucket) for bucket in buckets)


def regrouped(rows: Iterable[Row], key_of: KeyOf) -> Generator[list[Row], None, None]:
    """Group rows anywhere in the file, in the order in which the keys first appear."""
    with closing(Shelf(rows, key_of)) as shelf:
        yield from shelf.groups()


#: Several rows can have one line: those of a JSON document.
_TABLE = "CREATE TABLE rows (number INTEGER PRIMARY KEY, line INTEGER, key TEXT, cells TEXT, fault TEXT)"


class Shelf:
    """All rows of a file by key, in SQLite's private temporary file."""

    def __init__(self, rows: Iterable[Row], key_of: KeyOf) -> None:
        # several threads use it, but never at the same time
        self._database = sqlite3.connect("", check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_TABLE)
        written = ((row.line, json.dumps(key_of(row)), json.dumps(row.cells), row.fault) for row in rows)
        try:
            self._database.executemany("INSERT INTO rows (line, key, cells, fault) VALUES (?, ?, ?, ?)", written)
            self._database.execute("CREATE INDEX by_key ON rows (key, number)")
        except BaseException:
            self.close()
            raise

    def groups(self) -> Iterator[list[Row]]:
        """Yield the rows of each key, in the order in which the keys first appear."""
        ordered = self._database.execute(
            "SELECT rows.key, line, cells, fault FROM rows"
            " JOIN (SELECT key, MIN(number) AS first FROM rows GROUP BY key) USING (key) ORDER BY first, number"
        )
        for _, group in groupby(ordered, lambda found: str(found[0])):
            found = list(group)
            key = tuple(json.loads(found[0][0]))
            yield [Row(line, json.loads(cells), fault, key) for _, line, cells, fault in found]

    def of(self, key: GroupKey) -> list[Row]:
        """Return the rows of one key."""
        query = "SELECT line, cells, fault FROM rows WHERE key = ? ORDER BY number"
        found = self._database.execute(query, (json.dumps(key),))
        return [Row(line, json.loads(cells), fault) for line, cells, fault in found]

    def close(self) -> None:
        """Delete the rows."""
        self._database.close()
