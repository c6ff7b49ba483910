"""Which customers the account is known to have, and the version of each: the digest of the user accepted last.

Room: _journal.

Identifiers that came in one record belong to one person, and the version is the person's: the newest content may come
under any of them. Assumed: the server may tell two e-mail addresses apart by the case of their letters, and may not. So
a customer is known under an address only as it was written, and all ways to write it are one person's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from woowup_async._flow import Entity
from woowup_async._journal.schema import stored
from woowup_async._wire.identity import in_lower_case
from woowup_async.outcomes import Accepted, InDoubt, Rejected
from woowup_async.ports import Known, Note

_KNOW = """
INSERT INTO customers (identifier, folded) VALUES (?, ?) ON CONFLICT (identifier) DO UPDATE SET is_known = 1
"""
_LINK = "INSERT OR IGNORE INTO customers (identifier, folded, is_known) VALUES (?, ?, 0)"
_VERSION = """
SELECT coalesce(version, x'') FROM customers LEFT JOIN people USING (person) WHERE identifier = ? AND is_known
"""
_SET_VERSION = "INSERT INTO people VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET version = excluded.version"
#: Rows of an identifier; of an e-mail also those that write it otherwise. The index has only those that are not in
#: lower case, and is mostly empty.
_ROWS = "identifier = ?1 OR identifier = ?2 OR folded = ?2"
_PERSON = f"SELECT DISTINCT person FROM customers WHERE +person IS NOT NULL AND ({_ROWS})"
_NUMBER = f"UPDATE customers SET person = ?3 WHERE person IS NULL AND ({_ROWS})"
_NEXT = "SELECT coalesce(max(person), 0) + 1 FROM people"
_ACCEPTED_USERS = "SELECT key, accepted, {} FROM records WHERE entity = 'user' AND typeof(accepted) = 'blob'"
#: Several ways to write one address: which came last is not known.
_OPEN_ALL = """
UPDATE people SET version = x'' WHERE person IN (
    SELECT person FROM customers
    WHERE identifier IN (SELECT folded FROM customers WHERE folded IS NOT NULL) OR folded IS NOT NULL AND (
        EXISTS (SELECT 1 FROM customers AS other WHERE other.identifier = customers.folded)
        OR folded IN (SELECT folded FROM customers WHERE folded IS NOT NULL GROUP BY folded HAVING count(*) > 1)
    )
)
"""
#: Identifiers with one version came in one record; those of no version may be a purchase's.
_COPY_PEOPLE = """
INSERT INTO people (version, person)
SELECT version, row_number() OVER () FROM (SELECT DISTINCT version FROM {0} WHERE version <> x'')
"""
_COPY = """
INSERT INTO customers (identifier, folded, person)
SELECT identifier, folded, person FROM {0} AS before LEFT JOIN people ON people.version = before.version
"""

#: The version of a customer who is known, where the user that was accepted last under that name is not known.
OPEN = b""


class CustomerTable:
    """The table of customers."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._is_empty = not database.execute("SELECT EXISTS (SELECT 1 FROM customers)").fetchone()[0]

    def versions(self, identifiers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each identifier; None if no customer is known under it."""
        if self._is_empty:
            return [None] * len(identifiers)
        return versions_in(self._database, identifiers)

    def people(self, identifiers: Sequence[str]) -> list[str]:
        """Name those whose identifiers these are."""
        return [] if self._is_empty else named(people_in(self._database, identifiers))

    def note(self, notes: Sequence[Note]) -> None:
        """Keep what outcomes say of customers."""
        for settled, digest, identifiers in notes:
            if not identifiers:
                continue
            if settled.entity is not Entity.USER:
                if isinstance(settled.outcome, Accepted):
                    self._confirm(identifiers)
                elif isinstance(settled.outcome, Rejected) and settled.outcome.code == "user_not_found":
                    self._forget(identifiers)
            elif isinstance(settled.outcome, Accepted):
                self._database.executemany(_KNOW, _rows(identifiers))
                self._join(identifiers, digest)
            elif isinstance(settled.outcome, InDoubt):
                self.open(identifiers)
            elif len(identifiers) > 1 or not isinstance(settled.outcome, Rejected):
                self._link(identifiers)

    def joins(self, identifiers: Sequence[str]) -> bool:
        """Return whether these identifiers came in one record, and are not known yet to be one person's."""
        if len(identifiers) < 2 or self._is_empty:
            return len(identifiers) > 1
        people = [people_in(self._database, (each,)) for each in identifiers]
        return len(people[0]) != 1 or any(each != people[0] for each in people)

    def keep(self, identifiers: Sequence[str]) -> None:
        """Keep that these came in one record: of one person, whatever becomes of the record."""
        people = {self._person_under(each) for each in identifiers}
        if len(people) != 1 or None in people:
            self._link(identifiers)

    def _person_under(self, identifier: str) -> int | None:
        query = "SELECT person FROM customers WHERE identifier = ?"
        row = self._database.execute(query, (stored(identifier),)).fetchone()
        return int(row[0]) if row and row[0] is not None else None

    def open(self, identifiers: Sequence[str]) -> None:
        """Keep that the server may have another version now, and that these may be one person's."""
        self._link(identifiers, OPEN)

    def _confirm(self, identifiers: Sequence[str]) -> None:
        """Note that a purchase of this customer was accepted; the customer's version stays as it was."""
        self._is_empty = False
        self._database.executemany(_KNOW, _rows(identifiers))
        for each in identifiers:
            if people_in(self._database, (each,)):
                self._join((each,), None)

    def _forget(self, identifiers: Sequence[str]) -> None:
        """Note that the server knows nobody under these: no identifier of these people is known any more."""
        execute = self._database.execute
        for each in identifiers:
            execute("UPDATE customers SET is_known = 0 WHERE identifier = ?", (stored(each),))
        for person in people_in(self._database, identifiers):
            execute("UPDATE customers SET is_known = 0 WHERE person = ?", (person,))

    def _link(self, identifiers: Sequence[str], version: bytes | None = None) -> None:
        # also a single one: an outbox finds by its row that an older version of the person, spelled otherwise, waits
        self._database.executemany(_LINK, _rows(identifiers))
        self._join(identifiers, version)

    def _join(self, identifiers: Sequence[str], version: bytes | None) -> None:
        """Make one person of those whose identifiers these are, and set the version."""
        self._is_empty, execute = False, self._database.execute
        people = people_in(self._database, identifiers) or [execute(_NEXT).fetchone()[0]]
        person = min(people)  # the oldest has the most identifiers
        for other in people:
            if other != person:
                execute("UPDATE customers SET person = ? WHERE person = ?", (person, other))
                execute("DELETE FROM people WHERE person = ?", (other,))
        for identifier in identifiers:
            execute(_NUMBER, (*_spelled(identifier), person))
        if version is None and len(people) == 1:
            execute("INSERT OR IGNORE INTO people VALUES (?, ?)", (person, OPEN))
        else:  # of two versions it is not known which is the last one
            execute(_SET_VERSION, (person, version or OPEN))


def versions_in(database: sqlite3.Connection, identifiers: Sequence[str]) -> list[bytes | None]:
    """Look versions up."""
    rows = (database.execute(_VERSION, (stored(each),)).fetchone() for each in identifiers)
    return [row and row[0] for row in rows]


def people_in(database: sqlite3.Connection, identifiers: Sequence[str]) -> list[int]:
    """Look up whose identifiers these are."""
    people: dict[int, None] = {}
    for each in identifiers:
        people.update(dict.fromkeys(person for (person,) in database.execute(_PERSON, _spelled(each))))
    return list(people)


def named(people: Iterable[int]) -> list[str]:
    """Name people by their numbers; no identifier is such a name."""
    return [f"person:{number}" for number in people]


def known_in(database: sqlite3.Connection) -> Known:
    """Count the identifiers under which somebody is known."""
    query = "SELECT count(person), count(*) - count(person) FROM customers WHERE is_known"
    return Known(*database.execute(query).fetchone())


def fill(database: sqlite3.Connection, doubt_of: str = "doubt") -> None:
    """Fill the tables from the users of a journal that had none; each is known by one identifier only."""
    users = database.execute(_ACCEPTED_USERS.format(doubt_of))
    for person, (key, accepted, doubt) in enumerate(users, 1):
        ((identifier, folded),) = _rows((key,))
        row = identifier, folded, person
        database.execute("INSERT INTO customers (identifier, folded, person) VALUES (?, ?, ?)", row)
        database.execute(_SET_VERSION, (person, accepted if doubt is None else OPEN))
    database.execute(_OPEN_ALL)


def copy(database: sqlite3.Connection, table: str) -> None:
    """Fill the tables from one of version 3, which did not say which identifiers are one person's."""
    database.execute(_COPY_PEOPLE.format(table))
    database.execute(_COPY.format(table))


def _rows(identifiers: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for identifier in identifiers:
        exact, folded = _spelled(identifier)
        yield exact, None if folded == exact else folded


def _spelled(identifier: str) -> tuple[str, str | None]:
    """An identifier, and an e-mail address in lower case; None if it is not an identifier."""
    folded = in_lower_case(identifier)
    return stored(identifier), None if folded is None else stored(folded)
