"""The part of a ledger that changes nothing.

Room: _ledger. `PostgresLedger` is the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from woowup_async._flow import Entity
from woowup_async._ledger import arrays
from woowup_async._ledger import statements as sql
from woowup_async._ledger.claimed import Claimed
from woowup_async._ledger.codes import ENTITIES, key_of, keys_of
from woowup_async._ledger.connections import Connections, Rows
from woowup_async._ledger.rows import entry_of, spelled, under_way
from woowup_async.budget.dsn import Dsn
from woowup_async.ports import Entry, Known


class Questions:
    """Looks up what a ledger knows about records and customers."""

    def __init__(self, dsn: Dsn) -> None:
        self._dsn, self._connections = dsn, Connections(dsn)
        self._account = self._run = self._writer = 0
        self._claimed = Claimed()

    async def peek(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up that this process is not about to claim."""
        found: list[Entry | None] = [None] * len(keys)
        if not keys:
            return found
        for place, entry, _ in self._entries(entity, keys, await self._known(entity, keys)):
            found[place] = entry
        return found

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        found: list[bytes | None] = [None] * len(customers)
        for number, version in await self._rows(sql.VERSIONS, [key_of(each) for each in customers], self._account):
            found[number - 1] = version
        return found

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names of the persons who have these identifiers, for each record."""
        numbers = [number for number, customers in enumerate(records) for _ in customers]
        names, lowered = spelled([each for customers in records for each in customers])
        found: list[list[str]] = [[] for _ in records]
        for number, person in await self._rows(sql.PEOPLE, numbers, names, lowered, self._account, self._account):
            found[number].append(f"person:{person}")
        return found

    async def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        return Known(*(await self._rows(sql.KNOWN, self._account))[0])

    async def recall(self) -> bytes:
        """Return the memory of the limiter that wrote last."""
        rows = await self._rows(sql.RECALL, self._account)
        return bytes(rows[0][0]) if rows else b""

    async def _known(self, entity: Entity, keys: Sequence[str]) -> Rows:
        """Return the rows of records that the server knows."""
        number, account = ENTITIES[entity], self._account
        values = arrays.texts(keys_of(list(keys))), account, number, self._writer, account, number
        return await self._rows(sql.FIND, *values)

    def _entries(self, entity: Entity, keys: Sequence[str], rows: Rows) -> Iterator[tuple[int, Entry, int]]:
        """Yield the place of each known record, what is known about it, and how often it was settled."""
        for row in under_way(rows, keys, self._claimed.of(entity), self._writer):
            yield row[0] - 1, entry_of(row, self._writer, self._run), row[7] or 0

    async def _rows(self, statement: str, *values: Any) -> Rows:
        return (await self._connections.step((statement, values)))[0]
