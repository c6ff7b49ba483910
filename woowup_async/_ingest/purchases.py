"""Sends purchases in bulk requests: splits refused ones, makes large ones smaller, and looks up those in doubt.

Room: _ingest. Invariant: each item of a batch is settled exactly once.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.customers import customers_of, missing_outcome
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.learned import Exchange
from woowup_async._ingest.readback import ReadBack
from woowup_async._ingest.rules.batching import BatchLimits
from woowup_async._ingest.rules.bulk_support import RETRY_AFTER, BulkSupport
from woowup_async._ingest.rules.growth import Answer, weighed
from woowup_async._ingest.rules.splitting import DefectRate, Split, named_in
from woowup_async._ingest.rules.verdicts import (
    CREATED,
    PRESENT,
    QUEUED,
    UPDATED,
    Next,
    after_bulk,
    after_single,
    names_size,
)
from woowup_async._ingest.rules.waiting import WaitingPurchases
from woowup_async._ingest.settler import Settler
from woowup_async._resources.endpoints import PURCHASES_CREATE, PURCHASES_CREATE_BULK, PURCHASES_UPDATE
from woowup_async._transport.call import Call
from woowup_async._wire.endpoint import Endpoint, Replay
from woowup_async._wire.reply import Reply
from woowup_async.errors import ApiError, Failure, NotFound, Reason, is_from_gateway
from woowup_async.events import BatchRefused
from woowup_async.models.replies import Queued
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected

_log = logging.getLogger("woowup_async.ingest")
#: Times that a purchase in doubt is looked up, and sent again if it is not found (guessed).
_MOST_LOOKS = 3
#: Attempts for each part of a batch whose own attempts all failed (guessed).
_LOST_ATTEMPTS = 2
_ELSEWHERE = Reason("", "it exists but cannot be updated: its invoice number may be another customer's")


class _BulkResult(NamedTuple):
    """The result of one request, and the positions of the items that its errors name."""

    result: Outcome | Next
    named: tuple[int, ...] = ()
    code: str = ""


class PurchaseCarrier:
    """Sends and settles batches."""

    def __init__(self, items: ItemSender, settler: Settler, waiting: WaitingPurchases, limits: BatchLimits) -> None:
        self._items, self._settler, self._waiting, self._limits = items, settler, waiting, limits
        self._counts = settler.announcer.counts
        resends = items.policy.doubt == "resend"
        self._single, self._bulk = (_replayed(each, resends) for each in (PURCHASES_CREATE, PURCHASES_CREATE_BULK))
        self._defects = DefectRate()
        self._read_back = ReadBack(items.sender) if items.policy.doubt == "read_back" else None
        self._support = BulkSupport()

    async def carry(self, batch: Batch) -> None:
        """Send and settle the purchases of a batch."""
        if batch.route is Route.PLAIN:
            await self._carry_plain(batch.items)
        elif batch.route is Route.ASK:
            await self._ask(batch.items[0])
        elif batch.route is Route.READ_BACK:
            await self._look_up(batch.items, InDoubt("its answer was lost in an earlier process"))
        else:
            (item,) = batch.items
            await self._settle((item,), await self._sent_alone(item, batch.route))

    async def _ask(self, item: Item) -> None:
        """Send the first purchase of a customer who may be missing. Its answer decides for the others."""
        customers, waiting = self._settler.customers, self._waiting
        asking: Item | None = item
        while asking is not None:
            item, asking = asking, None
            customers.expect(item.customers)
            outcome = await self._sent_alone(item, Route.PLAIN)
            if isinstance(outcome, InDoubt) and self._read_back:
                await self._look_up((item,), outcome)
            else:
                await self._settle((item,), outcome)
            if customers.is_missing(item.customers):
                others = waiting.end(item)
                self._counts.save("cached_reads", len(others))
                for other in others:
                    await self._settle((other,), missing_outcome(customers.trouble_of(other.customers)))
            elif await self._settler.is_known(item.customers):
                for other in waiting.free(item):
                    self._settler.unsettled.confirm(other)
            else:  # its answer said nothing about the customer
                asking = waiting.next(item)

    async def _carry_plain(self, items: Sequence[Item]) -> None:
        todo = [*self._limits.pieces(items)]
        while todo:
            group = todo.pop(0)
            if len(group) > 1 and not self._support.may_send(len(group)):
                todo[:0] = [(item,) for item in group]
                continue
            is_trial = self._limits.is_trial(group)
            reply = await self._send(group)
            if isinstance(reply.result, Accepted):  # nearly always, and each case below would compare it
                await self._settle(group, reply.result)
                continue
            match reply.result:
                case Next.APART if self._limits.has_grown_for(group):
                    todo[:0] = self._limits.smaller_pieces(group, is_trial=is_trial)
                case Next.SPLIT | Next.APART:
                    self._settler.announcer.hear(BatchRefused(len(group), reply.code))
                    await self._split(group, reply)
                case Next.SMALLER:
                    self._limits.lower(group)
                    todo = [piece for each in (group, *todo) for piece in self._limits.pieces(each)]
                case Next.SINGLES:
                    self._bulk_is_missing()
                    todo.insert(0, group)
                case InDoubt() as doubt if self._read_back:
                    await self._look_up(group, doubt)
                case outcome:
                    await self._settle(group, outcome)

    async def _split(self, items: tuple[Item, ...], reply: _BulkResult) -> None:
        """Send the items of a refused batch in groups, until the bad ones are alone."""
        split, is_lost = Split(items, self._defects.value, reply.named), reply.result is Next.APART
        largest, has_bad = 1, False
        while group := split.group():
            reply = await self._send(group, attempts=_LOST_ATTEMPTS if is_lost else None)
            match reply.result:
                case Next.SPLIT | Next.APART:
                    split.refused(reply.named)
                case Accepted() as outcome:
                    await self._settle(group, outcome)
                    split.accepted()
                    largest = max(largest, len(group))
                case Rejected() | InDoubt() as outcome if not (self._read_back and isinstance(outcome, InDoubt)):
                    has_bad = True
                    await self._settle(group, outcome)
                    split.refused() if len(group) == 1 else split.dismissed()
                case _:
                    split.dismissed()
                    await self._conclude(group, reply.result)
        if has_bad:
            self._limits.answered(items, Answer.NOTHING)
        elif is_lost:
            self._limits.lower_to(largest)  # no item was bad, so the batch was too large
        elif self._limits.has_grown_for(items):
            self._limits.lower(items)

    async def _conclude(self, group: tuple[Item, ...], result: Outcome | Next) -> None:
        """Go on with a group whose result says nothing about single items."""
        if isinstance(result, InDoubt) and self._read_back:
            await self._look_up(group, result)
        elif isinstance(result, Next):
            if result is Next.SMALLER:
                self._limits.lower(group)
            await self._carry_plain(group)
        else:
            await self._settle(group, result)

    async def _look_up(self, group: tuple[Item, ...], doubt: InDoubt) -> None:
        """Settle the purchases that the account has, and send the others again. If no answer comes, doubt remains."""
        for _ in range(_MOST_LOOKS):
            found = await self._read_back.found(group) if self._read_back else set()
            for item in group:
                if item.key in found:
                    await self._settle((item,), await self._present(item))
            group = tuple(item for item in group if item.key not in found)
            if not group:
                return
            result = (await self._send(group)).result
            if not isinstance(result, InDoubt):
                await self._conclude(group, result)
                return
        await self._settle(group, doubt)

    async def _present(self, item: Item) -> Outcome:
        """Return the outcome of a purchase that the account has, perhaps with other content."""
        is_kept = self._items.policy.on_duplicate == "keep"
        return PRESENT if is_kept else await self._sent_alone(item, Route.REPLACE)

    async def _send(self, group: tuple[Item, ...], attempts: int | None = None) -> _BulkResult:
        """Send one request. A single purchase goes to the single endpoint, whose answer says more."""
        if len(group) == 1:
            return _BulkResult(await self._sent_alone(group[0], Route.PLAIN))
        is_divisible, limits = self._items.policy.doubt == "resend", self._limits
        if is_divisible and limits.is_trial(group):
            attempts = _LOST_ATTEMPTS
        exchange = Exchange(limits, group) if limits.grows else None
        body = Batch(group, "split").body
        call = Call(self._bulk, body=body, attempts=attempts, is_divisible=is_divisible, heard=exchange)
        failure = await self._items.send(call, Entity.PURCHASE, group)
        if isinstance(failure, Reply):
            if exchange is not None:
                limits.answered(group, weighed(exchange.elapsed, self._items.sender.timeouts.total))
            self._bulk_worked()
            self._counts.save("batching", len(group) - 1)
            return _BulkResult(QUEUED)
        result = after_bulk(failure, has_worked=self._support.has_worked)
        if result is not Next.SINGLES:
            self._items.raise_if_fatal(failure)
        if result is Next.APART and not is_divisible:
            result = after_single(failure)
        if result is not Next.SPLIT or not isinstance(failure, ApiError):
            return _BulkResult(result)
        self._bulk_worked()  # the refusal is a proper answer of the API
        named = named_in(failure.reasons, len(group))
        if limits.has_grown_for(group) and not named and names_size(failure):
            return _BulkResult(Next.SMALLER)
        return _BulkResult(result, named, failure.code)

    async def _sent_alone(self, item: Item, route: Route) -> Outcome:
        """Create or update one purchase, or try one after the other."""
        if route is Route.REPLACE:
            result = await self._attempt(PURCHASES_UPDATE, item)
            if not isinstance(result, NotFound):
                return UPDATED if isinstance(result, Reply) else self._refused(result)
        result = await self._attempt(self._single, item)
        if isinstance(result, Reply):
            return CREATED if route is not Route.PLAIN else QUEUED
        if isinstance(result, ApiError) and result.code == "duplicated_purchase_number":
            return await self._duplicated(item, route)
        if isinstance(result, ApiError) and result.code == "user_not_found":
            return self._orphaned(item, result)
        return self._refused(result)

    async def _duplicated(self, item: Item, route: Route) -> Outcome:
        if route is Route.PLAIN and self._items.policy.on_duplicate == "keep":
            return PRESENT
        # with `REPLACE` the update before this did not find it: it was queued then, and exists now
        again = await self._attempt(PURCHASES_UPDATE, item)
        if isinstance(again, NotFound) and not is_from_gateway(again):
            return Rejected("server", again.code, (*again.reasons, _ELSEWHERE))
        return UPDATED if isinstance(again, Reply) else self._refused(again)

    def _orphaned(self, item: Item, failure: ApiError) -> Outcome:
        customers = customers_of(item)
        if not customers:
            return after_single(failure)
        self._settler.miss(item)
        trouble = self._settler.customers.trouble_of(customers)
        return after_single(failure) if trouble is None else missing_outcome(trouble, failure.reasons)

    def _refused(self, failure: Failure) -> Outcome:
        self._items.raise_if_fatal(failure)
        return after_single(failure)

    async def _attempt(self, endpoint: Endpoint[Queued], item: Item) -> Reply | Failure:
        result = await self._items.send(Call(endpoint, body=item.body), Entity.PURCHASE, (item,))
        if isinstance(result, Reply) and not result.is_bare:  # "number is taken" would prove nothing about the customer
            self._settler.confirm(item)
        return result

    async def _settle(self, items: Sequence[Item], outcome: Outcome) -> None:
        is_verdict = isinstance(outcome, Accepted) or (isinstance(outcome, Rejected) and outcome.by == "server")
        if is_verdict:
            is_bad = isinstance(outcome, Rejected)
            self._defects.learn(good=0 if is_bad else len(items), bad=len(items) if is_bad else 0)
        await self._settler.settle(Entity.PURCHASE, items, outcome)

    def _bulk_is_missing(self) -> None:
        if self._support.missed():
            _log.warning(
                "the bulk endpoint does not work for this account: purchases are sent one by one, and the endpoint is "
                "tried again after %d of them",
                RETRY_AFTER,
            )

    def _bulk_worked(self) -> None:
        if self._support.worked():
            _log.warning("the bulk endpoint works again for this account: purchases are sent in batches")


def _replayed(endpoint: Endpoint[Queued], resends: bool) -> Endpoint[Queued]:
    return endpoint if resends else msgspec.structs.replace(endpoint, replay=Replay.UNSAFE)
