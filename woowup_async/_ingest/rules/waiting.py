"""Keeps purchases that wait until it is known whether their customer exists.

Room: _ingest. Pure. The first purchase of an unknown customer is sent alone. The next ones wait here for its answer.
At `MOST_WAITING` purchases the source waits.
"""

from __future__ import annotations

from collections import deque

from woowup_async._clock import Signal
from woowup_async._flow import Item
from woowup_async._ingest.customers import together

#: Purchases that may wait for answers (guessed: ten batches).
MOST_WAITING = 1_000


class WaitingPurchases:
    """The customers that are being asked for, and the purchases that wait for each answer.

    Attributes:
        waiting: how many purchases wait.
        freed: purchases whose customer was found to be known, for the next batches.
        moved: rings when purchases stop waiting.

    """

    def __init__(self) -> None:
        self.waiting = 0
        self.freed: deque[Item] = deque()
        self.moved = Signal()
        self._queues: dict[str, deque[Item]] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no purchase waits and none was freed."""
        return not self._queues and not self.freed

    def begin(self, item: Item) -> None:
        """Note that this purchase asks for its customer."""
        self._queues.setdefault(together(item.customers), deque())

    def wait(self, item: Item) -> bool:
        """Let a purchase wait if its customer is being asked for. Return whether it waits."""
        queue = self._queues.get(together(item.customers))
        if queue is None:
            return False
        queue.append(item)
        self.waiting += 1
        return True

    def next(self, item: Item) -> Item | None:
        """Return the next purchase of the same customer, to ask again; None if none waits."""
        queue = self._queues.get(together(item.customers))
        if not queue:
            self._queues.pop(together(item.customers), None)
            self.moved.ring()
            return None
        self.waiting -= 1
        self.moved.ring()
        return queue.popleft()

    def end(self, item: Item) -> tuple[Item, ...]:
        """Remove and return all purchases that waited for the answer to this one."""
        queue = self._queues.pop(together(item.customers), deque())
        self.waiting -= len(queue)
        self.moved.ring()
        return tuple(queue)

    def free(self, item: Item) -> tuple[Item, ...]:
        """Put the purchases that waited for this one into `freed`, and return them."""
        freed = self.end(item)
        self.freed.extend(freed)
        return freed
