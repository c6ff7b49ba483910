"""Keeps purchases that wait for a user who was submitted before them.

Room: _ingest. Pure.
"""

from __future__ import annotations

from collections import Counter

from woowup_async._flow import Item
from woowup_async._ingest.rules.people import links_of
from woowup_async._wire.identity import identifiers_of


class Dependants:
    """Purchases that wait for a user who was submitted before them and is not settled.

    Two versions of one purchase keep their order: if one waits, all later ones with the same key wait.
    """

    def __init__(self) -> None:
        self._users: Counter[str] = Counter()
        self._parked: dict[str, list[Item]] = {}
        self._keys: Counter[str] = Counter()  # of parked purchases
        self._behind: dict[str, list[Item]] = {}

    def enter(self, user: Item) -> None:
        """Note that a user is under way."""
        self._users.update(_names_of(user))

    def park(self, purchase: Item) -> bool:
        """Hold back a purchase if its user is under way or an earlier version is held back. Return whether it is."""
        if not self._users:
            return False
        if self._keys[purchase.key]:
            self._behind.setdefault(purchase.key, []).append(purchase)
            return True
        return self._wait_for_user(purchase)

    def leave(self, user: Item) -> list[Item]:
        """Note that a user is settled. Return the purchases that need not wait any longer."""
        free: list[Item] = []
        for identifier in _names_of(user):
            self._users[identifier] -= 1
            if self._users[identifier] > 0:
                continue
            del self._users[identifier]
            for item in self._parked.pop(identifier, ()):
                self._keys[item.key] -= 1
                if not self._wait_for_user(item):
                    free += [item, *self._next_versions(item.key)]
        return free

    def _wait_for_user(self, purchase: Item) -> bool:
        awaited = next((each for each in _names_of(purchase) if self._users[each] > 0), None)
        if awaited is None:
            return False
        self._parked.setdefault(awaited, []).append(purchase)
        self._keys[purchase.key] += 1
        return True

    def _next_versions(self, key: str) -> list[Item]:
        """Remove and return the versions behind a freed purchase, up to the first whose own user is under way."""
        behind, free = self._behind.pop(key, []), list[Item]()
        while behind:
            item = behind.pop(0)
            if self._wait_for_user(item):
                if behind:
                    self._behind[key] = behind
                break
            free.append(item)
        if not self._keys[key]:
            del self._keys[key]
        return free


def _names_of(item: Item) -> tuple[str, ...]:
    return links_of(identifiers_of(item.body))
