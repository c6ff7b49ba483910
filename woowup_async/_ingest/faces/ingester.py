"""The ingester: it takes records one at a time, from any number of callers, and sends them through one pipeline.

Room: _ingest. It owns one task group, with a pipeline for users and one for purchases. Memory is bounded: each
unsettled record in memory has a slot. With an outbox, records without a slot wait on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
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
from woowup_async._ingest.faces.outbox_queue import MOST_ON_DISK, OutboxQueue
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.run import log_end, opened
from woowup_async._ingest.faces.service import Service
from woowup_async._ingest.faces.submissions import Submissions
from woowup_async._ingest.showing import shown
from woowup_async._transport.sender import Sender
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.errors import WoowUpError
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected, Report
from woowup_async.ports import Entry, ModelRow, State, TupleRow

if TYPE_CHECKING:
    from woowup_async._journal.ledger import SqliteLedger
    from woowup_async._journal.outbox import Outbox

RawRecord = User | Purchase | Mapping[str, Any] | bytes | ModelRow | TupleRow


class Ingester:
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
        self._sender, self._policy, self._inputs = sender, policy, inputs
        self._capacity = (policy.in_flight + 2) * policy.batch.max_items
        self._submissions = Submissions(self._capacity)
        self._changed = self._submissions.changed
        self._submitted = 0  # number of the last record that came, accepted or not
        self._accepted = 0  # number of the last one that was accepted, without an outbox
        self._is_closed = False
        self._stack = ExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: TaskGroup | None = None
        self._outbox: Outbox | None = None
        self._outbox_queue: OutboxQueue | None = None

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

    def find(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what the outbox or journal knows about a purchase; None if it knows nothing.

        Raises:
            RuntimeError: there is no outbox and no journal, or the ingester is not open.

        """
        if self._loop is None:
            raise RuntimeError("not open: use `async with woowup.ingester() as ingester`")
        ledger, key = self._parts.ledger, purchase_key(invoice_number, branch_name)
        if ledger is None:
            raise RuntimeError("find() needs an outbox or a journal")
        if self._outbox is not None and self._outbox.holds(Entity.PURCHASE, key):
            return Entry(State.IN_FLIGHT, b"")
        return ledger.find(Entity.PURCHASE, key)

    @property
    def report(self) -> Report:
        """The counts so far."""
        return self._parts.report() if self._loop else Report()

    @property
    def is_open(self) -> bool:
        """Whether it takes records: it was opened, was not closed, and no error ended it."""
        if self._loop is None or self._is_closed:
            return False
        return self._service.failure is None and not self._service.ended.is_set()

    @property
    def unsettled(self) -> int:
        """The number of records that were accepted and are not settled."""
        return self._outbox.size if self._outbox else len(self._submissions)

    @property
    def capacity(self) -> int:
        """The number of unsettled records at which `submit` waits."""
        return MOST_ON_DISK if self._outbox else self._capacity

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError("an ingester can be opened only once: create another one")
        try:
            self._parts = self._assembled()
            self._service = Service(self._parts, self._submissions, self._outbox_queue)
        except BaseException:
            self._stack.close()
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
                    self._service.finish()
                finally:
                    self._stack.close()
                log_end(self.report)
        if error is None:
            self._service.raise_failure()

    def _assembled(self) -> Parts:
        resources = opened(self._sender, self._inputs, self._stack)
        if self._inputs.outbox is not None:
            self._outbox = cast("SqliteLedger", resources.ledger).outbox()
            self._outbox_queue = OutboxQueue(self._outbox, self._submissions)
        announcer = Announcer(self._inputs.on_event, Listener(self._settle), resources.sink)
        self._stack.enter_context(shown(resources.ledger, announcer, self._sender.limiter, is_lasting=True))
        return assembled(self._sender, self._policy, resources, announcer, is_lasting=True)

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
        self._submissions.enter(receipt, item, self._accepted)
        return receipt

    @property
    def _last(self) -> int:
        """The number of the last record that was accepted."""
        return self._outbox_queue.last if self._outbox_queue is not None else self._accepted

    def _oldest(self) -> int:
        """Return the number of the oldest unsettled record; one more than the last if all are settled."""
        in_memory = self._submissions.oldest or self._last + 1
        return min(in_memory, self._outbox_queue.brought + 1) if self._outbox_queue is not None else in_memory
