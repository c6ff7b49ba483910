"""What this process has claimed: claims of some records each, by number.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from woowup_async._flow import Entity, Item
from woowup_async.ports import Note


class Place(NamedTuple):
    """A claimed record, and the number of its claim."""

    entity: Entity
    key: str
    number: int


class Dropped(NamedTuple):
    """What a step removes from claims.

    Attributes:
        whole: claims of which nothing is left.
        parts: claims of which something is left.
        done: the keys that are removed from `parts`.

    """

    whole: list[int]
    parts: list[int]
    done: list[str]


class Claimed:
    """The records that this process has under way, and the claim of each."""

    def __init__(self) -> None:
        self._records: dict[Entity, dict[str, tuple[bytes, int]]] = {entity: {} for entity in Entity}
        self._left = Counter[int]()

    def of(self, entity: Entity) -> dict[str, tuple[bytes, int]]:
        """Return the digest and the claim of each record of a kind, by key."""
        return self._records[entity]

    def add(self, entity: Entity, number: int, items: Sequence[Item], taken: Collection[str]) -> None:
        """Note that a claim has these items, but for those whose keys are taken."""
        mine = {item.key: (item.digest, number) for item in items if item.key not in taken}
        self._records[entity].update(mine)
        self._left[number] = len(mine)

    def dropped(self, settled: Sequence[Place]) -> Dropped:
        """Return what a step removes from claims if it settles these records."""
        counts = Counter([number for _, _, number in settled])
        whole = [number for number, count in counts.items() if count >= self._left[number]]
        parts = [number for number, count in counts.items() if count < self._left[number]]
        return Dropped(whole, parts, [key for _, key, number in settled if number in parts])

    def remove(self, settled: Sequence[Place]) -> None:
        """Forget these records, once they are written."""
        for entity, key, _ in settled:
            self.forget(entity, key)

    def forget(self, entity: Entity, key: str) -> None:
        """Forget one record."""
        _, number = self._records[entity].pop(key)
        self._left[number] -= 1
        if not self._left[number]:
            del self._left[number]

    def settled(self, notes: Sequence[Note]) -> list[Place]:
        """Return the claimed records that notes settle, each once. One about other content settles none."""
        found: dict[tuple[Entity, str], int] = {}
        for settled, digest, _ in notes:
            mine = self._records[settled.entity].get(settled.key)
            if mine is not None and mine[0] == digest:
                found[settled.entity, settled.key] = mine[1]
        return [Place(entity, key, number) for (entity, key), number in found.items()]
