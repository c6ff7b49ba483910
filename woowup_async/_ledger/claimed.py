"""What this process has claimed: claims of some records each, by number.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from woowup_async._flow import Entity, Item
from woowup_async.ports import Note

#: Claimed records, and the claim of each.
Settled = Mapping[tuple[Entity, str], int]


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
        self._left, self._new = Counter[int](), set[int]()

    def of(self, entity: Entity) -> dict[str, tuple[bytes, int]]:
        """Return the digest and the claim of each record of a kind, by key."""
        return self._records[entity]

    def add(
        self, entity: Entity, number: int, items: Sequence[Item], taken: Collection[str], *, is_new: bool = False
    ) -> None:
        """Note that a claim has these items, but for those whose keys are taken.

        `is_new`: the ledger has no record of any of them.
        """
        if is_new:
            self._new.add(number)
        mine = {item.key: (item.digest, number) for item in items if item.key not in taken}
        self._records[entity].update(mine)
        self._left[number] = len(mine)

    def are_new(self, notes: Sequence[Note]) -> bool:
        """Return whether the ledger probably has no record of what notes are about, and they are claimed."""
        numbers = {
            mine[1] if (mine := self._records[one.entity].get(one.key)) is not None else 0 for one, _, _ in notes
        }
        return numbers <= self._new

    def settled(self, notes: Sequence[Note]) -> Settled:
        """Return the claimed records that notes settle. One about other content settles none."""
        records = self._records
        return {
            (one.entity, one.key): mine[1]
            for one, digest, _ in notes
            if (mine := records[one.entity].get(one.key)) is not None and mine[0] == digest
        }

    def dropped(self, settled: Settled) -> Dropped:
        """Return what a step removes from claims if it settles these records."""
        counts = Counter(settled.values())
        whole = [number for number, count in counts.items() if count >= self._left[number]]
        parts = [number for number, count in counts.items() if count < self._left[number]]
        return Dropped(whole, parts, [key for (_, key), number in settled.items() if number in parts] if parts else [])

    def remove(self, settled: Settled) -> None:
        """Forget these records, once they are written."""
        for entity, key in settled:
            del self._records[entity][key]
        for number, count in Counter(settled.values()).items():
            self._left[number] -= count
            if not self._left[number]:
                del self._left[number]
                self._new.discard(number)
