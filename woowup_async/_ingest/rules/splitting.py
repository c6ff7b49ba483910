"""Finds the bad items of a refused bulk request with few requests.

Room: _ingest. Pure.

If the errors name items, each of those is sent alone and all the others in one bulk request. Otherwise group testing
is used: of a group that has a bad item, a part is tested. The rest is set aside, and is sent as one group when the bad
item is found. One bad item of 100 costs at most 9 requests beyond the refused one. The more bad items there are, the
smaller the groups are. From a share of `_SINGLES` on, each item is sent alone.

Invariants: each item is settled by a request of its own or by an accepted group. n items cost at most
n + 1 + ceil(log2 n) requests, including the first refusal: a search that lost more than ceil(log2 n) goes on one by
one. If the run knows that most items are bad, they cost n + 1. (A search cannot always cost only n + 1: if all items
are bad, each needs a request of its own, so every refused group is one request more.)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from woowup_async._flow import Item
from woowup_async.errors import Reason

#: From this share of bad items on, testing groups costs more than it saves: (3 - sqrt 5) / 2, the known bound of group
#: testing.
_SINGLES = 0.38
#: Weight of the run's rate in a batch, as a number of items of that batch (guessed; bad items come in clusters).
_WEIGHT = 4.0


class DefectRate:
    """The share of purchases that the server refuses, as seen in this run."""

    #: A prior of 1 in 100, and the weight that is kept after each purchase (guessed).
    _PRIOR, _KEPT = (1.0, 100.0), 0.999

    def __init__(self) -> None:
        self._bad, self._seen = 0.0, 0.0

    @property
    def value(self) -> float:
        """The share, above 0 and below 1."""
        bad, seen = self._PRIOR
        return (self._bad + bad) / (self._seen + seen)

    def learn(self, *, good: int = 0, bad: int = 0) -> None:
        """Count settled purchases."""
        kept = self._KEPT ** (good + bad)
        self._bad, self._seen = self._bad * kept + bad, self._seen * kept + good + bad


class Split:
    """One refused batch. Call `group` for the items to send, then report the result, until no group is left.

    Args:
        items: the items of the batch.
        rate: the expected share of bad items.
        bad: the positions that the error names.

    """

    def __init__(self, items: Sequence[Item], rate: float, bad: Iterable[int] = ()) -> None:
        self._suspects: list[Item] = []  # one of these is bad
        self._aside = list(items)  # nothing is known about these
        self._named: list[Item] = []  # an error named these
        self._is_cleared = False  # an error named items, and none of those set aside
        self._are_names_true = True  # no item that an error named was accepted
        self._rate, self._bad, self._tested = rate, 0, 0
        self._all, self._left, self._spent = len(items), len(items), 0
        self._allowed = math.ceil(math.log2(max(2, self._all)))
        self._tests = self._allowed + 1
        self._group = list(items)
        self.refused(bad)

    def group(self) -> tuple[Item, ...]:
        """Return the items to send next; empty when all are settled."""
        pool = self._pool()
        self._group = pool[: self._size(len(pool))] if pool else []
        return tuple(self._group)

    def accepted(self) -> None:
        """Note that the group was accepted."""
        if self._named:
            self._are_names_true = self._is_cleared = False
            self._tests = self._allowed + 2  # a new search; the 2 are this request and the one of the rest
        self._take_out()
        self._tested += len(self._group)
        self._left -= len(self._group)

    def dismissed(self) -> None:
        """Note that the group is sent in another way, and that its result says nothing about its items."""
        rest = self._take_out()
        self._left -= len(self._group)
        if not self._named:
            self._aside, self._suspects = rest + self._aside, []

    def refused(self, bad: Iterable[int] = ()) -> None:
        """Note that the group was refused. `bad`: its positions that the error names. A single item is then settled."""
        group = self._group
        named = {index for index in bad if index < len(group)} if self._are_names_true else set()
        rest = self._take_out()
        if len(group) == 1:
            self._tested, self._bad, self._left = self._tested + 1, self._bad + 1, self._left - 1
            if not self._named:
                self._aside, self._suspects = self._suspects + self._aside, []
        elif named:
            self._named += [item for index, item in enumerate(group) if index in named]
            self._aside = [item for index, item in enumerate(group) if index not in named] + rest + self._aside
            self._suspects, self._is_cleared = [], True
        else:
            self._aside, self._suspects, self._is_cleared = rest + self._aside, group, False

    def _pool(self) -> list[Item]:
        return self._named or self._suspects or self._aside

    def _take_out(self) -> list[Item]:
        """Remove the group from its pool. Return the suspects that remain."""
        size, self._spent, self._tests = len(self._group), self._spent + 1, self._tests - 1
        if self._named:
            del self._named[:size]
            return []
        if self._suspects:
            del self._suspects[:size]
            return self._suspects
        del self._aside[:size]
        return []

    def _size(self, pool: int) -> int:
        lost = self._spent + self._left - self._all - 1  # compared with one request for each, and the refused one
        is_hopeless = self._local_rate() >= _SINGLES and not self._is_cleared
        if self._named or pool == 1 or lost >= self._allowed or is_hopeless:
            return 1
        if self._suspects:
            return self._part(pool)
        if self._bad <= 1 or self._is_cleared:
            return pool  # the items that were set aside are one group
        return min(pool, max(1, round(math.log(0.5) / math.log(1 - self._local_rate()))))

    def _part(self, pool: int) -> int:
        """Return how many suspects to test."""
        if not self._bad and self._tests > 0:
            # the fewest that still find one bad item in time: if there are many, fewer groups are refused
            return max(1, pool - (1 << (self._tests - 1)))
        good = 1 - self._local_rate()
        even = round(math.log(1 - (1 - good**pool) / 2) / math.log(good))  # both answers equally likely
        return min(max(1, even), pool - 1)

    def _local_rate(self) -> float:
        if self._rate >= _SINGLES or (self._bad >= 2 and self._bad == self._tested):
            return _SINGLES
        return max(1e-6, (self._bad + _WEIGHT * self._rate) / (self._tested + _WEIGHT))


_INDEX = re.compile(r"\[(\d+)\]|/(\d+)/|^(\d+)[.:/]|\b(?:index|item|element|purchase)\s*#?\s*(\d+)\b", re.IGNORECASE)


def named_in(reasons: Iterable[Reason], size: int) -> tuple[int, ...]:
    """Return the items of a bulk request that its errors name: `[3]`, `/3/sku`, `3.sku`, `purchase 3`, counted from 0.

    No page shows such an error (U5), so each hint is checked: named items are sent alone, the others together.
    """
    found = []
    for reason in reasons:
        match = _INDEX.search(f"{reason.path}: {reason.message}" if reason.path else reason.message)
        if match:
            found.append(int(next(filter(None, match.groups()))))
    indices = tuple(dict.fromkeys(index for index in found if index < size))
    return indices if len(indices) < size else ()
