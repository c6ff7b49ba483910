"""Reads a journal to compare it with the account: a sample of accepted purchases, and totals by branch and day.

Room: _journal.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path
from random import Random

from woowup_async._flow import Entity
from woowup_async._journal.days import date_of, number_of
from woowup_async._journal.schema import explained

Transaction = Callable[[], AbstractContextManager[None]]
#: Keys of accepted purchases. Unconfirmed ones are left out, since the account need not have them.
_ACCEPTED = (
    "SELECT key, iif(typeof(day) = 'integer', day, NULL) FROM records WHERE entity = ? AND state = 'accepted'"
    " AND json_extract(outcome, '$.effect') IS NOT 'unconfirmed'"
)


class Audit:
    """Reads accepted purchases, and marks those that are missing from the account."""

    def __init__(self, database: sqlite3.Connection, path: Path, transaction: Transaction) -> None:
        self._database, self._path, self._transaction = database, path, transaction

    def sample(self, size: int, random: Random) -> list[str]:
        """Return keys of accepted purchases, drawn at random. Each is equally likely."""
        drawn: list[str] = []
        for number, (key, _) in enumerate(self._accepted()):
            if number < size:
                drawn.append(key)
            elif (place := random.randrange(number + 1)) < size:
                drawn[place] = key
        return drawn

    def branches(self) -> Counter[str]:
        """Count accepted purchases by branch; "" if they have none."""
        return Counter(branch_and_number(key)[0] for key, _ in self._accepted())

    def days(self) -> dict[date, Counter[str]]:
        """Count accepted purchases by day and branch. Those whose day is not known are left out."""
        found: dict[int | None, Counter[str]] = {}
        for key, day in self._accepted():
            found.setdefault(day, Counter())[branch_and_number(key)[0]] += 1
        return {known: counts for number, counts in found.items() if number and (known := date_of(number))}

    def keys_on(self, days: Set[tuple[str, date]]) -> dict[tuple[str, date], list[str]]:
        """Return the keys of accepted purchases by branch and day, for some branches and days."""
        wanted = {(branch, number_of(day)): (branch, day) for branch, day in days}
        found: dict[tuple[str, date], list[str]] = {each: [] for each in days}
        for key, number in self._accepted():
            if number is not None and (which := wanted.get((branch_and_number(key)[0], number))):
                found[which].append(key)
        return found

    def settled_at(self) -> float:
        """Return when the last run ended, or began if it did not end; 0 if there was none."""
        with explained(self._path):
            row = self._database.execute("SELECT max(coalesce(finished, began)) FROM runs").fetchone()
        return float(row[0] or 0.0)

    def under_way(self, keys: Sequence[str], delay: float) -> set[str]:
        """Return which of these purchases a process has under way: none, since nothing writes to the file meanwhile."""
        return set()

    def release(self, keys: Iterable[str]) -> None:
        """Forget that these purchases were accepted, so that the next run sends them as if they were new."""
        query = "UPDATE records SET state = 'released', accepted = NULL, outcome = NULL WHERE entity = ? AND key = ?"
        with self._transaction():
            self._database.executemany(query, ((Entity.PURCHASE, key) for key in keys))

    def _accepted(self) -> Iterator[tuple[str, int | None]]:
        with explained(self._path):
            yield from self._database.execute(_ACCEPTED, (Entity.PURCHASE,))


def branch_and_number(key: str) -> tuple[str, str]:
    """Split a key of `_wire.purchase_shape.purchase_key` into branch and number."""
    branch, slash, number = key.partition("/")
    if not slash:
        return "", key
    return branch.replace("%2F", "/").replace("%25", "%"), number
