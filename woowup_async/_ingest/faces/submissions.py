"""Keeps accepted records that are not settled, and the queues in which they wait for the pipelines.

Room: _ingest. It is bounded by slots: each unsettled record in memory has one.
"""

from __future__ import annotations

from collections import OrderedDict
from math import inf

import anyio

from woowup_async._clock import Signal
from woowup_async._flow import PUSHED, Entity, Item, Settled
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._ingest.faces.submission_queue import SubmissionQueue
from woowup_async._ingest.rules.ages import Ages
from woowup_async._ingest.rules.dependants import Dependants
from woowup_async._ingest.unopened import FLUSH
from woowup_async.outcomes import InDoubt, Released


class Submissions:
    """Keeps the receipts of records from acceptance to outcome.

    Args:
        capacity: the number of slots.
        began: seconds of the clock, for the age of records that were there before.

    Attributes:
        ages: when the records were accepted.
        slots: one is taken before `enter`, and given back when the record is settled.
        queues: the queue of each pipeline.
        changed: rings when a record was settled.
        cut_off: number of the oldest record that got no answer because the ingester ended; infinite if there is none.

    """

    def __init__(self, capacity: int, began: float = 0.0) -> None:
        self.ages = Ages(began)
        self.slots = anyio.Semaphore(capacity, fast_acquire=True)
        self.queues = {entity: SubmissionQueue() for entity in PUSHED}
        self.changed = Signal()
        self.cut_off: float = inf
        self._dependants = Dependants()
        self._unsettled: OrderedDict[int, Receipt] = OrderedDict()  # by identity of the record, oldest first
        self._urgent: float = 0  # number of the last record that is to be settled at once

    def __len__(self) -> int:
        return len(self._unsettled)

    @property
    def oldest(self) -> int | None:
        """The number of the oldest unsettled record; None if all are settled."""
        return next(iter(self._unsettled.values())).number if self._unsettled else None

    def enter(self, receipt: Receipt, item: Item, number: int) -> None:
        """Queue a record that has a slot. A purchase waits while its user is not settled."""
        receipt.item, receipt.number = item, number
        self._unsettled[id(item.record)] = receipt  # the receipt keeps the record alive
        if receipt.entity is Entity.USER:
            self._dependants.enter(item)
        elif self._dependants.park(item):
            return
        self.queues[receipt.entity].put(item)

    def settle(self, settled: Settled, *, is_ending: bool) -> None:
        """Give a receipt its outcome and free its slot. `is_ending`: the ingester sends nothing more."""
        receipt = self._unsettled.pop(id(settled.record), None)
        if receipt is None or receipt.item is None:
            return  # the record was refused before `enter`
        self.slots.release()
        if is_ending and isinstance(settled.outcome, Released | InDoubt):
            self.cut_off = min(self.cut_off, receipt.number)
        if receipt.entity is Entity.USER:
            for purchase in self._dependants.leave(receipt.item):
                self.queues[Entity.PURCHASE].put(purchase)
        receipt.item = None  # a caller who keeps the receipt does not keep the body
        receipt.settle(settled.outcome)
        self.changed.ring()

    def hurry(self, last: float) -> None:
        """Stop records up to this number from waiting for later ones: send the open batch, the others as they come."""
        self._urgent = max(self._urgent, last)
        self.queues[Entity.PURCHASE].put(FLUSH)

    def is_urgent(self, item: Item) -> bool:
        """Return whether a batch with this item is sent without waiting for other items."""
        receipt = self._unsettled.get(id(item.record))
        return receipt is not None and receipt.number <= self._urgent

    def items(self) -> list[tuple[Entity, Item]]:
        """Return the unsettled items."""
        return [(each.entity, each.item) for each in self._unsettled.values() if each.item is not None]
