"""What an ingester shows about itself: its counts, its health, and the state of a record.

Room: _ingest.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from woowup_async._flow import Entity
from woowup_async._ingest.assembly import Parts, RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outbox_queue import MOST_ON_DISK, OutboxQueue
from woowup_async._ingest.faces.service import Service
from woowup_async._ingest.faces.submissions import Submissions
from woowup_async._ingest.rules.troubles import Trouble, Troubles, trouble_of
from woowup_async._limiting.memory import account_limiter
from woowup_async._transport.sender import Sender
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.outcomes import Report
from woowup_async.ports import Entry, Ledger, State
from woowup_async.statistics import Health

if TYPE_CHECKING:
    from woowup_async._journal.ledger import SqliteLedger
    from woowup_async._journal.outbox import Outbox

#: Seconds that a record may wait before an ingester is not ready (guessed: longer than most outages, and than a full
#: outbox takes at 100 purchases a request and 140 requests a minute, if it has 800,000 records).
OVERDUE_AFTER = 3_600.0


class Insight:
    """The part of an ingester that changes nothing."""

    _parts: Parts
    _service: Service

    def __init__(self, sender: Sender, policy: RunPolicy, inputs: Inputs) -> None:
        self._sender, self._policy, self._inputs = sender, policy, inputs
        self._capacity = (policy.in_flight + 2) * policy.batch.max_items
        self._created = sender.clock.now()
        self._submissions = Submissions(self._capacity, self._created)
        self._is_closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._outbox: Outbox | None = None
        self._outbox_queue: OutboxQueue | None = None
        self._accepted = 0  # number of the last record that was accepted, without an outbox

    def health(self, *, overdue_after: float | None = OVERDUE_AFTER) -> Health:
        """Return whether records are taken and sent; if not, why, since when, and what to do.

        An outage or a cooldown is "degraded": records are taken, and sent later. A refused key, a deleted account, a
        full outbox, a failing disk or a record that waits too long is "failed".

        Args:
            overdue_after: the longest time in seconds that a record may be unsettled; None for any time. A record that
                an earlier process left in the outbox counts from the time at which this ingester was created.

        """
        now, wall = self._sender.clock.now(), datetime.now(UTC)
        if self._loop is None:
            starting = Troubles(self._created)
            starting.begin(Trouble.STARTING, self._created)
            return starting.health(now, wall)
        self._observe(now, overdue_after)
        return self._parts.watch.troubles.health(now, wall, has_ended=self._service.ended.is_set())

    def find(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what the outbox or the journal's file knows about a purchase; None if it knows nothing.

        Raises:
            RuntimeError: there is no outbox and no journal, the journal is not a file, or the ingester is not open.

        """
        ledger, key = self._ledger(), purchase_key(invoice_number, branch_name)
        file = getattr(ledger, "file", None)
        if file is None:
            raise RuntimeError("find() reads a file: with another journal use `await ingester.look_up(...)`")
        if self._outbox is not None and self._outbox.holds(Entity.PURCHASE, key):
            return Entry(State.IN_FLIGHT, b"")
        return cast("SqliteLedger", file).find(Entity.PURCHASE, key)

    async def look_up(self, invoice_number: str, branch_name: str | None = None) -> Entry | None:
        """Return what any journal or outbox knows about a purchase, as `find` does; None if it knows nothing.

        Raises:
            RuntimeError: there is no outbox and no journal, or the ingester is not open.

        """
        ledger = self._ledger()
        if getattr(ledger, "file", None) is not None:
            return self.find(invoice_number, branch_name)
        (entry,) = await ledger.peek(Entity.PURCHASE, (purchase_key(invoice_number, branch_name),))
        return entry

    def _ledger(self) -> Ledger:
        if self._loop is None:
            raise RuntimeError("not open: use `async with woowup.ingester() as ingester`")
        if self._parts.ledger is None:
            raise RuntimeError("find() needs an outbox or a journal, as look_up() does")
        return self._parts.ledger

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

    def _observe(self, now: float, overdue_after: float | None) -> None:
        troubles, limiter = self._parts.watch.troubles, account_limiter(self._sender.limiter)
        failure, has_ended = self._service.failure, self._service.ended.is_set()
        if failure is not None:
            troubles.begin(trouble_of(failure), now)
        troubles.observe(Trouble.CLOSED, now, holds=self._is_closed or has_ended)
        cooling = limiter.cooling_since() if limiter is not None else None
        troubles.observe(Trouble.COOLDOWN, now if cooling is None else cooling, holds=cooling is not None)
        if self._outbox_queue is not None:
            self._parts.watch.filled(self._outbox_queue.size, MOST_ON_DISK)
        else:
            troubles.observe(Trouble.NO_ROOM, now, holds=len(self._submissions) >= self._capacity)
        due = self._due(overdue_after)
        troubles.observe(Trouble.OVERDUE, now if due is None else due, holds=due is not None and due <= now)

    def _due(self, overdue_after: float | None) -> float | None:
        """Return when the oldest unsettled record is overdue; None if there is none."""
        oldest = self._oldest()
        if overdue_after is None or oldest > self._last:
            return None
        return self._submissions.ages.accepted_at(oldest) + overdue_after

    @property
    def _last(self) -> int:
        """The number of the last record that was accepted."""
        return self._outbox_queue.last if self._outbox_queue is not None else self._accepted

    def _oldest(self) -> int:
        """Return the number of the oldest unsettled record; one more than the last if all are settled."""
        in_memory = self._submissions.oldest or self._last + 1
        return min(in_memory, self._outbox_queue.brought + 1) if self._outbox_queue is not None else in_memory
