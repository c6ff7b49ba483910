"""A ledger on a server with forgotten records, which still recognises them when they come again.

Room: _ledger. As `_journal.recognising` does for a file. `inputs` opens it for every run: without forgotten records it
passes all calls on. `woowup forget` is refused while a process is in a run, so what is forgotten stays the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import anyio.to_thread

from woowup_async._flow import Entity, Item
from woowup_async._ledger.forgotten import IS_FORGOTTEN, SALT, Forgotten, people_among
from woowup_async._ledger.ledger import LEASE, PostgresLedger
from woowup_async._ledger.reader import PostgresReader
from woowup_async.budget.dsn import Dsn
from woowup_async.ports import Entry, Mark, Note, Opening


class RecognisingPostgresLedger(PostgresLedger):
    """A ledger on a server, for one run of one account. See `PostgresLedger`."""

    def __init__(self, dsn: Dsn, account: Callable[[bytes], bytes], *, lease: float = LEASE) -> None:
        super().__init__(dsn, account, lease=lease)
        self._names: Forgotten | None = None

    async def begin(self, sources: Sequence[Mark]) -> Opening:
        """Begin a run. See `PostgresLedger`."""
        opening = await super().begin(sources)
        if (salt := await self.noted(SALT)) is not None:
            self._names = Forgotten(await anyio.to_thread.run_sync(self._mark, salt.encode()))
        return opening

    async def find(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up."""
        if (names := self._names) is None:
            return await super().find(entity, keys)
        await self._ask(names, people_among(entity, keys))
        return [names.entry(each) for each in await super().find(entity, names.keys(entity, keys))]

    async def peek(self, entity: Entity, keys: Sequence[str]) -> Sequence[Entry | None]:
        """Look records up that this process is not about to claim."""
        if (names := self._names) is None:
            return await super().peek(entity, keys)
        await self._ask(names, people_among(entity, keys))
        return [names.entry(each) for each in await super().peek(entity, names.keys(entity, keys))]

    async def claim(self, entity: Entity, items: Sequence[Item]) -> Collection[str]:
        """Claim items. Return the keys of those that were not free."""
        if (names := self._names) is None:
            return await super().claim(entity, items)
        customers = [each for item in items for each in item.customers]
        await self._ask(names, [*people_among(entity, [item.key for item in items]), *customers])
        renamed = [names.item(entity, item) for item in items]
        taken = await super().claim(entity, renamed)
        return {item.key for item, other in zip(items, renamed) if other.key in taken}

    async def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each customer."""
        if (names := self._names) is None:
            return await super().versions(customers)
        await self._ask(names, customers)
        return [names.shown(each) for each in await super().versions(names.all_of(customers))]

    async def people(self, records: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
        """Return names of the persons who have these identifiers, for each record."""
        if (names := self._names) is None:
            return await super().people(records)
        await self._ask(names, [each for customers in records for each in customers])
        return await super().people([names.all_of(customers) for customers in records])

    async def _store(self, notes: Sequence[Note]) -> None:
        if (names := self._names) is not None:
            people = [key for one, _, _ in notes for key in people_among(one.entity, (one.key,))]
            await self._ask(names, [*people, *(each for note in notes for each in note.customers)])
            notes = [names.note(note) for note in notes]
        await super()._store(notes)

    async def _ask(self, names: Forgotten, identifiers: Iterable[str]) -> None:
        if asked := names.unknown(identifiers):
            spelled, lower = names.spelled(asked)
            rows = await self._rows(IS_FORGOTTEN, spelled, lower, self._account, self._account)
            names.learn(asked, spelled, [number for (number,) in rows])


class RecognisingPostgresReader(PostgresReader):
    """A ledger on a server, only to be read. See `PostgresReader`."""

    def __init__(self, dsn: Dsn, account: Callable[[bytes], bytes] | None = None) -> None:
        super().__init__(dsn, account)
        # a ledger of many accounts has a salt for each
        salt = self.noted(SALT) if account is not None else None
        self._names = Forgotten(account(salt.encode())) if salt is not None and account is not None else None

    def find_all(self, entity: Entity, keys: Sequence[str]) -> list[Entry | None]:
        """Look records up."""
        if (names := self._names) is None:
            return super().find_all(entity, keys)
        self._ask(names, people_among(entity, keys))
        return [names.entry(each) for each in super().find_all(entity, names.keys(entity, keys))]

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer."""
        if (names := self._names) is None:
            return super().versions(customers)
        self._ask(names, customers)
        return [names.shown(each) for each in super().versions(names.all_of(customers))]

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        if (names := self._names) is None:
            return super().people(customers)
        self._ask(names, customers)
        return super().people(names.all_of(customers))

    def _ask(self, names: Forgotten, identifiers: Iterable[str]) -> None:
        if asked := names.unknown(identifiers):
            spelled, lower = names.spelled(asked)
            rows = self._plain(IS_FORGOTTEN, spelled, lower, self._account, self._account)
            names.learn(asked, spelled, [number for (number,) in rows])
