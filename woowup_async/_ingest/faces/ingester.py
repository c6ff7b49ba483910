"""The ingester: it takes records one at a time, from any number of callers, and sends them through one pipeline.

Room: _ingest. It owns one task group, with a pipeline for users and one for purchases. Memory is bounded: each
unsettled record in memory has a slot. With an outbox, records without a slot wait on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from contextvars import copy_context
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import anyio
from anyio.abc import TaskGroup

from woowup_async._clock import running_loop
from woowup_async._flow import PUSHED, Entity, Item, Position, Record, Settled
from woowup_async._ingest.announcer import Announcer, Listener
from woowup_async._ingest.assembly import Parts, RunPolicy, assembled
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.insight import Insight
from woowup_async._ingest.faces.outbox_queue import MOST_ON_DISK, OutboxQueue
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.run import opened
from woowup_async._ingest.faces.service import Service
from woowup_async._ingest.showing import shown
from woowup_async._transport.sender import Sender
from woowup_async.errors import WoowUpError
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected, Report
from woowup_async.ports import ModelRow, TupleRow

if TYPE_CHECKING:
    from woowup_async._journal.file_ledger import FileLedger

RawRecord = User | Purchase | Mapping[str, Any] | bytes | ModelRow | TupleRow


class Ingester(Insight):
    """Takes records and settles them: `async with woowup.ingester() as ingester: receipt = await ingester.submit(...)`.

    Purchases that are submitted at about the same time share bulk requests: a batch is sent when it is full, or
    `BatchPolicy.linger` seconds after its first purchase. While no permit is free, it grows. If the user of a purchase
    was submitted before and is not settled, the purchase waits for the user.

    It can only be used in the event loop that opened it. At the end of the block it drains: accepted records are sent
    and settled, for at most `IngestPolicy.drain` seconds. The rest is `Released` or `InDoubt`, and stays in the outbox.

    Raises:
        WoowUpError: at the end of the block: the error that ended the ingester early.

    """

    def __init__(self, sender: Sender, policy: RunPolicy, inputs: Inputs) -> None:
        super().__init__(sender, policy, inputs)
        self._changed = self._submissions.changed
        self._submitted = 0  # number of the last record that came, accepted or not
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup | None = None

    async def submit(self, record: RawRecord, *, entity: Entity | str | None = None) -> Receipt:
        """Accept a record. This only waits for room. Await the receipt for the outcome.

        With an outbox the record is on disk when this returns, and survives a power cut. Calls at the same moment share
        one write. If this is cancelled, the record was not accepted. With an outbox it may have been accepted, if it
        was being written at that moment.

        Args:
            record: a model, a mapping of JSON values, or the bytes of one JSON object; or a row or a model of pydantic.
            entity: "user" or "purchase". By default a `User` is a user, and everything else is a purchase.

        Returns:
            Its receipt. If local checks refused the record, the receipt is already settled.

        Raises:
            ValueError: the entity is neither a user nor a purchase.
            RuntimeError: not open, closed, or called from another thread or event loop.
            JournalError: the outbox cannot store the record.
            WoowUpError: the error that ended the ingester: the account is gone, its key is wrong, or a defect.

        """
        kind, item = self._prepared(record, entity)
        if isinstance(item, Receipt):
            return item
        if self._outbox_queue is None:
            await self._submissions.slots.acquire()
            return self._accept(kind, item)
        while self._outbox_queue.size >= MOST_ON_DISK:
            await self._changed.wait()
            self._check()
        receipt = Receipt(kind, item.record)
        await self._outbox_queue.put(receipt, item)
        return receipt

    def submit_nowait(self, record: RawRecord, *, entity: Entity | str | None = None) -> Receipt:
        """Accept a record at once, as `submit` does.

        Raises:
            anyio.WouldBlock: there is no room.
            Exception: the errors of `submit`.

        """
        kind, item = self._prepared(record, entity)
        if isinstance(item, Receipt):
            return item
        if self._outbox_queue is None:
            self._submissions.slots.acquire_nowait()
            return self._accept(kind, item)
        if self._outbox_queue.size >= MOST_ON_DISK:
            raise anyio.WouldBlock
        receipt = Receipt(kind, item.record)
        self._outbox_queue.put_now(receipt, item)
        return receipt

    async def flush(self) -> None:
        """Send now what was accepted before this call, and wait until it is settled. Do not wait for later records.

        A record that is in doubt because its answers were lost counts as settled.

        Raises:
            WoowUpError: the ingester ended, so some of these records got no answer. This is the error that ended it, or
                says that it was closed. Those records are `Released` or `InDoubt`.

        """
        self._check()
        last, submissions = self._last, self._submissions
        submissions.hurry(last)
        # records that are cut off are settled before the reason is known
        while min(self._oldest(), submissions.cut_off) <= last and not self._service.ended.is_set():
            await self._changed.wait()
        self._service.raise_failure()
        if min(self._oldest(), submissions.cut_off) <= last:
            rest = "the rest stays in the outbox" if self._outbox else "submit the Released and InDoubt ones again"
            raise WoowUpError(f"the ingester was closed before all records were settled: {rest}")

    async def aclose(self) -> Report:
        """Refuse new records, and settle the accepted ones. Those not settled in time are `Released` or `InDoubt`.

        Returns:
            The final counts. `released` and `in_doubt` count the records that could not be sent within
            `IngestPolicy.drain` seconds. With an outbox, records that were not read back from the disk are not
            counted; the next ingester sends them.

        """
        self._is_closed = True
        if self._tasks is not None:
            try:
                with anyio.move_on_after(self._policy.ingest.drain):
                    self._submissions.hurry(inf)
                    while self._oldest() <= self._last and not self._service.ended.is_set():
                        await self._changed.wait()
            finally:
                self._service.stop()  # also if this is cancelled: nothing is sent afterwards
            self._parts.drain.abort()  # the time is over, or nothing is under way
            await self._service.ended.wait()
        return self.report

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError("an ingester can be opened only once: create another one")
        try:
            self._parts = await self._assembled()
            self._service = Service(self._parts, self._submissions, self._outbox_queue)
        except BaseException:
            await self._stack.aclose()
            raise
        self._loop = asyncio.get_running_loop()
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._service.run)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        try:
            if error is None or isinstance(error, Exception):
                await self.aclose()
        finally:
            self._service.stop()  # answers under way may come within `drain`
            try:
                if self._tasks is not None:
                    await self._tasks.__aexit__(None, None, None)
            finally:
                try:
                    await self._service.finish()
                finally:
                    await self._stack.aclose()
                self._parts.watch.ends(self.report, self._service.failure)
        if error is None:
            self._service.raise_failure()

    async def _assembled(self) -> Parts:
        resources = await opened(self._sender, self._policy.batch, self._inputs, self._stack)
        announcer = Announcer(self._inputs.on_event, Listener(self._settle), resources.sink)
        parts = assembled(self._sender, self._policy, resources, announcer, is_lasting=True)
        limiter, standing = self._sender.limiter, parts.watch.standing
        self._stack.enter_context(shown(resources.ledger, announcer, limiter, standing, is_lasting=True))
        if self._inputs.outbox is not None:
            self._outbox = cast("FileLedger", resources.ledger).outbox()
            self._outbox_queue = OutboxQueue(self._outbox, self._submissions, parts.watch, parts.clock)
        return parts

    def _settle(self, settled: Settled) -> None:
        self._submissions.settle(settled, is_ending=not self._parts.drain.may_leave())

    def _check(self) -> None:
        if self._loop is None:
            raise RuntimeError("not open: use `async with woowup.ingester() as ingester`")
        if running_loop() is not self._loop:
            raise RuntimeError("an ingester belongs to the event loop that opened it: submit records from that loop")
        self._service.raise_failure()
        if self._is_closed or self._service.ended.is_set():
            raise RuntimeError("the ingester is closed: it takes no more records")

    def _prepared(self, raw: RawRecord, entity: Entity | str | None) -> tuple[Entity, Item | Receipt]:
        self._check()
        kind = Entity(entity) if entity is not None else Entity.USER if isinstance(raw, User) else Entity.PURCHASE
        if kind not in PUSHED:
            raise ValueError(f"an ingester takes users and purchases; use ingest({kind.plural}=...)")
        self._submitted += 1
        record = Record(Position("submitted", self._submitted), raw, context=copy_context())
        item = self._parts.intake.item_of(record, kind)
        if not isinstance(item, Rejected):
            return kind, item
        receipt = Receipt(kind, record)
        self._service.refuse(receipt, record, item)
        return kind, receipt

    def _accept(self, entity: Entity, item: Item) -> Receipt:
        try:
            self._check()  # it may have been closed while this waited for room
        except BaseException:
            self._submissions.slots.release()
            raise
        receipt = Receipt(entity, item.record)
        self._accepted += 1
        self._submissions.ages.note(self._accepted, self._sender.clock.now())
        self._submissions.enter(receipt, item, self._accepted)
        return receipt
