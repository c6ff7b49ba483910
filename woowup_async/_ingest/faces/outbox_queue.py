"""Writes submitted records to the outbox. Records of one moment share one durable write.

Room: _ingest. A record is accepted when its write is done. If `put` is cancelled before, it was not accepted.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from weakref import WeakValueDictionary

import anyio
import anyio.lowlevel

from woowup_async._clock import Clock, Signal
from woowup_async._flow import OUTBOX, Entity, Item, Position, Record
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.submissions import Submissions
from woowup_async._ingest.rules.troubles import Trouble
from woowup_async._ingest.watch import Watch
from woowup_async._journal.outbox import Outbox
from woowup_async._wire.user_shape import with_clears
from woowup_async.errors import JournalError
from woowup_async.outcomes import InDoubt, Outcome, Released

#: Most records in an outbox (guessed: some gigabytes).
MOST_ON_DISK = 1_000_000

#: Records that are read from the disk at a time (guessed).
_BROUGHT = 100

#: Seconds between two attempts to write after the disk failed (guessed).
_RECHECK = 5.0

#: Makes an item of a record from the disk, given the names of fields that were left out of it; None if the record was
#: refused and settled. The last argument: whether this process put the record there.
Admit = Callable[[Receipt, Record, tuple[str, ...], bool], Item | None]
#: Returns the outcome of a record that stays on the disk, from its key and the digest of its body.
Remain = Callable[[Entity, str, bytes], Awaitable[Outcome]]


class _Waiting:
    """One waiting submitter, and the result for its record."""

    __slots__ = ("done", "error", "item", "receipt")

    def __init__(self, receipt: Receipt, item: Item) -> None:
        self.receipt, self.item = receipt, item
        self.done = anyio.Event()
        self.error: Exception | None = None


class OutboxQueue:
    """Writes waiting records in one step, and reads them back in their order when slots become free.

    Attributes:
        last: number of the last record on disk.
        brought: number of the last record that was read back.

    """

    def __init__(self, outbox: Outbox, submissions: Submissions, watch: Watch, clock: Clock) -> None:
        self._outbox, self._submissions, self._watch, self._clock = outbox, submissions, watch, clock
        self.last, self.brought = outbox.last, 0
        self._before = outbox.last  # what an earlier process put there
        self._receipts: WeakValueDictionary[int, Receipt] = WeakValueDictionary()
        self._waiting: list[_Waiting] = []
        self._closed: Exception | None = None
        self._filled, self._failed = Signal(), Signal()

    @property
    def size(self) -> int:
        """The number of records on disk and of those that wait to be written."""
        return self._outbox.size + len(self._waiting)

    async def put(self, receipt: Receipt, item: Item) -> None:
        """Return once the record is on disk.

        Raises:
            JournalError: it cannot be written, and was not accepted.
            Exception: the reason that was given to `close`.

        """
        self._check()
        waiting = _Waiting(receipt, item)
        self._waiting.append(waiting)
        self._filled.ring()
        try:
            await waiting.done.wait()
        except BaseException:
            if waiting in self._waiting:
                self._waiting.remove(waiting)  # it was not written
            raise
        if waiting.error is not None:
            raise waiting.error.with_traceback(None)  # those who wait together get the same error

    def put_now(self, receipt: Receipt, item: Item) -> None:
        """Write the record and all waiting ones at once."""
        self._check()
        waiting = _Waiting(receipt, item)
        self._waiting.append(waiting)
        self._write()
        if waiting.error is not None:
            raise waiting.error

    async def run(self) -> None:
        """Write waiting records, until cancelled."""
        while True:
            while not self._waiting:
                await self._filled.wait()
            await anyio.lowlevel.checkpoint()  # other tasks that are about to submit join this write
            self._write()

    async def recheck(self) -> None:
        """Write a test row from time to time while the disk fails, until cancelled. No submitted record may come."""
        while True:
            while not self._watch.troubles.holds(Trouble.DISK):
                await self._failed.wait()
            await self._clock.sleep_until(self._clock.now() + _RECHECK)
            with suppress(JournalError):
                self._outbox.probe()
                self._watch.disk_works()

    async def bring(self, admit: Admit) -> None:
        """Read records from the disk into the pipelines, until cancelled."""
        submissions = self._submissions
        while True:
            for left in self._outbox.after(self.brought, _BROUGHT):
                await submissions.slots.acquire()
                self.brought = left.number
                receipt = self._receipts.pop(left.number, None)
                record = Record(
                    Position(OUTBOX, left.number), with_clears(left.body), context=receipt and receipt.record.context
                )
                receipt = receipt or Receipt(left.entity, record)
                item = admit(receipt, record, left.left_out, left.number > self._before)
                if item is None:
                    submissions.slots.release()
                else:
                    submissions.enter(receipt, item, left.number)
            if self.brought >= self.last:
                await submissions.changed.wait()

    async def close(self, reason: Exception, remain: Remain) -> None:
        """Refuse waiting records with the reason, and settle the receipts of records that stay on disk."""
        self._closed = reason
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.error = reason
            each.done.set()
        for number, receipt in list(self._receipts.items()):
            receipt.settle(await self._remaining(number, receipt, remain))
        self._receipts.clear()

    async def _remaining(self, number: int, receipt: Receipt, remain: Remain) -> Outcome:
        try:
            found = self._outbox.content(number)
        except JournalError:
            return InDoubt("the outbox cannot be read, so it is not known whether an identical record was sent")
        return await remain(receipt.entity, *found) if found else Released("it was not sent")

    def _check(self) -> None:
        if self._closed is not None:
            raise self._closed.with_traceback(None)

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        try:
            numbers = self._outbox.put_all([(each.receipt.entity, each.item) for each in waiting])
        except JournalError as error:
            for each in waiting:
                each.error = error
                each.done.set()
            self._watch.disk_failed(error)
            self._failed.ring()
            return
        self._watch.disk_works()
        self._watch.filled(self.size, MOST_ON_DISK)
        self._submissions.ages.note(numbers[0], self._clock.now())
        for each, number in zip(waiting, numbers, strict=True):
            self.last = number
            self._receipts[number] = each.receipt
            self._submissions.changed.ring()
            each.done.set()
