"""Keeps the items of a run that were taken in and are not settled.

Room: _ingest. Pure. Invariants: each open item is closed exactly once. Once bytes of an item may have been processed,
it is in doubt until it is closed, even if other requests carry it later: `Released` means certainly not processed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from woowup_async._flow import Entity, Item
from woowup_async._transport.trail import Trail
from woowup_async.outcomes import InDoubt, Outcome, Released

#: Identical items that may wait for the outcome of one in flight (guessed). Further ones wait in the source.
_MOST_TWINS = 1_000


class Unsettled:
    """Unsettled items by key, oldest first. No two have the same key, and no two users share a name."""

    def __init__(self) -> None:
        self._open: dict[str, Item] = {}
        self.keys = self._open.keys()  # of all open items, always up to date
        self._others: dict[str, Entity] = {}  # keys of open products, branches and families
        self._users: dict[str, tuple[str, ...]] = {}  # keys of open users, with the names of each
        self._names: dict[str, int] = {}  # these names, with the number of users that have each
        self._trails: dict[str, Trail] = {}
        self._doubtful: set[str] = set()
        #: Keys of open purchases whose customer is not known to exist.
        self.unconfirmed: set[str] = set()
        self._twins: dict[str, list[Item]] = {}
        self._leaving: set[str] = set()  # keys of open items whose outcomes are being stored

    def __len__(self) -> int:
        return len(self._open)

    def holds(self, item: Item) -> bool:
        """Return whether an item with this key is unsettled."""
        return item.key in self._open

    def holds_user(self, item: Item, names: Iterable[str]) -> bool:
        """Return whether another user with this key, or with one of these names, is unsettled."""
        return item.key in self._open or any(each in self._names for each in names)

    def open_user(self, item: Item, names: tuple[str, ...], *, is_doubtful: bool = False) -> None:
        """Take in a user, with all names of the person. `is_doubtful`: an earlier process may have sent the record."""
        self.open(item, is_doubtful=is_doubtful)
        self._users[item.key] = names
        for each in names:
            self._names[each] = self._names.get(each, 0) + 1

    def open_other(self, item: Item, entity: Entity, *, is_doubtful: bool = False) -> None:
        """Take in a product, branch or family."""
        self.open(item, is_doubtful=is_doubtful)
        self._others[item.key] = entity

    def join_users(self, names: Iterable[str], also: Iterable[str]) -> None:
        """Give users under way who have one of these names the others too, since all belong to one person."""
        wanted = frozenset(names)
        for key, mine in self._users.items():
            if wanted.isdisjoint(mine):
                continue
            more = tuple(name for name in also if name not in mine)
            self._users[key] = (*mine, *more)
            for name in more:
                self._names[name] = self._names.get(name, 0) + 1

    def open(self, item: Item, *, is_doubtful: bool = False, is_unconfirmed: bool = False) -> None:
        """Take in a purchase.

        `is_doubtful`: an earlier process may have sent it. `is_unconfirmed`: its customer is not known to exist.
        """
        self._open[item.key] = item
        if is_doubtful:
            self._doubtful.add(item.key)
        if is_unconfirmed:
            self.unconfirmed.add(item.key)

    def reconsider(self, item: Item, *, is_doubtful: bool) -> None:
        """Note that another process had an open item meanwhile, and whether that one may have sent it."""
        if is_doubtful:
            self._doubtful.add(item.key)

    def join(self, item: Item) -> bool:
        """Let an item share the outcome of an identical unsettled one, without a request. Return whether it does."""
        first = self._open.get(item.key)
        if first is None or first.body != item.body or item.key in self._leaving:
            return False
        twins = self._twins.setdefault(item.key, [])
        if len(twins) == _MOST_TWINS:
            return False
        twins.append(item)
        return True

    def send(self, items: Iterable[Item], trail: Trail) -> None:
        """Note which request carries these items from now on. Items that the one before left in doubt stay in doubt."""
        trails = self._trails
        for item in items:
            before = trails.get(item.key)
            if before is not None and before.is_open:
                self._doubtful.add(item.key)
            trails[item.key] = trail

    def is_doubtful(self, item: Item) -> bool:
        """Return whether bytes of an open item may have been processed."""
        trail = self._trails.get(item.key)
        return item.key in self._doubtful or (trail is not None and trail.is_open)

    def confirm(self, item: Item) -> None:
        """Note that the customer of an open item is known to exist."""
        self.unconfirmed.discard(item.key)

    def miss(self, customers: Iterable[str]) -> None:
        """Take note that the server knows nobody under these: open purchases that name one of them are unconfirmed."""
        missing = frozenset(customers)
        self.unconfirmed.update(
            key for key, item in self._open.items() if key not in self._users and not missing.isdisjoint(item.customers)
        )

    def leave(self, items: Sequence[Item], *, is_held: bool = True) -> Sequence[tuple[Item, Sequence[Item]]]:
        """Note that items have their outcome, which is being stored. They are held until `close`.

        Args:
            items: open items.
            is_held: whether something else may happen before `close`.

        Returns:
            Those that have twins, with the twins, which are settled with them. Later ones wait.

        """
        if is_held:
            self._leaving.update([item.key for item in items])
        if not self._twins:
            return ()
        return [(item, self._twins.pop(item.key)) for item in items if item.key in self._twins]

    def close(self, items: Sequence[Item]) -> None:
        """Remove settled items.

        Raises:
            KeyError: one was settled before, which is a defect of this package.

        """
        keys, opened, trails = [item.key for item in items], self._open, self._trails
        for key in keys:
            del opened[key]
            trails.pop(key, None)
        for some in (self._leaving, self._doubtful, self.unconfirmed):
            if some:
                some.difference_update(keys)
        if self._users:
            for key in self._users.keys() & keys:
                self._forget_user(key)
        if self._others:
            for key in keys:
                self._others.pop(key, None)

    def leftovers(self, why: str) -> Iterator[tuple[Entity, Item, Outcome]]:
        """Remove all items when a run ends early, and yield the outcome of each."""
        for first in tuple(self._open.values()):
            entity = Entity.USER if first.key in self._users else self._others.get(first.key, Entity.PURCHASE)
            outcome = InDoubt(why) if self.is_doubtful(first) else Released(why)
            twins = self._twins.pop(first.key, ())
            self.close((first,))
            for item in (first, *twins):
                yield entity, item, outcome

    def _forget_user(self, key: str) -> None:
        for each in self._users.pop(key):
            self._names[each] -= 1
            if not self._names[each]:
                del self._names[each]
