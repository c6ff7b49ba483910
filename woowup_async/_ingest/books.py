"""The books of a run: what is accepted for settlement and not yet settled.

Room: _ingest. Pure. Kept by `pipeline` and `run`. Invariant: what is opened is closed exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from woowup_async._flow import Entity, Item
from woowup_async._transport.trail import Trail
from woowup_async.outcomes import InDoubt, Outcome, Released

#: Identical items that may wait for the outcome of one in flight (guessed); more wait in the source.
_MOST_TWINS = 1_000


@dataclass(slots=True)
class Page:
    """One unsettled item, the trail of the request that carries it, and identical items that share its outcome."""

    entity: Entity
    item: Item
    trail: Trail = field(default_factory=Trail)
    twins: list[Item] = field(default_factory=list)


class Books:
    """Unsettled items, oldest first, and which keys they hold."""

    def __init__(self) -> None:
        self._pages: dict[int, Page] = {}
        self._keys: dict[str, Page] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def holds(self, key: str) -> bool:
        """Whether an item of this key is unsettled."""
        return key in self._keys

    def open(self, entity: Entity, item: Item) -> None:
        """Take an item in."""
        self._pages[id(item)] = self._keys[item.key] = Page(entity, item)

    def join(self, item: Item) -> bool:
        """Let an item share the outcome of an identical one, where that is unsettled; it needs no request then."""
        page = self._keys.get(item.key)
        if page is None or page.item.body != item.body or len(page.twins) == _MOST_TWINS:
            return False
        page.twins.append(item)
        return True

    def send(self, items: Iterable[Item], trail: Trail) -> None:
        """Note which request carries these items from now on."""
        for item in items:
            self._pages[id(item)].trail = trail

    def close(self, item: Item) -> list[Item]:
        """Strike a settled item out; return its twins, which are settled with it.

        Raises:
            KeyError: it was settled before, which would be a defect of ours.

        """
        page = self._pages.pop(id(item))
        del self._keys[item.key]
        return page.twins

    def leftovers(self, why: str) -> Iterator[tuple[Entity, Item, Outcome]]:
        """Tell what a run that ends early owes each item that it still holds."""
        for page in self._pages.values():
            outcome = InDoubt(why) if page.trail.is_open else Released(why)
            for item in (page.item, *page.twins):
                yield page.entity, item, outcome
