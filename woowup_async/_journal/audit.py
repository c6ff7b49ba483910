"""What a journal is asked when it is held against the account: a sample of what was accepted, and readings of totals.

Room: _journal.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

from woowup_async._flow import Entity
from woowup_async._journal.schema import explained

Transaction = Callable[[], AbstractContextManager[None]]
#: What purchases are known by: without a key they were never sent. Of an unconfirmed one nothing was promised.
_ACCEPTED = (
    "SELECT key FROM records WHERE entity = ? AND state = 'accepted'"
    " AND json_extract(outcome, '$.effect') IS NOT 'unconfirmed'"
)


class Audit:
    """Looks at accepted purchases, and marks those that turned out to be missing."""

    def __init__(self, database: sqlite3.Connection, path: Path, transaction: Transaction) -> None:
        self._database, self._path, self._transaction = database, path, transaction

    def sample(self, size: int, random: Random) -> list[str]:
        """Draw keys of accepted purchases, each as likely as any other."""
        drawn: list[str] = []
        for number, key in enumerate(self._accepted()):
            if number < size:
                drawn.append(key)
            elif (place := random.randrange(number + 1)) < size:
                drawn[place] = key
        return drawn

    def branches(self) -> Counter[str]:
        """Count accepted purchases by branch; "" where they have none."""
        return Counter(branch_and_number(key)[0] for key in self._accepted())

    def settled_at(self) -> float:
        """When the last run ended, or was last seen at work; 0 where there was none."""
        with explained(self._path):
            row = self._database.execute("SELECT max(coalesce(finished, began)) FROM runs").fetchone()
        return float(row[0] or 0.0)

    def release(self, keys: Iterable[str]) -> None:
        """Forget that these were accepted: the next run sends them as if they were new."""
        query = "UPDATE records SET state = 'released', accepted = NULL, outcome = NULL WHERE entity = ? AND key = ?"
        with self._transaction():
            self._database.executemany(query, ((Entity.PURCHASE, key) for key in keys))

    def _accepted(self) -> Iterator[str]:
        with explained(self._path):
            for (key,) in self._database.execute(_ACCEPTED, (Entity.PURCHASE,)):
                yield key


def branch_and_number(key: str) -> tuple[str, str]:
    """Take a purchase's key apart, as `_wire.purchase_shape.purchase_key` put it together."""
    branch, slash, number = key.partition("/")
    if not slash:
        return "", key
    return branch.replace("%2F", "/").replace("%25", "%"), number
