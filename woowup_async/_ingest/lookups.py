"""What a ledger said about the records that a run is about to take in.

Room: _ingest. The ledger may be a server, so it is asked for many records at once, before they are needed. What it said
is used at once or forgotten. So a decision about a record never waits, and nothing can change during it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from woowup_async._flow import Entity
from woowup_async.ports import Entry, Ledger

#: Identifiers that are kept (guessed: a megabyte). More are forgotten, and asked for again.
_MOST = 10_000


class Lookups:
    """The newest answers of a ledger.

    Args:
        ledger: the journal or another ledger.

    Attributes:
        entries: what is known about records that were not taken in yet, by kind and key. Each is used once.

    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.entries: dict[Entity, dict[str, Entry | None]] = {entity: {} for entity in Entity}
        self._versions: dict[str, bytes | None] = {}
        self._people: dict[tuple[str, ...], Sequence[str]] = {}
        self._changes = 0

    def take(self, entity: Entity, key: str) -> Entry | None:
        """Return what is known about a record that is taken in. It was looked up before."""
        return self.entries[entity].pop(key)

    async def load_entries(self, entity: Entity, keys: Sequence[str]) -> None:
        """Look records up. None of them may be under way."""
        found = await self._ledger.find(entity, keys)
        # another process will settle these first: nothing can be decided now, and they cannot be claimed
        settled = [None if entry is not None and entry.is_elsewhere else entry for entry in found]
        self.entries[entity].update(zip(keys, settled))

    async def load_versions(self, customers: Collection[str]) -> None:
        """Look up the versions of identifiers. One that changes meanwhile is still missing afterwards."""
        missing, changes = [each for each in customers if each not in self._versions], self._changes
        found = await self._ledger.versions(missing)
        if changes == self._changes:
            if len(self._versions) > _MOST:
                self._versions.clear()  # those that are still needed are missing afterwards
            self._versions.update(zip(missing, found))

    async def load_people(self, records: Collection[tuple[str, ...]]) -> None:
        """Look up the people with the identifiers of each record. They too are missing if they change meanwhile."""
        missing, changes = [each for each in records if each not in self._people], self._changes
        found = await self._ledger.people(missing)
        if changes == self._changes:
            if len(self._people) > _MOST:
                self._people.clear()
            self._people.update(zip(missing, found))

    async def know_people(self, records: Collection[tuple[str, ...]]) -> None:
        """Look up the people with the identifiers of each record, until none is missing."""
        while any(map(self.lacks_people, records)):
            await self.load_people(records)

    async def know_versions(self, customers: Sequence[str]) -> None:
        """Look up the versions of identifiers, until none is missing."""
        while self.lacks_versions(customers):
            await self.load_versions(customers)

    def lacks_versions(self, customers: Sequence[str]) -> bool:
        """Return whether a version has to be looked up."""
        return not all(each in self._versions for each in customers)

    def lacks_people(self, customers: tuple[str, ...]) -> bool:
        """Return whether the people with these identifiers have to be looked up."""
        return customers not in self._people

    def versions(self, customers: Sequence[str]) -> Sequence[bytes | None]:
        """Return the version of each identifier. They were looked up before."""
        return [self._versions[each] for each in customers]

    def people(self, customers: Sequence[str]) -> Sequence[str]:
        """Return names of the persons who have these identifiers. They were looked up before."""
        return self._people[tuple(customers)]

    def begin(self, entity: Entity) -> None:
        """Forget the entries of records that were not taken in, before others are looked up."""
        self.entries[entity].clear()

    def forget_customers(self) -> None:
        """Forget versions and people, since an outcome may have changed them."""
        self._versions.clear()
        self._people.clear()
        self._changes += 1
