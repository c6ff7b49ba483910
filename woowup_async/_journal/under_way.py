"""The requests that are under way, a row for each: what a process that is killed leaves in doubt.

Room: _journal. Kept by `ledger`, in its transactions; `reader` looks at it. Invariant: a record that was marked and not
settled stands in exactly one row. So a record costs the journal one row of its own, when it is settled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import NamedTuple

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._journal.schema import stored

#: Of the records of a request, by key: the digest of what was sent, and the position.
Sent = dict[str, tuple[bytes, str]]

_decoder = msgspec.json.Decoder(Sent)


class Left(NamedTuple):
    """A record that was marked and not settled."""

    entity: Entity
    key: str
    digest: bytes
    position: str
    run: int


class UnderWay:
    """Marked records, by request; a table that is empty when nothing is under way."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._numbers = count(1)
        self._requests: dict[int, Sent] = {}
        self._number_of: dict[Entity, dict[str, int]] = {entity: {} for entity in Entity}

    def digest(self, entity: Entity, key: str) -> bytes | None:
        """Return the digest under which a record is under way; None where it is not."""
        number = self._number_of[entity].get(key)
        return None if number is None else self._requests[number][key][0]

    def add(self, entity: Entity, items: Sequence[Item], run: int) -> None:
        """Note a request that is about to leave, once for all its attempts."""
        sent = {stored(item.key): (item.digest, stored(str(item.record.position))) for item in items}
        numbers = self._number_of[entity]
        if self._requests.get(numbers.get(next(iter(sent), ""), 0)) == sent:
            return
        self.remove(entity, sent)  # of a request that was refused as a whole
        number = next(self._numbers)
        self._requests[number] = sent
        numbers.update(dict.fromkeys(sent, number))
        row = number, entity, run, msgspec.json.encode(sent)
        self._database.execute("INSERT INTO under_way VALUES (?, ?, ?, ?)", row)

    def remove(self, entity: Entity, keys: Iterable[str]) -> None:
        """Note that records are settled, or part of another request now."""
        numbers, touched = self._number_of[entity], set[int]()
        for key in keys:
            number = numbers.pop(key, 0)
            if number:
                del self._requests[number][key]
                touched.add(number)
        for number in touched:
            if rest := self._requests[number]:
                self._database.execute(
                    "UPDATE under_way SET sent = ? WHERE number = ?", (msgspec.json.encode(rest), number)
                )
            else:
                del self._requests[number]
                self._database.execute("DELETE FROM under_way WHERE number = ?", (number,))


def left_in(database: sqlite3.Connection) -> Iterator[Left]:
    """Read what stands in the table: in a journal without a writer, what was lost from sight."""
    for entity, run, sent in database.execute("SELECT entity, run, sent FROM under_way ORDER BY number"):
        for key, (digest, position) in _decoder.decode(sent).items():
            yield Left(Entity(entity), key, digest, position, run)
