"""Sends requests that carry items, and keeps track of them while they are under way.

Room: _ingest.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from woowup_async._flow import Entity, Item
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.rules.verdicts import stops_run
from woowup_async._ingest.workers import PermitQueue
from woowup_async._limiting.memory import remembered
from woowup_async._transport.call import Call
from woowup_async._transport.health import Health
from woowup_async._transport.sender import Sender
from woowup_async._transport.trail import Trail
from woowup_async._wire.reply import Reply
from woowup_async.errors import ApiError, Failure, ReplyLost, TransportError
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Ledger


class ItemSender(msgspec.Struct):
    """Sends requests that carry items.

    Args:
        sender: sends in the bulk lane.
        policy: the settings of the run.
        health: the health of the server.
        ledger: gets a mark for each item before its bytes are sent; None without a journal.
        unsettled: notes which request carries each item.
        permits: the queue of requests that wait for a permit.

    """

    sender: Sender
    policy: IngestPolicy
    health: Health
    ledger: Ledger | None
    unsettled: Unsettled
    permits: PermitQueue
    _lost: int = 0

    async def send(self, call: Call, entity: Entity, items: Sequence[Item]) -> Reply | Failure:
        """Send one request that carries these items. Return its answer, or the failure of its last attempt."""
        call = msgspec.structs.replace(call, records=tuple([item.record for item in items]))
        trail = Trail(lambda: self._mark(entity, items), self.permits.leave)
        self.unsettled.send(items, trail)
        self.permits.join()
        try:
            return await self.sender.send(call, trail)
        except (ApiError, TransportError) as failure:
            return failure
        finally:
            trail.ends()

    def raise_if_fatal(self, failure: Failure) -> None:
        """Re-raise a failure that ends the run."""
        if isinstance(failure, ReplyLost) and self.policy.doubt == "report":
            self._lost += 1  # with doubt="report" a request has one attempt
            if self._lost < self.sender.retry.attempts:
                return
        if stops_run(failure, has_answer=self.health.has_answer):
            raise failure

    def _mark(self, entity: Entity, items: Sequence[Item]) -> None:
        if self.ledger is not None:
            self.ledger.mark(entity, items, remembered(self.sender.limiter))
