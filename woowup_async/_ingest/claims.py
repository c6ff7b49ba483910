"""Claims items before they are sent, if several processes write to one ledger.

Room: _ingest. A record that another process has under way is not sent a second time. Its outcome is awaited here: it is
looked up until it is settled, or until the other process is gone. Then the record is taken in again, as if it was new.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec

from woowup_async._clock import Clock
from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.intake import Intake
from woowup_async._ingest.rules.history import doubt_of, known_outcome, route_of
from woowup_async.ports import Entry, Ledger

#: Seconds between two looks at the records of another process: at first, and at most (guessed: a bulk request takes a
#: second or two, and a claim of a dead process ends after half a minute).
_FIRST, _MOST = 0.2, 5.0

Carry = Callable[[Batch], Awaitable[None]]


class Claims(msgspec.Struct, frozen=True):
    """Sends batches of what this process could claim.

    Args:
        ledger: the journal or another ledger.
        intake: decides about records that another process has settled.
        clock: seconds.

    """

    ledger: Ledger
    intake: Intake
    clock: Clock

    async def carry(self, entity: Entity, batch: Batch, carry: Carry) -> None:
        """Send the items of a batch that can be claimed, and settle the others by what other processes say of them."""
        taken = await self.ledger.claim(entity, batch.items)
        if not taken:
            await carry(batch)
            return
        mine = tuple(item for item in batch.items if item.key not in taken)
        others = [item for item in batch.items if item.key in taken]
        if mine:
            await carry(msgspec.structs.replace(batch, items=mine))
        await self._follow(entity, others, carry)

    async def _follow(self, entity: Entity, items: Sequence[Item], carry: Carry) -> None:
        pause = _FIRST
        while items:
            entries = await self.ledger.find(entity, [item.key for item in items])
            free = [(item, entry) for item, entry in zip(items, entries) if entry is None or not entry.is_elsewhere]
            items = [item for item, entry in zip(items, entries) if entry is not None and entry.is_elsewhere]
            routes = [(item, await self._taken(entity, item, entry)) for item, entry in free]
            for batch in _batches(entity, routes):
                await self.carry(entity, batch, carry)
            if items:
                await self.clock.sleep_until(self.clock.now() + pause)
                pause = min(2 * pause, _MOST)

    async def _taken(self, entity: Entity, item: Item, entry: Entry | None) -> Route | None:
        """Settle an item that the other process has settled. Return its route if it has to be sent."""
        settler, policy = self.intake.settler, self.intake.policy
        outcome = None
        if entry is not None:
            is_confirmed, is_lasting = item.key not in settler.unsettled.unconfirmed, settler.is_lasting
            outcome = known_outcome(entry, item.digest, policy, is_lasting=is_lasting, is_confirmed=is_confirmed)
        if outcome is not None:
            settler.announcer.counts.save("unchanged", 1)
            await settler.settle_open(entity, item, outcome)
            return None
        route = Route.PLAIN if entry is None else route_of(entity, entry, item.digest, policy)
        if entry is not None:
            settler.unsettled.reconsider(item, is_doubtful=doubt_of(entry) is not None)
        return route


def _batches(entity: Entity, routes: Sequence[tuple[Item, Route | None]]) -> Iterator[Batch]:
    """Yield items that have to be sent. Those that a dead process left are usually sent as they were: together."""
    together = tuple(item for item, route in routes if route is Route.PLAIN and entity is Entity.PURCHASE)
    if together:
        yield Batch(together, "split" if len(together) > 1 else "alone")
    for item, route in routes:
        if route is not None and (route is not Route.PLAIN or entity is not Entity.PURCHASE):
            yield Batch((item,), "alone", route)
