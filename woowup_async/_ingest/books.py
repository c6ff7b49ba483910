"""The books of a run: what is accepted for settlement and not yet settled.

Room: _ingest. Pure. Kept by `pipeline` and `run`. Invariant: what is opened is closed exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from woowup_async._flow import Entity, Item
from woowup_async._transport.sender import Trail
from woowup_async.outcomes import InDoubt, Outcome, Released


@dataclass(slots=True)
class Page:
    """One unsettled item, and the trail of the request that carries it, once it is on its way."""

    entity: Entity
    item: Item
    trail: Trail = field(default_factory=Trail)


class Books:
    """Unsettled items, oldest first, and which keys they hold."""

    def __init__(self) -> None:
        self._pages: dict[int, Page] = {}
        self._keys: set[str] = set()

    def __len__(self) -> int:
        return len(self._pages)

    def holds(self, key: str) -> bool:
        """Whether an item of this key is unsettled."""
        return key in self._keys

    def open(self, entity: Entity, item: Item) -> None:
        """Take an item in."""
        self._pages[id(item)] = Page(entity, item)
        self._keys.add(item.key)

    def send(self, items: Iterable[Item], trail: Trail) -> None:
        """Note which request carries these items from now on."""
        for item in items:
            self._pages[id(item)].trail = trail

    def close(self, item: Item) -> None:
        """Strike a settled item out.

        Raises:
            KeyError: it was settled before, which would be a defect of ours.

        """
        del self._pages[id(item)]
        self._keys.discard(item.key)

    def leftovers(self, why: str) -> list[tuple[Page, Outcome]]:
        """Tell what a run that ends early owes each item that it still holds."""
        return [(page, InDoubt(why) if page.trail.is_open else Released(why)) for page in self._pages.values()]
