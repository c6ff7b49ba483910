"""The push face: records one at a time, from any number of callers, into the same pipeline.

Room: _ingest. Made by `WoowUp.ingester`. It owns one task group, with a pipeline for users and one for purchases.
Bounded: each record in memory that is not settled has a slot; with an outbox, what has none waits on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Mapping
from contextlib import ExitStack
from contextvars import copy_context
from functools import partial
from math import inf
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast
from weakref import WeakValueDictionary

import anyio
from anyio.abc import TaskGroup

from woowup_async._clock import Signal, running_loop
from woowup_async._flow import OUTBOX, Entity, Item, Position, Record, Settled
from woowup_async._ingest.assembly import Engine, Listener, RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outbox_queue import MOST_ON_DISK, OutboxQueue
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.run import log_end, opened
from woowup_async._ingest.faces.submission_queue import Dependants, SubmissionQueue
from woowup_async._ingest.pipeline import FLUSH
from woowup_async._transport.sender import Sender
from woowup_async._wire.encode import purchase_key
from woowup_async.errors import JournalError, WoowUpError
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected, Report
from woowup_async.ports import Entry, State

if TYPE_CHECKING:
    from woowup_async._journal.ledger import SqliteLedger
    from woowup_async._journal.outbox import Outbox

_log = logging.getLogger("woowup_async.ingest")
#: Records that are brought from the disk at a time (guessed).
_BROUGHT = 100

RawRecord = User | Purchase | Mapping[str, Any] | bytes


class Ingester:
    """Takes records and settles them: `async with woowup.ingester() as ingester: receipt = await ingester.submit(...)`.

    Purchases that are submitted at about the same time share bulk requests: a batch leaves when it is full, or
    `BatchPolicy.linger` seconds after its first purchase; where no permit is free it grows. A purchase waits for its
    user, where that was submitted before and is not settled yet.

    It belongs to the event loop that opened it. Leaving the block drains it: what was accepted is sent and settled, for
    at most `IngestPolicy.drain` seconds; then the rest is `Released` or `InDoubt`, and stays in the outbox.

    Raises:
        WoowUpError: on leaving: what ended it early.

    """

    def __init__(self, sender: Sender, policy: RunPolicy, inputs: Inputs) -> None:
        self._sender, self._policy, self._inputs = sender, policy, inputs
        self._capacity = (policy.in_flight + 2) * policy.batch.max_items
        self._slots = anyio.Semaphore(self._capacity, fast_acquire=True)
        self._inlets = {entity: SubmissionQueue() for entity in Entity}
        self._dependants = Dependants()
        self._unsettled: OrderedDict[int, Receipt] = OrderedDict()  # by identity of the record, oldest first
        self._on_disk: WeakValueDictionary[int, Receipt] = WeakValueDictionary()
        self._submitted = 0  # number of the last record that came, accepted or not
        self._accepted = self._brought = 0  # numbers of the last ones
        self._urgent: float = 0  # number of the last one that is to be settled at once
        self._is_closed = False
        self._failure: WoowUpError | None = None
        self._changed = Signal()
        self._running, self._ended = anyio.CancelScope(), anyio.Event()
        self._stack = ExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: TaskGroup | None = None
        self._outbox: Outbox | None = None
        self._queue: OutboxQueue | None = None

    async def submit(self, record: RawRecord, *, entity: Entity | str | None = None) -> Receipt:
        """Accept a record; wait for room only. Await the receipt for its outcome.

        With an outbox it is on disk when this returns, and stays there if the power fails: submitters of the same
        moment share one write. Cancelled, it was not accepted; with an outbox it may have been, if it was written at
        that very moment.

        Args:
            record: a model, a mapping of JSON values, or the bytes of one JSON object.
            entity: "user" or "purchase"; by default a `User` is one, and everything else is a purchase.

        Returns:
            Its receipt; settled already, where local checks refused it.

        Raises:
            RuntimeError: not open, closed, or called from another thread or event loop.
            JournalError: the outbox cannot take it.
            WoowUpError: what ended the ingester: the account is gone, its key is wrong, or a defect.

        """
        kind, item = self._prepared(record, entity)
        if isinstance(item, Receipt):
            return item
        if self._queue is None:
            await self._slots.acquire()
            return self._accept(kind, item)
        while self._queue.size >= MOST_ON_DISK:
            await self._changed.wait()
            self._check()
        receipt = Receipt(kind, item.record)
        await self._queue.put(receipt, item)
        return receipt

    def submit_nowait(self, record: RawRecord, *, entity: Entity | str | None = None) -> Receipt:
        """Accept a record at once, as `submit` does.

        Raises:
            anyio.WouldBlock: there is no room.
            Exception: what `submit` raises.

        """
        kind, item = self._prepared(record, entity)
        if isinstance(item, Receipt):
            return item
        if self._queue is None:
            self._slots.acquire_nowait()
            return self._accept(kind, item)
        if self._queue.size >= MOST_ON_DISK:
            raise anyio.WouldBlock
        receipt = Receipt(kind, item.record)
        self._queue.put_now(receipt, item)
        return receipt

    async def flush(self) -> None:
        """Settle at once what was accepted before this call; what comes in the meantime is not waited for.

        Raises:
            WoowUpError: what ended the ingester before all of it was settled.

        """
        self._check()
        last = self._accepted
        self._hurry(last)
        while self._oldest() <= last and not self._ended.is_set():
            await self._changed.wait()
        self._raise_failure()

    async def aclose(self) -> Report:
        """Refuse new records, and settle what was accepted; what is not settled in time is `Released` or `InDoubt`.

        Returns:
            The final counts: `released` and `in_doubt` tell what could not be sent within `IngestPolicy.drain` seconds.
            With an outbox, what did not come back from the disk is not counted; the next ingester sends it.

        """
        self._is_closed = True
        if self._tasks is not None:
            try:
                with anyio.move_on_after(self._policy.ingest.drain):
                    self._hurry(inf)
                    while self._oldest() <= self._accepted and not self._ended.is_set():
                        await self._changed.wait()
            finally:
                self._running.cancel()  # also where this is cancelled: nothing leaves afterwards
            self._engine.drain.abort()  # the deadline is over, or nothing is under way
            await self._ended.wait()
        return self.report

    def find(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what outbox or journal know of a purchase; None where they know nothing.

        Raises:
            RuntimeError: there is neither.

        """
        if self._loop is None:
            raise RuntimeError("not open: use `async with woowup.ingester() as ingester`")
        ledger, key = self._engine.ledger, purchase_key(invoice_number, branch_name)
        if ledger is None:
            raise RuntimeError("find() needs an outbox or a journal")
        if self._outbox is not None and self._outbox.holds(Entity.PURCHASE, key):
            return Entry(State.IN_FLIGHT, b"")
        return ledger.find(Entity.PURCHASE, key)

    @property
    def report(self) -> Report:
        """The counts so far."""
        return self._engine.report() if self._loop else Report()

    @property
    def unsettled(self) -> int:
        """Records that were accepted and are not settled."""
        return self._outbox.size if self._outbox else len(self._unsettled)

    @property
    def capacity(self) -> int:
        """How many there can be before `submit` waits."""
        return MOST_ON_DISK if self._outbox else self._capacity

    async def __aenter__(self) -> Self:
        if self._loop is not None:
            raise RuntimeError("an ingester opens once: make another one")
        try:
            self._engine = self._assembled()
        except BaseException:
            self._stack.close()
            raise
        self._loop = asyncio.get_running_loop()
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._run)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed = True
        try:
            if error is None or isinstance(error, Exception):
                await self.aclose()
        finally:
            self._running.cancel()  # what is under way is answered within `drain`
            try:
                if self._tasks is not None:
                    await self._tasks.__aexit__(None, None, None)
            finally:
                self._close_files()
                log_end(self.report)
        if error is None:
            self._raise_failure()

    # The life of its tasks.

    def _assembled(self) -> Engine:
        resources = opened(self._sender, self._inputs, self._stack)
        if self._inputs.outbox is not None:
            self._outbox = cast("SqliteLedger", resources.ledger).outbox()
            self._queue = OutboxQueue(self._outbox, self._kept)
            self._accepted = self._outbox.last
        listener = Listener(self._take)
        return Engine(self._sender, self._policy, resources, self._inputs.on_event, listener, is_lasting=True)

    async def _run(self) -> None:
        try:
            with self._running:
                async with anyio.create_task_group() as tasks:
                    for entity in Entity:
                        tasks.start_soon(self._ending, tasks, self._carry(entity))
                    if self._outbox is not None and self._queue is not None:
                        tasks.start_soon(self._ending, tasks, self._bring_from(self._outbox))
                        tasks.start_soon(self._ending, tasks, self._queue.run())
        finally:
            try:
                self._release(f"the ingester ended: {self._failure}" if self._failure else "the ingester was closed")
            finally:
                self._ended.set()
                self._changed.ring()

    async def _carry(self, entity: Entity) -> None:
        pipeline, blocks = self._engine.pipeline, self._inlets[entity].blocks()
        carry = pipeline.users if entity is Entity.USER else partial(pipeline.purchases, is_urgent=self._is_urgent)
        await carry(blocks, lambda item: item)

    async def _ending(self, tasks: TaskGroup, part: Awaitable[None]) -> None:
        """Run one part; end all of them where it cannot go on, for any reason."""
        try:
            await part
        except WoowUpError as error:
            self._failure = self._failure or error
        except Exception as error:
            _log.exception("the ingester ended by an error of its own: a defect, please report it")
            defect = WoowUpError(f"the ingester ended by an error of its own: {type(error).__name__}: {error}")
            defect.__cause__ = error
            self._failure = self._failure or defect
        tasks.cancel_scope.cancel()

    async def _bring_from(self, outbox: Outbox) -> None:
        while True:
            for left in outbox.after(self._brought, _BROUGHT):
                await self._slots.acquire()
                self._brought = left.number
                receipt = self._on_disk.pop(left.number, None)
                record = Record(Position(OUTBOX, left.number), left.body, context=receipt and receipt.record.context)
                receipt = receipt or Receipt(left.entity, record)
                item = self._engine.item_of(record, left.entity)
                if isinstance(item, Rejected):  # the rules became stricter since
                    self._slots.release()
                    self._refuse(receipt, record, item)
                else:
                    self._enter(receipt, item, left.number)
            if self._brought >= self._accepted:
                await self._changed.wait()

    def _release(self, why: str) -> None:
        if self._queue is not None:
            self._queue.close(self._failure or RuntimeError("the ingester is closed: it takes nothing more"))
        self._engine.release(why)
        unopened = [(each.entity, each.item) for each in self._unsettled.values() if each.item is not None]
        self._engine.release_unopened(unopened, why)

    def _close_files(self) -> None:
        try:
            if self._engine.ledger is not None:
                self._engine.ledger.finish()
        except JournalError as error:
            self._failure = self._failure or error
        finally:
            self._engine.close()
            self._stack.close()

    # The life of a record.

    def _check(self) -> None:
        if self._loop is None:
            raise RuntimeError("not open: use `async with woowup.ingester() as ingester`")
        if running_loop() is not self._loop:
            raise RuntimeError("an ingester belongs to the event loop that opened it: hand records over to that one")
        self._raise_failure()
        if self._is_closed:
            raise RuntimeError("the ingester is closed: it takes nothing more")

    def _raise_failure(self) -> None:
        failure = self._failure or self._engine.desk.failure
        if failure is not None:
            raise failure

    def _prepared(self, raw: RawRecord, entity: Entity | str | None) -> tuple[Entity, Item | Receipt]:
        self._check()
        kind = Entity(entity) if entity is not None else Entity.USER if isinstance(raw, User) else Entity.PURCHASE
        self._submitted += 1
        record = Record(Position("submitted", self._submitted), raw, context=copy_context())
        item = self._engine.item_of(record, kind)
        if not isinstance(item, Rejected):
            return kind, item
        receipt = Receipt(kind, record)
        self._refuse(receipt, record, item)
        return kind, receipt

    def _refuse(self, receipt: Receipt, record: Record, refusal: Rejected) -> None:
        self._engine.refuse(record, receipt.entity, refusal)
        receipt.settle(refusal)
        self._changed.ring()

    def _kept(self, receipt: Receipt, number: int) -> None:
        """Take note that a record is in the outbox."""
        self._accepted = number
        self._on_disk[number] = receipt
        self._changed.ring()

    def _accept(self, entity: Entity, item: Item) -> Receipt:
        try:
            self._check()  # it may have been closed while this waited for room
        except BaseException:
            self._slots.release()
            raise
        receipt = Receipt(entity, item.record)
        self._accepted += 1
        self._enter(receipt, item, self._accepted)
        return receipt

    def _enter(self, receipt: Receipt, item: Item, number: int) -> None:
        receipt.item, receipt.number = item, number
        self._unsettled[id(item.record)] = receipt  # which keeps the record alive
        if receipt.entity is Entity.USER:
            self._dependants.enter(item)
        elif self._dependants.park(item):
            return
        self._inlets[receipt.entity].put(item)

    def _take(self, settled: Settled) -> None:
        receipt = self._unsettled.pop(id(settled.record), None)
        if receipt is None or receipt.item is None:
            return  # refused before it was entered
        self._slots.release()
        if receipt.entity is Entity.USER:
            for purchase in self._dependants.leave(receipt.item):
                self._inlets[Entity.PURCHASE].put(purchase)
        receipt.item = None  # whoever keeps the receipt keeps no body
        receipt.settle(settled.outcome)
        self._changed.ring()

    def _hurry(self, last: float) -> None:
        """Let what came up to this number wait for nothing that may come: what is open leaves, the rest as it comes."""
        self._urgent = max(self._urgent, last)
        self._inlets[Entity.PURCHASE].put(FLUSH)

    def _is_urgent(self, item: Item) -> bool:
        receipt = self._unsettled.get(id(item.record))
        return receipt is not None and receipt.number <= self._urgent

    def _oldest(self) -> int:
        """The number of the oldest record that is not settled; one more than the last where all are."""
        in_memory = next(iter(self._unsettled.values())).number if self._unsettled else self._accepted + 1
        return min(in_memory, self._brought + 1) if self._outbox is not None else in_memory
