"""Tasks that carry sealed batches, one task for each batch.

Room: _ingest. Bounded: `size` batches under way, few of them without a permit, so that the next one is filled as late
as it can be.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio.lowlevel
from anyio.abc import TaskGroup

from woowup_async._clock import Signal
from woowup_async._flow import Batch

#: Batches that may wait for permits: the next one, and one behind it, so that no permit waits for a batch.
_MOST_WAITING = 2

Carry = Callable[[Batch], Awaitable[None]]


class PermitQueue:
    """The requests of a run that wait for a permit.

    Attributes:
        waiting: how many.
        moved: rings where one leaves, and where a batch is done.

    """

    def __init__(self) -> None:
        self.waiting = 0
        self.moved = Signal()

    def join(self) -> None:
        """One more waits."""
        self.waiting += 1

    def leave(self) -> None:
        """One got its permit, or needs none any more."""
        self.waiting -= 1
        self.moved.ring()


class Workers:
    """Tasks that carry batches.

    Args:
        tasks: owns them.
        permits: where their requests wait for permits.
        size: most of them at a time.
        carry: what each does with its batch; what it raises ends the group.

    """

    def __init__(self, tasks: TaskGroup, permits: PermitQueue, size: int, carry: Carry) -> None:
        self._tasks, self._permits, self._size, self._carry = tasks, permits, size, carry
        self._busy = 0

    @property
    def is_idle(self) -> bool:
        """Whether a batch handed over now would have the next permit."""
        return self._busy < self._size and not self._permits.waiting

    async def hand(self, batch: Batch) -> None:
        """Have a batch carried, once there is room for it."""
        while self._busy == self._size or self._permits.waiting >= _MOST_WAITING:
            await self._permits.moved.wait()
        self.hand_nowait(batch)
        await anyio.lowlevel.checkpoint()  # it takes its place in the queue

    def hand_nowait(self, batch: Batch) -> None:
        """Have a batch carried where there is room: in one step, which no cancellation parts."""
        self._busy += 1
        self._tasks.start_soon(self._work, batch)

    async def done(self) -> None:
        """Wait until all are carried."""
        while self._busy:
            await self._permits.moved.wait()

    async def _work(self, batch: Batch) -> None:
        try:
            await self._carry(batch)
        finally:
            self._busy -= 1
            self._permits.moved.ring()
