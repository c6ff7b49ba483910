"""The tasks of an open ingester: a pipeline for users, one for purchases, and the outbox.

Room: _ingest.
"""

from __future__ import annotations

import logging
from asyncio import CancelledError
from collections.abc import Awaitable
from types import TracebackType

import anyio
import msgspec
from anyio.abc import TaskGroup

from woowup_async._cancellation import interrupted, is_scope_cancelled
from woowup_async._flow import PUSHED, Entity, Item, Record
from woowup_async._ingest.assembly import Parts
from woowup_async._ingest.faces.outbox_queue import OutboxQueue
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.submissions import Submissions
from woowup_async.errors import JournalError, WoowUpError
from woowup_async.outcomes import Rejected

_log = logging.getLogger("woowup_async.ingest")


class Service:
    """Sends submitted records until it is stopped or fails.

    Attributes:
        ended: set when every record in memory has its outcome and no task runs any more.

    """

    def __init__(self, parts: Parts, submissions: Submissions, outbox_queue: OutboxQueue | None) -> None:
        self._parts, self._submissions, self._outbox_queue = parts, submissions, outbox_queue
        self._failure: WoowUpError | None = None
        self._origin: TracebackType | None = None
        self._running = anyio.CancelScope()
        self.ended = anyio.Event()

    @property
    def failure(self) -> WoowUpError | None:
        """The error that ended it early or is about to end it."""
        return self._failure or self._parts.settler.failure

    def raise_failure(self) -> None:
        """Raise what ended it early, if anything did."""
        failure = self.failure
        if failure is not None:
            self._origin = self._origin or failure.__traceback__
            # every caller gets the same error: its traceback would grow with each of them
            raise failure.with_traceback(self._origin)

    def stop(self) -> None:
        """Send nothing more. Answers under way may come within `IngestPolicy.drain`."""
        self._running.cancel()

    async def run(self) -> None:
        """Run until stopped, then settle the remaining records."""
        try:
            with self._running:
                async with anyio.create_task_group() as tasks:
                    for entity in PUSHED:
                        tasks.start_soon(self._ending, tasks, self._carry(entity))
                    if self._outbox_queue is not None:
                        tasks.start_soon(self._ending, tasks, self._outbox_queue.bring(self._admit))
                        tasks.start_soon(self._ending, tasks, self._outbox_queue.run())
                        tasks.start_soon(self._ending, tasks, self._outbox_queue.recheck())
        except CancelledError:
            if is_scope_cancelled():
                raise
        finally:
            if not (self._failure or self._running.cancel_called or is_scope_cancelled()):
                self._failure = interrupted("the ingester")  # no part of it ends by itself
            await self._end()

    def refuse(self, receipt: Receipt, record: Record, refusal: Rejected) -> None:
        """Settle a record that local checks refused."""
        self._parts.intake.refuse(record, receipt.entity, refusal)
        receipt.settle(refusal)
        self._submissions.changed.ring()

    async def finish(self) -> None:
        """Note in the journal that the run is finished, and close its stores."""
        try:
            if not self.ended.is_set():  # its task was cancelled before it began
                await self._end()
            if self._parts.ledger is not None:
                await self._parts.ledger.finish()
        except JournalError as error:
            self._failure = self._failure or error
        finally:
            self._parts.close()

    async def _carry(self, entity: Entity) -> None:
        pipeline, blocks = self._parts.pipeline, self._submissions.queues[entity].blocks()
        if entity is Entity.USER:
            await pipeline.users(blocks, lambda item: item)
        else:
            await pipeline.purchases(blocks, lambda item: item, self._submissions.is_urgent)

    async def _ending(self, tasks: TaskGroup, part: Awaitable[None]) -> None:
        """Run one part. When it ends, for any reason, end all parts."""
        try:
            await part
        except WoowUpError as error:
            self._failure = self._failure or error
        except Exception as error:
            _log.exception("the ingester ended because of a defect: please report it")
            defect = WoowUpError(f"the ingester ended because of a defect: {type(error).__name__}: {error}")
            defect.__cause__ = error
            self._failure = self._failure or defect
        tasks.cancel_scope.cancel()

    def _admit(self, receipt: Receipt, record: Record, left_out: tuple[str, ...], is_counted: bool) -> Item | None:
        """Make an item of a record from the outbox. The checks may be stricter now than when it was accepted."""
        item = self._parts.intake.item_of(record, receipt.entity, is_counted=is_counted)
        if isinstance(item, Item):
            return msgspec.structs.replace(item, left_out=left_out) if left_out else item
        self.refuse(receipt, record, item)
        return None

    async def _end(self) -> None:
        try:
            await self._release(f"the ingester ended: {self._failure}" if self._failure else "the ingester was closed")
        finally:
            self.ended.set()
            if (failure := self.failure) is not None:
                self._parts.watch.ends(self._parts.report(), failure)
            self._submissions.changed.ring()

    async def _release(self, why: str) -> None:
        if self._outbox_queue is not None:
            reason = self._failure or RuntimeError("the ingester is closed: it takes no more records")
            await self._outbox_queue.close(reason, self._parts.settler.remaining)
        await self._parts.settler.release(why)
        await self._parts.settler.release_unopened(self._submissions.items(), why)
