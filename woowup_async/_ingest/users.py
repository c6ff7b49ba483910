"""Sends users, one request each. It first tries to create or to update, whichever is more likely to succeed.

Room: _ingest.
"""

from __future__ import annotations

from dataclasses import replace

from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.rules.user_route import UserRoute
from woowup_async._ingest.rules.verdicts import CREATED, UPDATED, after_single
from woowup_async._ingest.settler import Settler
from woowup_async._resources.endpoints import USERS_CREATE, USERS_UPDATE
from woowup_async._transport.call import Call
from woowup_async._wire.reply import Reply
from woowup_async._wire.user_shape import UserShape
from woowup_async.errors import NotFound, Reason, UserExists, is_from_gateway
from woowup_async.outcomes import Accepted, Outcome, Rejected

#: Requests for one user before the answers count as a contradiction. The third is needed because an earlier request
#: whose answer was lost may have created the user in the meantime.
_MOST_TURNS = 3
_CONFLICT = Reason(
    "", "cannot be created, since it exists, or updated, since it is not found: its identifiers may name two users"
)


class UserCarrier:
    """Sends and settles one user at a time."""

    def __init__(self, items: ItemSender, settler: Settler, shape: UserShape) -> None:
        self._items, self._settler, self._shape = items, settler, shape
        self._route = UserRoute()

    async def carry(self, batch: Batch) -> None:
        """Send and settle the user of a batch of one."""
        (item,) = batch.items
        outcome = await self._sent(item, item.body, is_known=batch.route is Route.REPLACE)
        if isinstance(outcome, Rejected) and outcome.by == "server" and self._items.policy.salvage:
            outcome = await self._salvaged(item) or outcome
        await self._settler.settle(Entity.USER, (item,), outcome)

    async def _sent(self, item: Item, body: bytes, *, is_known: bool = False) -> Outcome:
        creates, doubt = self._route.creates_first and not is_known, None
        for turn in range(_MOST_TURNS):
            call = Call(USERS_CREATE if creates else USERS_UPDATE, body=body)
            result = await self._items.send(call, Entity.USER, (item,))
            if isinstance(result, Reply):
                self._learn(turn, existed=not creates)
                return CREATED if creates else UPDATED
            if not isinstance(result, UserExists if creates else NotFound):
                self._items.raise_if_fatal(result)
                return after_single(result)
            if is_from_gateway(result):
                doubt = after_single(result)
            creates = not creates
        return doubt or Rejected("server", "conflict", (_CONFLICT,))

    async def _salvaged(self, item: Item) -> Outcome | None:
        """Send identifiers and names only. Return None if that is also refused."""
        less = self._shape.salvaged(item.body)
        if less is None:
            return None
        outcome = await self._sent(item, less.body)
        if isinstance(outcome, Accepted):
            return replace(outcome, left_out=less.left_out)
        return None if isinstance(outcome, Rejected) else outcome

    def _learn(self, turn: int, *, existed: bool) -> None:
        self._route.learn(existed=existed)
        if not turn:
            self._settler.announcer.counts.save("path_choice", 1)
