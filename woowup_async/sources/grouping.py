"""Rows into groups of equal key.

Room: sources. Used by `csv`. Rows that stand together stream; a file whose keys come back later goes through a
temporary SQLite file (SQLite's own: readable by its owner only, gone when closed), so that no row of an invoice is lost
or sent as a second purchase.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from itertools import groupby
from typing import NamedTuple


class Row(NamedTuple):
    """One row and the line it starts on; `fault` says why its cells cannot be trusted."""

    line: int
    cells: list[str]
    fault: str = ""


Key = tuple[str, ...]
KeyOf = Callable[[Row], Key]


def adjacent(rows: Iterable[Row], key_of: KeyOf) -> Iterator[list[Row]]:
    """Group neighbours."""
    return (list(group) for _, group in groupby(rows, key_of))


def is_adjacent(rows: Iterable[Row], key_of: KeyOf) -> bool:
    """Whether each key stands in one stretch. Remembers 8 bytes a group; a collision only costs the slower way."""
    seen: set[int] = set()
    for key, _ in groupby(rows, key_of):
        digest = int.from_bytes(
            hashlib.blake2b("\0".join(key).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        )
        if digest in seen:
            return False
        seen.add(digest)
    return True


def regrouped(rows: Iterable[Row], key_of: KeyOf) -> Generator[list[Row], None, None]:
    """Group wherever they stand, in the order in which the keys appear first."""
    # "" is a private temporary database on disk; the threads that pull blocks take turns
    with closing(sqlite3.connect("", check_same_thread=False)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE rows (line INTEGER PRIMARY KEY, key TEXT, cells TEXT, fault TEXT)")
        written = ((row.line, json.dumps(key_of(row)), json.dumps(row.cells), row.fault) for row in rows)
        database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", written)
        database.execute("CREATE INDEX by_key ON rows (key, line)")
        ordered = database.execute(
            "SELECT rows.key, line, cells, fault FROM rows"
            " JOIN (SELECT key, MIN(line) AS first FROM rows GROUP BY key) USING (key) ORDER BY first, line"
        )
        for _, group in groupby(ordered, lambda found: str(found[0])):
            yield [Row(line, json.loads(cells), fault) for _, line, cells, fault in group]
