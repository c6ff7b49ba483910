"""Sends products, branches and families one at a time: updates each, or creates it if it does not exist.

Room: _ingest. No bulk endpoint is known for products and branches. Each family has its own bulk requests, since the
query names the user.
"""

from __future__ import annotations

from dataclasses import replace

from woowup_async._flow import Batch, Entity, Item
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.rules.verdicts import CREATED, UPDATED, after_single
from woowup_async._ingest.settler import Settler
from woowup_async._resources.endpoints import MEMBERS_CREATE, MEMBERS_CREATE_BULK, MEMBERS_UPDATE
from woowup_async._resources.more_endpoints import (
    BRANCHES_CREATE,
    BRANCHES_UPDATE,
    PRODUCTS_CREATE,
    PRODUCTS_UPDATE,
)
from woowup_async._transport.call import Call
from woowup_async._wire.catalogue_shape import FamilyParts, family_parts
from woowup_async._wire.endpoint import base64_id
from woowup_async._wire.reply import Reply
from woowup_async.errors import ApiError, Failure, NotFound, Reason, is_from_gateway
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released

_DUPLICATED = "family_member_duplicated"


class NamedCarrier:
    """Sends and settles one product or branch at a time.

    Args:
        items: sends requests.
        settler: settles records.
        entity: products or branches.

    """

    def __init__(self, items: ItemSender, settler: Settler, entity: Entity) -> None:
        self._items, self._settler, self._entity = items, settler, entity
        is_product = entity is Entity.PRODUCT
        self._update = PRODUCTS_UPDATE if is_product else BRANCHES_UPDATE
        self._create = PRODUCTS_CREATE if is_product else BRANCHES_CREATE

    async def carry(self, batch: Batch) -> None:
        """Send and settle the record of a batch of one."""
        (item,) = batch.items
        await self._settler.settle(self._entity, (item,), await self._sent(item))

    async def _sent(self, item: Item) -> Outcome:
        """Update first, so that an existing record needs one request. No page says that a second create is refused."""
        update = Call(self._update, body=item.body, path=(base64_id(item.key),))
        result = await self._items.send(update, self._entity, (item,))
        if isinstance(result, Reply):
            return UPDATED
        if not isinstance(result, NotFound):
            return _refused(self._items, result)
        created = await self._items.send(Call(self._create, body=item.body), self._entity, (item,))
        if isinstance(created, Reply):
            return CREATED
        outcome = _refused(self._items, created)
        if is_from_gateway(result) and isinstance(outcome, Released):
            return after_single(result)  # the update may have been processed
        return outcome


class FamilyCarrier:
    """Sends and settles the members of one user's family at a time."""

    def __init__(self, items: ItemSender, settler: Settler) -> None:
        self._items, self._settler = items, settler

    async def carry(self, batch: Batch) -> None:
        """Send and settle the family of a batch of one."""
        (item,) = batch.items
        await self._settler.settle(Entity.MEMBER, (item,), await self._sent(item))

    async def _sent(self, item: Item) -> Outcome:
        family = family_parts(item.body)
        effects, sent = set[Outcome](), 0
        for body, count in family.bulk_requests():
            outcome = await self._added(item, family, body, range(sent, sent + count))
            if not isinstance(outcome, Accepted):
                return _of_a_part(outcome, is_first=not effects)
            effects.add(outcome)
            sent += count
        return CREATED if effects == {CREATED} else UPDATED

    async def _added(self, item: Item, family: FamilyParts, body: bytes, numbers: range) -> Outcome:
        result = await self._send(Call(MEMBERS_CREATE_BULK, family.query, body), item)
        if isinstance(result, Reply):
            return CREATED
        if not _is_duplicated(result):
            return _refused(self._items, result)
        refusals: list[Reason] = []
        code = ""
        for number in numbers:  # the answer does not say which of them exists, or whether the others were created
            outcome = await self._upserted(item, family, number)
            if isinstance(outcome, Rejected):
                code = code or outcome.code
                reasons = outcome.reasons or (Reason("", "was refused without a reason"),)
                refusals += [replace(each, path=_within(number, each.path)) for each in reasons]
            elif not isinstance(outcome, Accepted):
                return _of_a_part(outcome, is_first=False)
        return Rejected("server", code, tuple(refusals)) if refusals else UPDATED

    async def _upserted(self, item: Item, family: FamilyParts, number: int) -> Outcome:
        body = family.members[number]
        result = await self._send(Call(MEMBERS_CREATE, family.query, body), item)
        if isinstance(result, Reply):
            return CREATED
        if not _is_duplicated(result):
            return _refused(self._items, result)
        updated = await self._send(Call(MEMBERS_UPDATE, family.query, body), item)
        return UPDATED if isinstance(updated, Reply) else _refused(self._items, updated)

    async def _send(self, call: Call, item: Item) -> Reply | Failure:
        return await self._items.send(call, Entity.MEMBER, (item,))


def _refused(items: ItemSender, failure: Failure) -> Outcome:
    items.raise_if_fatal(failure)
    return after_single(failure)


def _is_duplicated(failure: Failure) -> bool:
    return isinstance(failure, ApiError) and failure.code == _DUPLICATED


def _of_a_part(outcome: Outcome, *, is_first: bool) -> Outcome:
    """Return the outcome of a family from that of a part. If it is not the first part, others were processed before."""
    if isinstance(outcome, Released) and not is_first:
        return InDoubt(f"a part of it was sent before; then: {outcome.why}")
    return outcome


def _within(number: int, path: str) -> str:
    return f"members[{number}].{path}" if path else f"members[{number}]"
