"""Replaces what a ledger forgot by its names, on the way in, and makes its digests comparable, on the way out.

Room: _journal. Pure. `recognising` uses it for a file, and `_ledger.recognising` for a ledger on a server.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._journal.pseudonyms import joined, keyed, parts_of, secret_digest
from woowup_async.ports import Entry, Note

#: Entities whose keys are identifiers of people.
PEOPLE = (Entity.USER, Entity.MEMBER)


class Names(ABC):
    """Replaces forgotten identifiers by their names, and leaves others as they are."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @abstractmethod
    def of(self, identifier: str) -> str:
        """Return the name of an identifier if it, or another spelling of the address, was forgotten."""

    def key(self, entity: Entity, key: str) -> str:
        """Return the key of a record as the file has it."""
        return self.of(key) if entity in PEOPLE and key else key

    def all_of(self, identifiers: Sequence[str]) -> tuple[str, ...]:
        """Return the name of each. In one for several identifiers together, each is replaced by itself."""
        return tuple(joined(map(self.of, parts_of(each))) for each in identifiers)

    def shown(self, digest: bytes | None) -> bytes | None:
        """Return a digest from the file so that it can be compared."""
        return secret_digest(self._secret, digest)

    def entry(self, entry: Entry | None) -> Entry | None:
        """Return an entry whose digests can be compared."""
        if entry is None:
            return None
        digests = {"accepted": self.shown(entry.accepted), "doubt": self.shown(entry.doubt)}
        return msgspec.structs.replace(entry, digest=self.shown(entry.digest) or b"", **digests)

    def item(self, entity: Entity, item: Item) -> Item:
        """Return an item as the file may have it."""
        customers = self.all_of(item.customers)
        key = self.key(entity, item.key)
        if key == item.key:
            return msgspec.structs.replace(item, customers=customers)
        return msgspec.structs.replace(item, key=key, customers=customers, digest=keyed(self._secret, item.digest))

    def note(self, note: Note) -> Note:
        """Return a note as the file may have it."""
        settled, digest, customers = note
        key = self.key(settled.entity, settled.key)
        if key != settled.key:
            settled, digest = msgspec.structs.replace(settled, key=key), keyed(self._secret, digest)
        return Note(settled, digest, self.all_of(customers))
