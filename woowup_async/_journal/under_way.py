"""Stores a row for each request under way. If the process is killed, the records of these requests are in doubt.

Room: _journal. Invariant: a record that was marked and not settled is in exactly one row. So a record needs a row of
its own only when it is settled.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._journal.damage import NONSENSE
from woowup_async._journal.schema import place_of, stored


class Sent(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The stored part of a record in a request. Only users have customers."""

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
    """Marked records, by request. The table is empty when nothing is under way."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._number = 0
        self._requests: dict[int, dict[str, Sent]] = {}
        self._number_of: dict[Entity, dict[str, int]] = {entity: {} for entity in Entity}

    def digest(self, entity: Entity, key: str) -> bytes | None:
        """Return the digest of a record that is under way; None if it is not."""
        number = self._number_of[entity].get(key)
        return None if number is None else self._requests[number][key].digest

    def add(self, entity: Entity, items: Sequence[Item], run: int) -> list[Interrupted]:
        """Note a request that is about to be sent, once for all its attempts.

        Returns:
            The records that were under way with other content. They are no longer noted here.

        """
        keeps = entity is Entity.USER
        sent = {
            item.key if item.key.isascii() else stored(item.key): Sent(
                item.digest, place_of(item.record.position), item.customers if keeps else ()
            )
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
        """Return those of these items that are under way with other content, also within one request."""
        seen = {key: self._requests[number][key] for key, number in self._number_of[entity].items()}
        overtaken = []
        for item in items:
            key = stored(item.key)
            if (before := seen.get(key)) is not None and before.digest != item.digest:
                overtaken.append(Interrupted(entity, key, before.digest, before.position, run, before.customers))
            seen[key] = Sent(item.digest, place_of(item.record.position))
        return overtaken

    def settle(self, entity: Entity, contents: Iterable[tuple[str, bytes]]) -> None:
        """Note that contents of records are settled. Other content of the same record stays under way."""
        requests, number_of = self._requests, self._number_of[entity]
        self._remove(
            entity,
            [key for key, digest in contents if key in number_of and requests[number_of[key]][key].digest == digest],
        )

    def reload(self) -> None:
        """Read the table again, after a transaction that failed."""
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
    """Yield the records in the table. If no run writes to the journal, these are the records without a known result.

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
