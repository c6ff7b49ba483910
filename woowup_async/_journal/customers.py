"""Which customers the account is known to have, and the version of each: the digest of the user accepted last.

Room: _journal. Kept by `ledger`, in its transactions; `reader` looks at it.

Assumed: the server may tell two e-mail addresses apart by the case of their letters, and may not. So a customer is
known under an address only as it was written, and a version is the last one for all ways to write the address.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence

from woowup_async._flow import Entity, Note
from woowup_async._journal.schema import stored
from woowup_async.outcomes import Accepted, InDoubt

_REPLACE = """
INSERT INTO customers (identifier, version, folded) VALUES (?, ?, ?)
ON CONFLICT (identifier) DO UPDATE SET version = excluded.version
"""
_IGNORE = "INSERT OR IGNORE INTO customers (identifier, version, folded) VALUES (?, ?, ?)"
_UPDATE = "UPDATE customers SET version = ?1 WHERE identifier = ?2"
#: The same address in whatever case; the index holds only those that are not in lower case, and is mostly empty.
_UPDATE_FOLDED = "UPDATE customers SET version = ?1 WHERE folded = ?2"
_VERSION = "SELECT version FROM customers WHERE identifier = ?"
_ACCEPTED_USERS = "SELECT key, accepted, {} FROM records WHERE entity = 'user' AND typeof(accepted) = 'blob'"
#: Several ways to write one address: which came last is not known.
_OPEN_ALL = """
UPDATE customers SET version = x''
WHERE identifier IN (SELECT folded FROM customers WHERE folded IS NOT NULL) OR folded IS NOT NULL AND (
    EXISTS (SELECT 1 FROM customers AS other WHERE other.identifier = customers.folded)
    OR folded IN (SELECT folded FROM customers WHERE folded IS NOT NULL GROUP BY folded HAVING count(*) > 1)
)
"""

#: The version of a customer who is known, while the user that was accepted last under his name is not.
OPEN = b""


class Customers:
    """The table of customers."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._is_empty = not database.execute("SELECT EXISTS (SELECT 1 FROM customers)").fetchone()[0]

    def versions(self, identifiers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each; None where nobody is known under it."""
        if self._is_empty:
            return [None] * len(identifiers)
        return versions_in(self._database, identifiers)

    def note(self, notes: Sequence[Note]) -> None:
        """Keep what outcomes say of customers."""
        for settled, digest, identifiers in notes:
            if not identifiers:
                continue
            if settled.entity is Entity.USER:
                if isinstance(settled.outcome, Accepted):
                    self.accept(identifiers, digest)
                elif isinstance(settled.outcome, InDoubt):
                    self.open(identifiers)
            elif isinstance(settled.outcome, Accepted):
                self._is_empty = False
                self._database.executemany(_IGNORE, _rows(identifiers, OPEN))

    def accept(self, identifiers: Sequence[str], version: bytes) -> None:
        """Keep that a user was accepted under these."""
        self._is_empty = False
        self._database.executemany(_REPLACE, _rows(identifiers, version))
        self._update(identifiers, version)

    def open(self, identifiers: Sequence[str]) -> None:
        """Keep that the server may have another version now, where somebody is known under these."""
        if not self._is_empty:
            self._update(identifiers, OPEN)

    def _update(self, identifiers: Sequence[str], version: bytes) -> None:
        for identifier in identifiers:
            folded = in_lower_case(identifier)
            self._database.execute(_UPDATE, (version, stored(folded or identifier)))
            if folded is not None:
                self._database.execute(_UPDATE_FOLDED, (version, stored(folded)))


def versions_in(database: sqlite3.Connection, identifiers: Sequence[str]) -> list[bytes | None]:
    """Look versions up."""
    rows = (database.execute(_VERSION, (stored(each),)).fetchone() for each in identifiers)
    return [row and row[0] for row in rows]


def fill(database: sqlite3.Connection, doubt_of: str = "doubt") -> None:
    """Fill the table from the users of a journal that had none; each is known by one identifier only."""
    for key, accepted, doubt in database.execute(_ACCEPTED_USERS.format(doubt_of)):
        version = accepted if doubt is None else OPEN
        database.execute(_REPLACE, next(_rows((key,), version)))
    database.execute(_OPEN_ALL)


def _rows(identifiers: Sequence[str], version: bytes) -> Iterator[tuple[str, bytes, str | None]]:
    for identifier in identifiers:
        folded = in_lower_case(identifier)
        is_lower = folded is None or folded == identifier
        yield stored(identifier), version, None if is_lower or folded is None else stored(folded)


def in_lower_case(identifier: str) -> str | None:
    """Return an e-mail address in lower case; None for an identifier that is none."""
    return identifier.lower() if identifier.startswith("email:") else None
