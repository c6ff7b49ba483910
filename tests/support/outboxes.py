"""Outboxes that a process left."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from tests.support.official import purchase_line
from woowup_async import WoowUp
from woowup_async._flow import Entity, Item
from woowup_async._journal.ledger import SqliteLedger
from woowup_async.testing import Simulator


async def left_in(path: Path, simulator: Simulator, *numbers: int) -> None:
    """Leave orders in an outbox, as a process that was killed before it sent them."""
    async with WoowUp(simulator.api_key, base_url=simulator.url) as client, client.ingester() as checker:
        with closing(SqliteLedger(path, client._session.key.mark)) as ledger:
            ledger.begin([])
            outbox = ledger.outbox()
            for number in numbers:
                _, item = checker._prepared(purchase_line(number), None)
                assert isinstance(item, Item)
                outbox.put(Entity.PURCHASE, item)
