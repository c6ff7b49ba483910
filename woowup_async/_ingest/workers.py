"""Tasks that send sealed batches, one batch at a time each.

Room: _ingest. At most `size` batches are under way. Only few of them wait for a permit, so that the next batch can
grow as long as possible. A task that is done with a batch waits for the next one: to start a task for each batch would
cost a quarter of all that we do for a request (decision 158).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

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
        self._loop = asyncio.get_running_loop()
        #: Tasks without a batch. Each waits for one, or for None, which ends it.
        self._resting: list[asyncio.Future[Batch | None]] = []

    @property
    def is_idle(self) -> bool:
        """Whether a batch that is handed over now gets the next permit."""
        return self._busy < self._size and not self._permits.waiting

    async def hand(self, batch: Batch) -> None:
        """Wait until there is room for a batch, then give it to a task."""
        while self._busy == self._size or self._permits.waiting >= _MOST_WAITING:
            await self._permits.moved.wait()
        self.hand_nowait(batch)
        await asyncio.sleep(0)  # lets its request join the queue

    def hand_nowait(self, batch: Batch) -> None:
        """Give a batch to a task if there is room. This is one step that a cancellation cannot interrupt."""
        self._busy += 1
        if not self._give(batch):
            self._tasks.start_soon(self._work, batch)

    async def done(self) -> None:
        """Wait until all batches are done, then end the tasks."""
        while self._busy:
            await self._permits.moved.wait()
        while self._give(None):
            pass

    async def _work(self, batch: Batch) -> None:
        given: Batch | None = batch
        while given is not None:
            try:
                await self._carry(given)
            finally:
                self._leave()
            given = await self._next()

    async def _next(self) -> Batch | None:
        """Wait for the next batch. If it comes together with a cancellation, it is not sent."""
        place: asyncio.Future[Batch | None] = self._loop.create_future()
        self._resting.append(place)
        try:
            return await place
        except asyncio.CancelledError:
            if place in self._resting:
                self._resting.remove(place)
            elif not place.cancelled() and place.result() is not None:
                self._leave()
            raise

    def _give(self, batch: Batch | None) -> bool:
        """Wake a task that waits for a batch. Return whether there was one."""
        while self._resting:
            place = self._resting.pop()
            if not place.done():  # it is cancelled, and its task has not run since
                place.set_result(batch)
                return True
        return False

    def _leave(self) -> None:
        self._busy -= 1
        self._permits.moved.ring()
