"""Collects the identifiers of the people that a journal is to forget, in the temporary table `wanted`.

Room: _journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from woowup_async._journal.pseudonyms import parts_of
from woowup_async._journal.schema import stored
from woowup_async._text import in_lower_case
from woowup_async._wire.identity import identifiers_of

_SAME_ADDRESS = """
INSERT OR IGNORE INTO wanted
SELECT identifier FROM customers WHERE identifier = :address OR folded = :address
UNION SELECT key FROM records WHERE entity IN ('user', 'member') AND key LIKE 'email:%' AND lower_case(key) = :address
"""
_SAME_PERSON = """
INSERT OR IGNORE INTO wanted
SELECT identifier FROM customers WHERE person IN (SELECT person FROM customers JOIN wanted USING (identifier))
"""
#: Names for all identifiers of a purchase together.
TOGETHER = "SELECT identifier FROM customers WHERE instr(identifier, char(0))"


def prepare(database: sqlite3.Connection) -> None:
    """Create the table, in memory."""
    database.execute("PRAGMA temp_store = MEMORY")
    database.execute("CREATE TEMP TABLE wanted (identifier TEXT PRIMARY KEY) WITHOUT ROWID")
    database.create_function("lower_case", 1, folded, deterministic=True)


def folded(identifier: str) -> str:
    """Return an identifier, and an e-mail address in lower case."""
    return in_lower_case(identifier) or identifier


def collected(database: sqlite3.Connection, identifiers: Iterable[str]) -> set[str]:
    """Put identifiers and the others of the same people into `wanted`. Return them."""
    wanted = {stored(each) for each in identifiers}
    if not wanted:
        return set()
    before: set[str] = set()
    while wanted != before:
        before = set(wanted)
        database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", [(each,) for each in wanted])
        for each in wanted:
            if each.startswith("email:"):
                database.execute(_SAME_ADDRESS, {"address": folded(each)})
        database.execute(_SAME_PERSON)
        wanted |= {each for (each,) in database.execute("SELECT identifier FROM wanted")}
        wanted |= named_with((parts_of(name) for (name,) in database.execute(TOGETHER)), wanted)
        for _, found in waiting_of(database, wanted):
            wanted |= found
    return wanted


def named_with(together: Iterable[list[str]], wanted: set[str]) -> set[str]:
    """Return all identifiers of purchases that name one of these people. `together`: those of each purchase."""
    people = set(map(folded, wanted))
    return {part for parts in together if not people.isdisjoint(map(folded, parts)) for part in parts}


def waiting_of(database: sqlite3.Connection, wanted: set[str]) -> Iterator[tuple[int, set[str]]]:
    """Yield the numbers of records of these people in the outbox, with all of their identifiers."""
    people = set(map(folded, wanted))
    for number, key, body in database.execute("SELECT id, key, body FROM outbox").fetchall():
        found = {stored(each) for each in identifiers_of(body)}
        if not people.isdisjoint(map(folded, (*found, key))):
            yield number, found
