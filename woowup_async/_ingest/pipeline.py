"""The pipeline of one run, and the only task group: batch → permit → exchange → settle.

Room: _ingest. Driven by `run`. One chain of back-pressure: the source is read when a sender is free, and a sender is
free when it got its permit. Bounded: one open batch, two sealed ones that wait, and what `in_flight` senders hold.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from woowup_async._flow import Batch, BatchSealed, Entity, Event, Item
from woowup_async._ingest.batching import Batcher
from woowup_async._ingest.books import Books
from woowup_async._ingest.routes import UserRoute
from woowup_async._ingest.settlement import (
    CREATED,
    QUEUED,
    UNCHANGED,
    UPDATED,
    Next,
    after_bulk,
    after_single,
    halves,
    stops_run,
)
from woowup_async._resources.endpoints import PURCHASES_CREATE, PURCHASES_CREATE_BULK, USERS_CREATE, USERS_UPDATE
from woowup_async._transport.sender import Call, Sender, Trail
from woowup_async._wire.endpoint import Endpoint, Replay
from woowup_async.errors import ApiError, NotFound, TransportError, UserExists, WoowUpError
from woowup_async.models.replies import Queued
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Released
from woowup_async.policies import BatchPolicy

_log = logging.getLogger("woowup_async.ingest")

Items = AsyncGenerator[Item, None]
Settle = Callable[[Entity, Item, Outcome], None]
Outbound = MemoryObjectSendStream[Batch]
Feed = Callable[[Outbound, TaskGroup], Awaitable[None]]
Carry = Callable[[Batch], Awaitable[None]]


class Pipeline:
    """Carries items to the server and settles each exactly once.

    Args:
        sender: sends in the bulk lane.
        policy: how purchases are batched.
        in_flight: most requests at a time.
        resend: whether a purchase in doubt is sent again as it was.
        books: holds what is unsettled.
        settle: told of each outcome, once.
        on_event: hears of sealed batches.

    """

    def __init__(
        self,
        sender: Sender,
        policy: BatchPolicy,
        *,
        in_flight: int,
        resend: bool,
        books: Books,
        settle: Settle,
        on_event: Callable[[Event], None],
    ) -> None:
        self._sender, self._policy, self._in_flight = sender, policy, in_flight
        self._books, self._settle_one, self._on_event = books, settle, on_event
        self._single, self._bulk = (_replayed(each, resend) for each in (PURCHASES_CREATE, PURCHASES_CREATE_BULK))
        self._has_bulk = True
        self._has_answer = False
        self._route = UserRoute()
        self._changed = anyio.Event()  # replaced at each settlement: a signal that wakes all who wait for one
        self._opened = anyio.Event()
        self._merged: dict[bytes, Outcome] = {}

    async def users(self, items: Items) -> None:
        """Send each distinct user once; raise what ended it early."""
        async with aclosing(items):
            await self._fan_out(partial(self._feed_users, items), self._carry_user)

    async def purchases(self, items: Items) -> None:
        """Send purchases in batches; raise what ended it early."""
        async with aclosing(items):
            await self._fan_out(partial(self._feed_purchases, items), self._carry_purchases)

    # Feeding: from the source to the senders.

    async def _fan_out(self, feed: Feed, carry: Carry) -> None:
        outbound, inbound = anyio.create_memory_object_stream[Batch](0)
        failures: list[Exception] = []

        async with anyio.create_task_group() as tasks, inbound:

            async def work(batches: MemoryObjectReceiveStream[Batch]) -> None:
                try:
                    async with batches:
                        async for batch in batches:
                            await carry(batch)
                except WoowUpError as failure:  # going on is no use
                    failures.append(failure)
                    tasks.cancel_scope.cancel()

            for _ in range(self._in_flight):
                tasks.start_soon(work, inbound.clone())
            async with outbound:
                try:
                    await feed(outbound, tasks)
                except Exception as error:  # the source's own: what it gave before is still carried and settled
                    failures.append(error)
        if failures:
            raise failures[0]

    async def _feed_users(self, items: Items, outbound: Outbound, tasks: TaskGroup) -> None:
        async for item in items:
            await self._key_is_free(item.key)
            self._books.open(Entity.USER, item)
            known = self._merged.get(_digest(item))
            if known is not None:  # nothing is sent for it
                self._settle(Entity.USER, (item,), UNCHANGED if isinstance(known, Accepted) else known)
            else:
                await outbound.send(Batch((item,), "items"))

    async def _feed_purchases(self, items: Items, outbound: Outbound, tasks: TaskGroup) -> None:
        batcher, lingering = Batcher(self._policy), anyio.CancelScope()
        tasks.start_soon(self._leave_when_due, batcher, outbound, lingering)
        try:
            async for item in items:
                if self._books.holds(item.key):  # two purchases of one key are never in flight together
                    await self._dispatch(batcher.flush("key"), outbound)
                    await self._key_is_free(item.key)
                self._books.open(Entity.PURCHASE, item)
                for batch in batcher.add(item, self._sender.clock.now()):
                    await self._dispatch(batch, outbound)
                self._opened.set()
        finally:
            lingering.cancel()
            await self._dispatch(batcher.flush("flush"), outbound)  # also where the source failed; not if cancelled

    async def _leave_when_due(self, batcher: Batcher, outbound: Outbound, lingering: anyio.CancelScope) -> None:
        with lingering:
            while True:
                await self._opened.wait()
                self._opened = anyio.Event()
                while (due := batcher.deadline) is not None:
                    await self._sender.clock.sleep_until(due)
                    if batcher.deadline != due:
                        continue
                    if not outbound.statistics().tasks_waiting_receive:
                        await self._changed.wait()  # no sender is free: let the batch grow
                        continue
                    if batch := batcher.flush("linger"):
                        # not `send`: taken out of the batcher, it must not be lost to a cancellation
                        outbound.send_nowait(self._sealed(batch))

    async def _dispatch(self, batch: Batch | None, outbound: Outbound) -> None:
        if batch is not None:
            await outbound.send(self._sealed(batch))

    def _sealed(self, batch: Batch) -> Batch:
        self._on_event(BatchSealed(len(batch.items), sum(len(item.body) for item in batch.items), batch.cause))
        return batch

    async def _key_is_free(self, key: str) -> None:
        while self._books.holds(key):
            await self._changed.wait()

    # Carrying: from a sealed batch to its outcomes.

    async def _carry_purchases(self, batch: Batch) -> None:
        todo = [batch]
        while todo:
            current = todo.pop()
            if len(current.items) > 1 and not self._has_bulk:
                todo.extend(Batch((item,), "split") for item in reversed(current.items))
                continue
            result = await self._send_purchases(current)
            if result is Next.SPLIT:
                todo.extend(reversed(halves(current)))
            elif result is Next.SINGLES:
                self._give_up_bulk()
                todo.append(current)
            else:
                self._settle(Entity.PURCHASE, current.items, result)

    async def _send_purchases(self, batch: Batch) -> Outcome | Next:
        """Send one request. A lone purchase goes by the single endpoint, whose answer says more."""
        is_bulk = len(batch.items) > 1
        call = Call(self._bulk, body=batch.body) if is_bulk else Call(self._single, body=batch.items[0].body)
        failure = await self._attempt(call, batch.items)
        if failure is None:
            return QUEUED
        result = after_bulk(failure) if is_bulk else after_single(failure)
        if result is not Next.SINGLES:
            self._stop_if_hopeless(failure)
        return result

    async def _carry_user(self, batch: Batch) -> None:
        (item,) = batch.items
        outcome = await self._send_user(item)
        if not isinstance(outcome, Released | InDoubt):  # the next identical one may fare better
            self._merged[_digest(item)] = outcome
        self._settle(Entity.USER, batch.items, outcome)

    async def _send_user(self, item: Item) -> Outcome:
        """Create or update, whichever is likelier to be right; then the other, if the server says so."""
        creates = self._route.creates_first
        failure = await self._attempt_user(item, creates=creates)
        if isinstance(failure, UserExists if creates else NotFound):
            creates = not creates
            failure = await self._attempt_user(item, creates=creates)
        if failure is not None:
            self._stop_if_hopeless(failure)
            return after_single(failure)
        self._route.learn(existed=not creates)
        return CREATED if creates else UPDATED

    async def _attempt_user(self, item: Item, *, creates: bool) -> ApiError | TransportError | None:
        return await self._attempt(Call(USERS_CREATE if creates else USERS_UPDATE, body=item.body), (item,))

    async def _attempt(self, call: Call, items: tuple[Item, ...]) -> ApiError | TransportError | None:
        trail = Trail()
        self._books.send(items, trail)
        try:
            await self._sender.send(call, trail)
        except (ApiError, TransportError) as failure:
            self._has_answer = self._has_answer or (isinstance(failure, ApiError) and bool(failure.code))
            return failure
        self._has_answer = True
        return None

    def _stop_if_hopeless(self, failure: ApiError | TransportError) -> None:
        if stops_run(failure, has_answer=self._has_answer):
            raise failure

    def _give_up_bulk(self) -> None:
        if self._has_bulk:
            _log.warning("this account answers no bulk endpoint: purchases are sent one by one from here on")
        self._has_bulk = False

    def _settle(self, entity: Entity, items: tuple[Item, ...], outcome: Outcome) -> None:
        failure: WoowUpError | None = None
        for item in items:
            self._books.close(item)
            try:
                self._settle_one(entity, item, outcome)
            except WoowUpError as error:  # a sink's: it ends the run, after the outcomes that are known
                failure = error
        self._changed.set()
        self._changed = anyio.Event()
        if failure is not None:
            raise failure


def _replayed(endpoint: Endpoint[Queued], resend: bool) -> Endpoint[Queued]:
    return endpoint if resend else replace(endpoint, replay=Replay.UNSAFE)


def _digest(item: Item) -> bytes:
    return hashlib.blake2b(item.body, digest_size=16).digest()
