"""The books of a run: what is accepted for settlement and not yet settled.

Room: _ingest. Pure. Kept by `pipeline` and `run`. Invariant: what is opened is closed exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._transport.trail import Trail
from woowup_async.outcomes import InDoubt, Outcome, Released

#: Identical items that may wait for the outcome of one in flight (guessed); more wait in the source.
_MOST_TWINS = 1_000


class Page(msgspec.Struct, gc=False):
    """One unsettled item, the trail of the request that carries it, and identical items that share its outcome.

    Not tracked by the garbage collector: closing it, or `leftovers`, ends every cycle that it is in.
    """

    entity: Entity
    item: Item
    trail: Trail | None = None
    twins: list[Item] | None = None


class Books:
    """Unsettled items by key, oldest first: no two of one key at a time."""

    def __init__(self) -> None:
        self._pages: dict[str, Page] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def holds(self, key: str) -> bool:
        """Whether an item of this key is unsettled."""
        return key in self._pages

    def open(self, entity: Entity, item: Item) -> None:
        """Take an item in."""
        self._pages[item.key] = Page(entity, item)

    def join(self, item: Item) -> bool:
        """Let an item share the outcome of an identical one, where that is unsettled; it needs no request then."""
        page = self._pages.get(item.key)
        if page is None or page.item.body != item.body:
            return False
        if page.twins is None:
            page.twins = []
        if len(page.twins) == _MOST_TWINS:
            return False
        page.twins.append(item)
        return True

    def send(self, items: Iterable[Item], trail: Trail) -> None:
        """Note which request carries these items from now on."""
        for item in items:
            self._pages[item.key].trail = trail

    def close(self, item: Item) -> Sequence[Item]:
        """Strike a settled item out; return its twins, which are settled with it.

        Raises:
            KeyError: it was settled before, which would be a defect of ours.

        """
        return self._pages.pop(item.key).twins or ()

    def leftovers(self, why: str) -> Iterator[tuple[Entity, Item, Outcome]]:
        """Strike everything out, and tell what a run that ends early owes each item that it still held."""
        pages, self._pages = self._pages, {}
        for page in pages.values():
            outcome = InDoubt(why) if page.trail is not None and page.trail.is_open else Released(why)
            for item in (page.item, *(page.twins or ())):
                yield page.entity, item, outcome
