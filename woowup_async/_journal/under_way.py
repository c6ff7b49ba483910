"""The requests that are under way, a row for each: what a process that is killed leaves in doubt.

Room: _journal. Invariant: a record that was marked and not settled stands in exactly one row. So a record costs the
journal one row of its own, when it is settled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._journal.damage import NONSENSE
from woowup_async._journal.schema import stored


class Sent(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is kept of a record of a request: the customers of users only."""

    digest: bytes
    position: str
    customers: tuple[str, ...] = ()


_decoder = msgspec.json.Decoder(dict[str, Sent])


class Interrupted(NamedTuple):
    """A record that was marked and not settled."""

    entity: Entity
    key: str
    digest: bytes
    position: str
    run: int
    customers: tuple[str, ...] = ()


class UnderWay:
    """Marked records, by request; a table that is empty when nothing is under way."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._number = 0
        self._requests: dict[int, dict[str, Sent]] = {}
        self._number_of: dict[Entity, dict[str, int]] = {entity: {} for entity in Entity}

    def digest(self, entity: Entity, key: str) -> bytes | None:
        """Return the digest under which a record is under way; None where it is not."""
        number = self._number_of[entity].get(key)
        return None if number is None else self._requests[number][key].digest

    def add(self, entity: Entity, items: Sequence[Item], run: int) -> list[Interrupted]:
        """Note a request that is about to leave, once for all its attempts.

        Returns:
            What was under way with another content, and is not noted here any more.

        """
        keeps = entity is Entity.USER
        sent = {
            stored(item.key): Sent(item.digest, stored(str(item.record.position)), item.customers if keeps else ())
            for item in items
        }
        numbers = self._number_of[entity]
        is_new = len(sent) == len(items) and numbers.keys().isdisjoint(sent)
        overtaken = [] if is_new else self._overtaken(entity, items, run)
        if self._requests.get(numbers.get(next(iter(sent), ""), 0)) == sent:
            return overtaken
        self._remove(entity, sent)  # of a request that was refused as a whole
        self._number = number = self._number + 1
        self._requests[number] = sent
        numbers.update(dict.fromkeys(sent, number))
        row = number, entity, run, msgspec.json.encode(sent)
        self._database.execute("INSERT INTO under_way VALUES (?, ?, ?, ?)", row)
        return overtaken

    def _overtaken(self, entity: Entity, items: Sequence[Item], run: int) -> list[Interrupted]:
        """Find what is under way of these with another content, also where one request has two contents of a record."""
        seen = {key: self._requests[number][key] for key, number in self._number_of[entity].items()}
        overtaken = []
        for item in items:
            key = stored(item.key)
            if (before := seen.get(key)) is not None and before.digest != item.digest:
                overtaken.append(Interrupted(entity, key, before.digest, before.position, run, before.customers))
            seen[key] = Sent(item.digest, stored(str(item.record.position)))
        return overtaken

    def settle(self, entity: Entity, contents: Iterable[tuple[str, bytes]]) -> None:
        """Note that contents of records are settled; another content of the same record stays under way."""
        requests, number_of = self._requests, self._number_of[entity]
        self._remove(
            entity,
            [key for key, digest in contents if key in number_of and requests[number_of[key]][key].digest == digest],
        )

    def reload(self) -> None:
        """Go back to what stands in the table, after a transaction that failed."""
        requests, number_of = {}, {entity: dict[str, int]() for entity in Entity}
        for number, entity, _, sent in _rows(self._database):
            requests[number] = records = _decoder.decode(sent)
            number_of[Entity(entity)].update(dict.fromkeys(records, number))
        self._requests, self._number_of = requests, number_of

    def _remove(self, entity: Entity, keys: Iterable[str]) -> None:
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


def left_in(database: sqlite3.Connection, damaged: list[int] | None = None) -> Iterator[Interrupted]:
    """Read what stands in the table: in a journal without a writer, what was lost from sight.

    `damaged` gets the numbers of rows that cannot be read.
    """
    for number, entity, run, sent in _rows(database):
        try:
            records, kind = _decoder.decode(sent), Entity(entity)
            left = [
                Interrupted(kind, key, one.digest, one.position, int(run), one.customers)
                for key, one in records.items()
            ]
        except NONSENSE:
            if damaged is not None:
                damaged.append(number)
            continue
        yield from left


def _rows(database: sqlite3.Connection) -> Iterator[tuple[int, str, int, bytes]]:
    return iter(database.execute("SELECT number, entity, run, sent FROM under_way ORDER BY number"))
