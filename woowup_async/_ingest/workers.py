"""Tasks that send sealed batches, one task for each batch.

Room: _ingest. At most `size` batches are under way. Only few of them wait for a permit, so that the next batch can
grow as long as possible.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio.lowlevel
from anyio.abc import TaskGroup

from woowup_async._clock import Signal
from woowup_async._flow import Batch

#: Batches that may wait for permits: the next one and one more, so that a batch is ready for each permit.
_MOST_WAITING = 2

Carry = Callable[[Batch], Awaitable[None]]


class PermitQueue:
    """The requests of a run that wait for a permit.

    Attributes:
        waiting: how many there are.
        moved: rings when a request leaves the queue, and when a batch is done.

    """

    def __init__(self) -> None:
        self.waiting = 0
        self.moved = Signal()

    def join(self) -> None:
        """Add a request."""
        self.waiting += 1

    def leave(self) -> None:
        """Remove a request that got its permit or no longer needs one."""
        self.waiting -= 1
        self.moved.ring()


class Workers:
    """Tasks that send batches.

    Args:
        tasks: the task group that they run in.
        permits: the queue in which their requests wait for permits.
        size: most tasks at a time.
        carry: sends and settles one batch. If it raises, the group ends.

    """

    def __init__(self, tasks: TaskGroup, permits: PermitQueue, size: int, carry: Carry) -> None:
        self._tasks, self._permits, self._size, self._carry = tasks, permits, size, carry
        self._busy = 0

    @property
    def is_idle(self) -> bool:
        """Whether a batch that is handed over now gets the next permit."""
        return self._busy < self._size and not self._permits.waiting

    async def hand(self, batch: Batch) -> None:
        """Wait until there is room for a batch, then start its task."""
        while self._busy == self._size or self._permits.waiting >= _MOST_WAITING:
            await self._permits.moved.wait()
        self.hand_nowait(batch)
        await anyio.lowlevel.checkpoint()  # lets its request join the queue

    def hand_nowait(self, batch: Batch) -> None:
        """Start the task of a batch if there is room. This is one step that a cancellation cannot interrupt."""
        self._busy += 1
        self._tasks.start_soon(self._work, batch)

    async def done(self) -> None:
        """Wait until all batches are done."""
        while self._busy:
            await self._permits.moved.wait()

    async def _work(self, batch: Batch) -> None:
        try:
            await self._carry(batch)
        finally:
            self._busy -= 1
            self._permits.moved.ring()
