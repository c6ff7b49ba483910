"""Items into batches.

Room: _ingest. Pure: time comes in as `now`, the next deadline goes out. Driven by `pipeline`.

Invariants: items leave in the order they came, each in exactly one batch. A batch holds at most `max_items` items and
`max_bytes` bytes (items and commas; brackets not counted), unless a single item is larger, which then goes alone.
An open batch is due `linger` seconds after its first item.
"""

from __future__ import annotations

from woowup_async._flow import Batch, Cause, Item
from woowup_async.policies import BatchPolicy


class Batcher:
    """The open batch, and when it is due."""

    def __init__(self, policy: BatchPolicy) -> None:
        self._policy = policy
        self._items: list[Item] = []
        self._size_bytes = 0
        self._deadline: float | None = None

    @property
    def deadline(self) -> float | None:
        """When the open batch must leave; None while there is none."""
        return self._deadline

    def add(self, item: Item, now: float) -> list[Batch]:
        """Take one item; return the batches that this sealed, in order (none, one or two)."""
        sealed = []
        if self._items and self._size_bytes + 1 + len(item.body) > self._policy.max_bytes:
            sealed.append(self._seal("bytes"))
        if not self._items:
            self._deadline = now + self._policy.linger
        self._size_bytes += len(item.body) + (1 if self._items else 0)
        self._items.append(item)
        if len(self._items) == self._policy.max_items:
            sealed.append(self._seal("items"))
        elif self._size_bytes >= self._policy.max_bytes:
            sealed.append(self._seal("bytes"))
        return sealed

    def flush(self, cause: Cause) -> Batch | None:
        """Seal the open batch, if there is one."""
        return self._seal(cause) if self._items else None

    def _seal(self, cause: Cause) -> Batch:
        batch = Batch(tuple(self._items), cause)
        self._items, self._size_bytes, self._deadline = [], 0, None
        return batch
