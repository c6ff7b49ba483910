"""Stores the customers that the account is known to have, each with the digest of its last accepted user.

Room: _journal.

Identifiers that came in one record belong to one person. The digest is the person's version: the newest content may
come under any of them. It is not known whether the server ignores letter case in e-mail addresses. So a customer is
known only under the exact address, and all ways to write an address belong to one person.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from woowup_async._flow import Entity
from woowup_async._journal.schema import stored
from woowup_async._text import in_lower_case
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
#: Rows of an identifier; for an e-mail address also those with another letter case. The index has only addresses that
#: are not in lower case, so it is mostly empty.
_ROWS = "identifier = ?1 OR identifier = ?2 OR folded = ?2"
_PERSON = f"SELECT DISTINCT person FROM customers WHERE +person IS NOT NULL AND ({_ROWS})"
_NUMBER = f"UPDATE customers SET person = ?3 WHERE person IS NULL AND ({_ROWS})"
_NEXT = "SELECT coalesce(max(person), 0) + 1 FROM people"
_ACCEPTED_USERS = "SELECT key, accepted, {} FROM records WHERE entity = 'user' AND typeof(accepted) = 'blob'"
#: If an address was written in several ways, it is not known which version came last.
_OPEN_ALL = """
UPDATE people SET version = x'' WHERE person IN (
    SELECT person FROM customers
    WHERE identifier IN (SELECT folded FROM customers WHERE folded IS NOT NULL) OR folded IS NOT NULL AND (
        EXISTS (SELECT 1 FROM customers AS other WHERE other.identifier = customers.folded)
        OR folded IN (SELECT folded FROM customers WHERE folded IS NOT NULL GROUP BY folded HAVING count(*) > 1)
    )
)
"""
#: Identifiers with the same version came in one record. Those without a version may come from a purchase.
_COPY_PEOPLE = """
INSERT INTO people (version, person)
SELECT version, row_number() OVER () FROM (SELECT DISTINCT version FROM {0} WHERE version <> x'')
"""
_COPY = """
INSERT INTO customers (identifier, folded, person)
SELECT identifier, folded, person FROM {0} AS before LEFT JOIN people ON people.version = before.version
"""

#: The version of a known customer whose last accepted user is not known.
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
        """Return names of the persons who have these identifiers."""
        return [] if self._is_empty else named(people_in(self._database, identifiers))

    def note(self, notes: Sequence[Note]) -> None:
        """Store what outcomes say about customers."""
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
        """Return whether these identifiers of one record are not yet known to belong to one person."""
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
        """Note that the server may have another version now, and that these may belong to one person."""
        self._link(identifiers, OPEN)

    def _confirm(self, identifiers: Sequence[str]) -> None:
        """Note that a purchase of this customer was accepted. The customer's version does not change."""
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
        # a single one needs a row too: by it an outbox finds an older version of the person with another spelling
        self._database.executemany(_LINK, _rows(identifiers))
        self._join(identifiers, version)

    def _join(self, identifiers: Sequence[str], version: bytes | None) -> None:
        """Merge the persons who have these identifiers into one, and set the version."""
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
        else:  # without a version, it is not known which of two persons has the last one
            execute(_SET_VERSION, (person, version or OPEN))


def versions_in(database: sqlite3.Connection, identifiers: Sequence[str]) -> list[bytes | None]:
    """Look versions up."""
    rows = (database.execute(_VERSION, (stored(each),)).fetchone() for each in identifiers)
    return [row and row[0] for row in rows]


def people_in(database: sqlite3.Connection, identifiers: Sequence[str]) -> list[int]:
    """Return the persons who have these identifiers."""
    people: dict[int, None] = {}
    for each in identifiers:
        people.update(dict.fromkeys(person for (person,) in database.execute(_PERSON, _spelled(each))))
    return list(people)


def named(people: Iterable[int]) -> list[str]:
    """Return names for people, from their numbers. No identifier has such a name."""
    return [f"person:{number}" for number in people]


def known_in(database: sqlite3.Connection) -> Known:
    """Count the identifiers under which a customer is known."""
    query = "SELECT count(person), count(*) - count(person) FROM customers WHERE is_known"
    return Known(*database.execute(query).fetchone())


def fill(database: sqlite3.Connection, doubt_of: str = "doubt") -> None:
    """Fill the tables from the users of a journal that had no such tables. Each user has only one identifier there."""
    users = database.execute(_ACCEPTED_USERS.format(doubt_of))
    for person, (key, accepted, doubt) in enumerate(users, 1):
        ((identifier, folded),) = _rows((key,))
        row = identifier, folded, person
        database.execute("INSERT INTO customers (identifier, folded, person) VALUES (?, ?, ?)", row)
        database.execute(_SET_VERSION, (person, accepted if doubt is None else OPEN))
    database.execute(_OPEN_ALL)


def copy(database: sqlite3.Connection, table: str) -> None:
    """Fill the tables from one of version 3, which did not say which identifiers belong to one person."""
    database.execute(_COPY_PEOPLE.format(table))
    database.execute(_COPY.format(table))


def _rows(identifiers: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    for identifier in identifiers:
        exact, folded = _spelled(identifier)
        yield exact, None if folded == exact else folded


def _spelled(identifier: str) -> tuple[str, str | None]:
    """Return an identifier as it is stored, and an e-mail address also in lower case; None for other identifiers."""
    folded = in_lower_case(identifier)
    return stored(identifier), None if folded is None else stored(folded)
