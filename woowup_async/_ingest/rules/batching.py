"""Puts items into batches.

Room: _ingest. Pure: it gets the time as `now` and returns the next deadline.

Invariants: items leave in the order they came, each in exactly one batch. A batch holds at most `max_items` items and
`max_bytes` bytes (items and commas, without brackets). An item that is larger than that is a batch of its own. An open
batch is due `linger` seconds after its first item. `BatchLimits` has the maxima, and a 413 lowers them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from woowup_async._flow import Batch, Cause, Item
from woowup_async.policies import BatchPolicy


class BatchLimits:
    """The largest bulk request that a run may send: as the policy says, or less after a 413."""

    def __init__(self, policy: BatchPolicy) -> None:
        self.max_items, self.max_bytes = policy.max_items, policy.max_bytes

    def lower(self, items: Iterable[Item]) -> None:
        """Lower both limits to half of a request that was too large.

        The answer does not say whether it had too many items or too many bytes.
        """
        sizes = [len(item.body) for item in items]
        self.max_items = max(1, min(self.max_items, len(sizes) // 2))
        self.max_bytes = max(1, min(self.max_bytes, (sum(sizes) + len(sizes)) // 2))

    def lower_to(self, items: int) -> None:
        """Lower the limit to a number of items that worked."""
        self.max_items = max(1, min(self.max_items, items))

    def pieces(self, items: Iterable[Item]) -> Iterator[tuple[Item, ...]]:
        """Cut items into as few groups as the limits allow. An item above `max_bytes` is a group of its own."""
        items = tuple(items)
        if 0 < len(items) <= self.max_items and sum([len(item.body) + 1 for item in items]) - 1 <= self.max_bytes:
            yield items  # nearly always
            return
        group: list[Item] = []
        size_bytes = 0
        for item in items:
            size = len(item.body)
            if group and (len(group) == self.max_items or size_bytes + 1 + size > self.max_bytes):
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
        self._items, self._size_bytes, self._deadline = [], 0, None
        return batch
