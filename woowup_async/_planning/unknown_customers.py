"""Purchases whose customer is not among the users. The server accepts them in bulk and drops them later.

Room: _planning. The data is in SQLite's private temporary file, so that memory use stays flat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Literal

import msgspec

from woowup_async._flow import Entity, Settled
from woowup_async._ingest.customers import most_asked
from woowup_async._journal.schema import stored
from woowup_async._wire.identity import identifiers_of
from woowup_async.outcomes import Accepted

#: Rows that are written at once, and customers that are looked up at once (guessed).
_BLOCK = 2_000
_BETWEEN = "\0"
_UNCHANGED = Accepted("unchanged")

#: Returns the version of each identifier; None if no customer has it. See `Ledger.versions`.
FindVersions = Callable[[Sequence[str]], Sequence[bytes | None]]


class UnknownCustomers(msgspec.Struct, frozen=True):
    """How many purchases of a dry run have an unknown customer.

    Args:
        users: users that were seen, or known before.
        purchases: purchases whose customer is neither among the users nor in the journal.
        other_case: how many of these have an e-mail address that a user has in other letter case.
        customers: the customers of these purchases.

    """

    users: int = 0
    purchases: int = 0
    other_case: int = 0
    customers: int = 0


def asked_for(found: UnknownCustomers, mode: Literal["auto", "ask", "trust"]) -> int:
    """Return how many of these customers a run would ask about, with one request each."""
    if mode == "trust":
        return 0
    most = most_asked(found.users)
    return found.customers if mode == "ask" else min(found.customers, most)


class Census:
    """Remembers the identifiers of users and of purchases. Identifiers are compared exactly.

    Args:
        before: customers that the journal knows. A purchase that comes before any known customer is not checked.

    """

    def __init__(self, before: int = 0) -> None:
        self._before, self._users = before, 0
        self._names: list[tuple[str]] = []
        self._named: list[tuple[str]] = []
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE users (name TEXT)")
        self._database.execute("CREATE TABLE purchases (names TEXT)")

    def see(self, settled: Settled) -> None:
        """Remember an accepted record."""
        if settled.entity is Entity.USER:
            self._users += 1
            names = identifiers_of(settled.record.raw)
            self._names += ((stored(each),) for each in names)
            self._names += ((stored(lower),) for lower in _lowered(names))
        elif (self._users or self._before) and settled.outcome != _UNCHANGED:
            self._named.append((stored(_BETWEEN.join(identifiers_of(settled.record.raw))),))
        if len(self._names) + len(self._named) >= _BLOCK:
            self._write()

    def count(self, known: FindVersions | None = None) -> UnknownCustomers:
        """Count the unknown customers. `known` looks them up in the journal."""
        users = self._users or self._before
        if not users:
            return UnknownCustomers()
        self._write()
        self._database.execute("CREATE INDEX by_name ON users (name)")
        purchases = other_case = customers = 0
        for names, count in self._unknown(known):
            customers += 1
            purchases += count
            other_case += count if any(self._has_user(lower) for lower in _lowered(names)) else 0
        return UnknownCustomers(users, purchases, other_case, customers)

    def close(self) -> None:
        """Delete the temporary data."""
        self._database.close()

    def _unknown(self, known: FindVersions | None) -> Iterator[tuple[tuple[str, ...], int]]:
        """Yield customers that are neither among the users nor in the journal, with their number of purchases."""
        not_users = self._not_users()
        while block := list(islice(not_users, _BLOCK)):
            lookups = [(*names, _BETWEEN.join(names)) for names, _ in block]
            found = iter(known([name for names in lookups for name in names]) if known else ())
            for customer, names in zip(block, lookups):
                versions = list(islice(found, len(names)))
                if all(version is None for version in versions):
                    yield customer

    def _not_users(self) -> Iterator[tuple[tuple[str, ...], int]]:
        for text, count in self._database.execute("SELECT names, count(*) FROM purchases GROUP BY names"):
            names = tuple(text.split(_BETWEEN))
            if not any(map(self._has_user, names)):
                yield names, count

    def _has_user(self, name: str) -> bool:
        return self._database.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone() is not None

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO users VALUES (?)", self._names)
        self._database.executemany("INSERT INTO purchases VALUES (?)", self._named)
        self._database.execute("COMMIT")
        self._names.clear()
        self._named.clear()


def _lowered(names: Sequence[str]) -> Iterator[str]:
    """Yield e-mail identifiers in lower case, marked so that they equal no real identifier."""
    return (f"~{each.lower()}" for each in names if each.startswith("email:"))
