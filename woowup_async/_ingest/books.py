"""The books of a run: what is accepted for settlement and not yet settled.

Room: _ingest. Pure. Kept by `pipeline` and `run`. Invariant: what is opened is closed exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from woowup_async._flow import Entity, Item
from woowup_async._transport.trail import Trail
from woowup_async.outcomes import InDoubt, Outcome, Released

#: Identical items that may wait for the outcome of one in flight (guessed); more wait in the source.
_MOST_TWINS = 1_000


class Books:
    """Unsettled items by key, oldest first: no two of one key at a time."""

    def __init__(self) -> None:
        self._open: dict[str, Item] = {}
        self._users: set[str] = set()  # keys of those that are users
        self._trails: dict[str, Trail] = {}
        self._twins: dict[str, list[Item]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def holds(self, key: str) -> bool:
        """Whether an item of this key is unsettled."""
        return key in self._open

    def open(self, entity: Entity, item: Item) -> None:
        """Take an item in."""
        self._open[item.key] = item
        if entity is Entity.USER:
            self._users.add(item.key)

    def join(self, item: Item) -> bool:
        """Let an item share the outcome of an identical one, where that is unsettled; it needs no request then."""
        first = self._open.get(item.key)
        if first is None or first.body != item.body:
            return False
        twins = self._twins.setdefault(item.key, [])
        if len(twins) == _MOST_TWINS:
            return False
        twins.append(item)
        return True

    def send(self, items: Iterable[Item], trail: Trail) -> None:
        """Note which request carries these items from now on."""
        for item in items:
            self._trails[item.key] = trail

    def close(self, item: Item) -> Sequence[Item]:
        """Strike a settled item out; return its twins, which are settled with it.

        Raises:
            KeyError: it was settled before, which would be a defect of ours.

        """
        key = item.key
        del self._open[key]
        self._trails.pop(key, None)
        if self._users:
            self._users.discard(key)
        return self._twins.pop(key, ()) if self._twins else ()

    def leftovers(self, why: str) -> Iterator[tuple[Entity, Item, Outcome]]:
        """Strike everything out, and tell what a run that ends early owes each item that it still held."""
        items, self._open = self._open, {}
        for key, first in items.items():
            entity = Entity.USER if key in self._users else Entity.PURCHASE
            trail = self._trails.pop(key, None)
            outcome = InDoubt(why) if trail is not None and trail.is_open else Released(why)
            for item in (first, *self._twins.pop(key, ())):
                yield entity, item, outcome
        self._users.clear()
