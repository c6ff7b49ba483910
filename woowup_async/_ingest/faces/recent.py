"""A run that sends customers with the newest purchases first, each group followed by its purchases.

Room: _ingest. The sources are read to their end before the first record is sent. Within a person, records keep the
order of their sources, so the last version is still the last one, and users still come before their purchases.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from typing import NamedTuple

from woowup_async._flow import Entity, Item, Record
from woowup_async._ingest.intake import Intake
from woowup_async._ingest.ranking import Fact, Kind, Stretch
from woowup_async._ingest.rules.people import linked_by
from woowup_async._ingest.spool import Copy, Spool, copy_of
from woowup_async._wire.catalogue_shape import family_parts
from woowup_async._wire.identity import identifiers_of
from woowup_async._wire.sale import sale_of
from woowup_async.sources.stream import Records, blocks_of

#: What is sent in another order. Products and branches go before everything, as in any run.
REORDERED = (Entity.USER, Entity.MEMBER, Entity.PURCHASE)
#: Users in a group (guessed: their purchases fill many requests, and the first group takes four minutes).
_USERS = 500

Carry = Callable[[Entity, AsyncGenerator[Iterable[Record], None]], Awaitable[None]]


class _Seen(NamedTuple):
    """What a record says about itself: its key if it has one, the identifiers of its customer, and its time."""

    key: tuple[str, ...]
    customers: tuple[str, ...]
    made: str = ""


class RecentFirst:
    """Reads sources, ranks their customers, and sends one group after the other.

    Args:
        intake: checks records.
        only_buyers: whether users without purchases are left out.

    """

    def __init__(self, intake: Intake, *, only_buyers: bool) -> None:
        self._intake, self._only_buyers = intake, only_buyers
        self._counts = intake.settler.announcer.counts

    async def carry(self, sources: Mapping[Entity, Records], carry: Carry) -> None:
        """Read the sources, and send their records by `carry`.

        Raises:
            Exception: a source failed. What was read before is sent first, except users who may have no purchases if
                only buyers are to be sent.

        """
        with closing(Spool()) as spool:
            failure = await self._read(sources, spool)
            await spool.rank()
            is_known = failure is None
            for stretch in spool.ranking.stretches(_USERS):
                if stretch.kind is Kind.OTHER and self._only_buyers:
                    if is_known:
                        self._counts.without_purchases += spool.ranking.count(Kind.OTHER)
                    continue
                await self._send(spool, stretch, sources, carry)
        if failure is not None:
            raise failure

    async def _send(self, spool: Spool, stretch: Stretch, sources: Mapping[Entity, Records], carry: Carry) -> None:
        for entity in REORDERED:
            if entity in sources:
                async with aclosing(spool.blocks(entity, stretch)) as blocks:
                    await carry(entity, blocks)

    async def _read(self, sources: Mapping[Entity, Records], spool: Spool) -> Exception | None:
        """Copy all records. Return the failure of a source."""
        for entity in REORDERED:
            if entity not in sources:
                continue
            async with aclosing(blocks_of(sources[entity], entity.plural)) as blocks:
                while True:
                    try:
                        block = await anext(blocks)
                    except StopAsyncIteration:
                        break
                    except Exception as error:
                        return error
                    copies = list[Copy]()  # each is made before the next record is read, since its source may change it
                    seen = [self._seen(entity, record, copies) for record in block]
                    await spool.add(copies, await self._facts(entity, seen))
        return None

    async def _facts(self, entity: Entity, seen: Sequence[_Seen]) -> list[Fact]:
        """Return what is known of records. They are checked again when they are sent, and only then counted."""
        if (lookups := self._intake.lookups) is not None:
            await lookups.know_people(dict.fromkeys([each.customers for each in seen if each.customers]))
        return [Fact(entity, (*each.key, *self._names(each.customers)), each.made) for each in seen]

    def _seen(self, entity: Entity, record: Record, copies: list[Copy]) -> _Seen:
        item = self._intake.item_of(record, entity, is_counted=True)
        copies.append(copy_of(record))
        if not isinstance(item, Item):
            return _Seen((), linked_by(identifiers_of(record.raw), item))
        key, body = (f"{entity.value} {item.key}",), item.body
        if entity is Entity.MEMBER:
            return _Seen(key, tuple([f"{name}:{value}" for name, value in family_parts(body).query]))
        return _Seen(key, identifiers_of(body), sale_of(body).made if entity is Entity.PURCHASE else "")

    def _names(self, customers: tuple[str, ...]) -> tuple[str, ...]:
        """Return all names of a person, also those that only the journal knows. It was asked before."""
        return self._intake.settler.customers.names_of(customers) if customers else ()
