"""Puts items into batches.

Room: _ingest. Pure: it gets the time as `now` and returns the next deadline.

Invariants: items leave in the order they came, each in exactly one batch. A batch holds at most `max_items` items and
`max_bytes` bytes (items and commas, without brackets). An item that is larger than that is a batch of its own. An open
batch is due `linger` seconds after its first item. `BatchLimits` has the maxima: a 413 lowers them, and they grow if
the policy says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from woowup_async._flow import Batch, Cause, Item
from woowup_async._ingest.rules.growth import Answer, Growth, Learned
from woowup_async.policies import BatchPolicy


class Sizes(NamedTuple):
    """What was learned about the largest bulk request."""

    items: Learned
    size_bytes: Learned


class BatchLimits:
    """The largest bulk request that a run may send: as the policy says, less after a 413, or more as it learns.

    Args:
        policy: the limits at the start, and up to where they grow.
        learned: what an earlier run learned.
        keep: called with what was learned, each time it changes.

    Attributes:
        max_items, max_bytes: the limits of the next batch.

    """

    def __init__(
        self, policy: BatchPolicy, learned: Sizes | None = None, keep: Callable[[Sizes], None] | None = None
    ) -> None:
        self.grows = policy.grow_to is not None
        most_bytes = max(policy.max_bytes, policy.grow_bytes_to) if self.grows else None
        self._items = Growth(policy.max_items, policy.grow_to, learned and learned.items)
        self._bytes = Growth(policy.max_bytes, most_bytes, learned and learned.size_bytes)
        self._policy, self._keep, self._kept = policy, keep, self.learned
        self._show()

    @property
    def learned(self) -> Sizes:
        """What a later run can begin with."""
        return Sizes(self._items.learned, self._bytes.learned)

    def sealed(self, items: int, size_bytes: int) -> None:
        """Note that a batch was sealed."""
        if self.grows:
            self._items.sealed(items)
            self._bytes.sealed(size_bytes)
            self._show()

    def answered(self, items: Sequence[Item], answer: Answer) -> None:
        """Note the answer to a request. If it was larger than what works in one way only, this may be the cause."""
        both = [(self._items, len(items)), (self._bytes, size_of(items))]
        if answer in (Answer.FAILED, Answer.TOO_LARGE):
            both = [(limit, size) for limit, size in both if size > limit.works] or both
        for limit, size in both:
            limit.answered(size, answer)
        self._show()

    def lower(self, items: Sequence[Item]) -> None:
        """Go below a request that was too large: to what worked, or to half of it.

        The answer does not say whether it had too many items or too many bytes.
        """
        self.answered(items, Answer.TOO_LARGE)

    def lower_to(self, items: int) -> None:
        """Lower the limit to a number of items that worked."""
        self._items.lower_to(items)
        self._show()

    def has_grown_for(self, items: Sequence[Item]) -> bool:
        """Return whether a request is larger than the limits at the start."""
        return self.grows and (len(items) > self._policy.max_items or size_of(items) > self._policy.max_bytes)

    def is_trial(self, items: Sequence[Item]) -> bool:
        """Return whether a request is larger than any that is known to work."""
        return self.grows and (len(items) > self._items.works or size_of(items) > self._bytes.works)

    def smaller_pieces(self, items: Sequence[Item], *, is_trial: bool) -> Iterator[tuple[Item, ...]]:
        """Cut a request that failed: a trial to the size that works, another one to the size at the start."""
        most, most_bytes = self._items.works, self._bytes.works
        if not is_trial:
            most, most_bytes = min(most, self._policy.max_items), min(most_bytes, self._policy.max_bytes)
        return _cut(tuple(items), most, most_bytes)

    def pieces(self, items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
        """Cut items into as few groups as the limits allow. An item above `max_bytes` is a group of its own."""
        given = tuple(items)
        if len(given) == 1:
            return iter((given,))
        return _cut(given, self._items.most_sent, self._bytes.most_sent)

    def _show(self) -> None:
        self.max_items, self.max_bytes = self._items.limit, self._bytes.limit
        if self._keep is not None and self.grows and self.learned != self._kept:
            self._kept = self.learned
            self._keep(self._kept)


def size_of(items: Sequence[Item]) -> int:
    """Return the bytes of items and the commas between them."""
    return sum([len(item.body) for item in items]) + len(items) - 1


def _cut(items: tuple[Item, ...], max_items: int, max_bytes: int) -> Iterator[tuple[Item, ...]]:
    if 0 < len(items) <= max_items and size_of(items) <= max_bytes:
        yield items  # nearly always
        return
    group: list[Item] = []
    size_bytes = 0
    for item in items:
        size = len(item.body)
        if group and (len(group) == max_items or size_bytes + 1 + size > max_bytes):
            yield tuple(group)
            group, size_bytes = [], 0
        size_bytes += size + (1 if group else 0)
        group.append(item)
    if group:
        yield tuple(group)


class Batcher:
    """The open batch and its deadline."""

    def __init__(self, ceiling: BatchLimits, linger: float) -> None:
        self._ceiling, self._linger = ceiling, linger
        self._items: list[Item] = []
        self._size_bytes = 0
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the open batch must leave; None if no batch is open."""
        return self._deadline

    def add(self, item: Item, now: float) -> tuple[Batch, ...]:
        """Take one item. Return the batches that this sealed, in order (none, one or two)."""
        size, ceiling = len(item.body), self._ceiling
        if self._items:
            if self._size_bytes + 1 + size > ceiling.max_bytes:
                return (self._seal("bytes"), *self.add(item, now))
            self._size_bytes += 1 + size
        else:
            self._size_bytes, self._deadline = size, now + self._linger
        self._items.append(item)
        if len(self._items) >= ceiling.max_items:
            return (self._seal("items"),)
        if self._size_bytes >= ceiling.max_bytes:
            return (self._seal("bytes"),)
        return ()

    def holds(self, key: str) -> bool:
        """Return whether an item with this key is in the open batch."""
        return any(item.key == key for item in self._items)

    def flush(self, cause: Cause) -> Batch | None:
        """Seal the open batch, if there is one."""
        return self._seal(cause) if self._items else None

    def _seal(self, cause: Cause) -> Batch:
        batch = Batch(tuple(self._items), cause)
        self._ceiling.sealed(len(self._items), self._size_bytes)
        self._items, self._size_bytes, self._deadline = [], 0, None
        return batch
