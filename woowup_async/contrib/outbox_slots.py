"""An outbox for each worker of an app: `WoowUpPlugin` uses it, so that workers need no settings of their own.

Room: contrib, an edge; it needs no extra.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
from anyio import to_thread
from anyio.abc import TaskGroup

from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._journal.lock import Taken
from woowup_async._journal.slots import MOST, find, left_over, slot
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.errors import JournalError
from woowup_async.ports import Entry

_log = logging.getLogger("woowup_async.slots")

#: Seconds between two looks at the other slots. A worker that is started again takes its slot before (guessed).
_LOOK = 15.0
#: Seconds before a slot that could not be emptied is adopted again (guessed).
_AGAIN = 300.0


async def _ended(tasks: TaskGroup) -> None:
    """End the tasks. The exception of the app is not passed in: the group would wrap it in an ExceptionGroup."""
    tasks.cancel_scope.cancel()
    await tasks.__aexit__(None, None, None)


class OutboxSlots:
    """The slots of one outbox. A slot that a dead worker left is emptied by another one.

    Args:
        path: of the first slot.
        make: returns an ingester that is not open, given the file of its slot.

    """

    def __init__(self, path: str | os.PathLike[str], make: Callable[[Path], Ingester]) -> None:
        self._path, self._make = Path(path), make
        self._mine: Path | None = None
        self._not_before: dict[Path, float] = {}

    async def take(self, stack: AsyncExitStack) -> Ingester:
        """Open an ingester on the first free slot, until the stack unwinds.

        Raises:
            JournalError: a slot cannot be used, or none is free.

        """
        for number in range(MOST):
            path = slot(self._path, number)
            try:
                ingester = await stack.enter_async_context(self._make(path))
            except Taken:
                continue
            self._mine = path
            return ingester
        raise JournalError(f"outbox {self._path}: all of its {MOST} slots are in use")

    async def start(self, stack: AsyncExitStack) -> None:
        """Adopt slots in a task, until the stack unwinds."""
        tasks = await anyio.create_task_group().__aenter__()
        stack.push_async_callback(_ended, tasks)
        tasks.start_soon(self.adopt)

    async def adopt(self, pause: float = _LOOK) -> None:
        """Send what dead workers left in their slots, until cancelled. `pause`: seconds between two looks."""
        while True:
            await anyio.sleep(pause)
            try:
                left = await to_thread.run_sync(lambda: list(left_over(self._path)))
            except OSError as error:
                _log.warning("the slots of the outbox cannot be seen: %s", error.strerror)
                continue
            for path in left:
                if anyio.current_time() >= self._not_before.get(path, 0.0):
                    self._not_before[path] = anyio.current_time() + _AGAIN
                    await self._empty(path)

    async def find(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what the other slots know about a purchase; None if they know nothing."""
        if self._mine is None:
            return None
        key, mine = purchase_key(invoice_number, branch_name), self._mine
        return await to_thread.run_sync(lambda: find(self._path, key, mine))

    async def _empty(self, path: Path) -> None:
        try:
            async with self._make(path) as ingester:
                _log.warning("a worker left %d records in %s: they are sent from here", ingester.unsettled, path)
                await ingester.flush()
        except Taken:
            pass  # its worker was started again
        except Exception as error:  # it must not end the app, which works without this slot
            _log.warning("%s was not emptied (%s)", path, type(error).__name__)
