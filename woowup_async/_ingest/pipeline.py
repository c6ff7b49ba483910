"""The pipeline of one run, and the only task group: batch → permit → exchange → settle.

Room: _ingest. Driven by `run`. One chain of back-pressure: the source is read while `crew` takes what it gives, and
that takes no more than gets permits. Bounded: one open batch, one sealed one that waits, and what the crew carries.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from enum import Enum
from functools import partial
from typing import TypeVar

import anyio
from anyio.abc import TaskGroup

from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.batching import Batcher, Ceiling
from woowup_async._ingest.crew import Carry, Crew
from woowup_async._ingest.delta import known_outcome, route_of
from woowup_async._ingest.desk import Desk
from woowup_async._ingest.owners import orphaned
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.users import UserCarrier
from woowup_async._transport.drain import Drain
from woowup_async._wire.encode import UserShape
from woowup_async._wire.identity import identifiers_of
from woowup_async.errors import WoowUpError
from woowup_async.events import BatchSealed
from woowup_async.policies import BatchPolicy


class Flush(Enum):
    """What a source may give between items: send what is open."""

    FLUSH = "flush"


FLUSH = Flush.FLUSH
T = TypeVar("T")
#: What a source gives, in blocks: one block is taken in without waiting, but for the crew.
Blocks = AsyncGenerator[Sequence[T], None]
#: Makes an item of it; None where there is nothing to send.
Admit = Callable[[T], Item | Flush | None]
Feed = Callable[[Crew, TaskGroup], Awaitable[None]]
#: Waits for whoever takes the outcomes; None where nobody does.
Breathe = Callable[[], Awaitable[None]] | None


class Pipeline:
    """Carries items to the server and settles each exactly once.

    Args:
        desk: what all carriers share.
        batch: how purchases are batched.
        user_shape: for users that are salvaged.
        drain: lets what is under way be answered when the run is cancelled.
        in_flight: most requests at a time.
        breathe: waits while whoever takes the outcomes is behind.

    """

    def __init__(
        self, desk: Desk, batch: BatchPolicy, user_shape: UserShape, drain: Drain, in_flight: int, breathe: Breathe
    ) -> None:
        self._desk, self._drain, self._in_flight, self._breathe = desk, drain, in_flight, breathe
        self._ceiling, self._linger = Ceiling(batch), batch.linger
        self._users, self._purchases = UserCarrier(desk, user_shape), PurchaseCarrier(desk, self._ceiling)
        self._opened = anyio.Event()

    async def users(self, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct user once; raise what ended it early."""
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_users, blocks, admit), self._users.carry)

    async def purchases(self, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send purchases in batches; raise what ended it early."""
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_purchases, blocks, admit), self._purchases.carry)

    async def _fan_out(self, feed: Feed, carry: Carry) -> None:
        failures: list[Exception] = []
        watching = anyio.CancelScope()

        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                with watching:
                    await self._drain.watch()

            async def work(batch: Batch) -> None:
                try:
                    await carry(batch)
                    if self._breathe is not None:
                        await self._breathe()
                except WoowUpError as failure:  # going on is no use
                    failures.append(failure)
                    tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            crew = Crew(tasks, self._desk.line, self._in_flight, work)
            try:
                await feed(crew, tasks)
            except Exception as error:  # the source's own: what it gave before is still carried and settled
                failures.append(error)
            await crew.done()
            watching.cancel()
        if failures:
            raise failures[0]

    async def _feed_users(self, blocks: Blocks[T], admit: Admit[T], crew: Crew, tasks: TaskGroup) -> None:
        async for block in blocks:
            for given in block:
                item = admit(given)
                if item is None or item is FLUSH:
                    continue
                if self._desk.books.holds(item.key):
                    if self._desk.books.join(item):
                        continue
                    await self._is_free(item.key)
                route = self._opened_route(Entity.USER, item)
                if route is not None:
                    await crew.hand(Batch((item,), "alone", route))

    async def _feed_purchases(self, blocks: Blocks[T], admit: Admit[T], crew: Crew, tasks: TaskGroup) -> None:
        batcher, lingering = Batcher(self._ceiling, self._linger), anyio.CancelScope()
        desk, clock = self._desk, self._desk.sender.clock
        tasks.start_soon(self._leave_when_due, batcher, crew, lingering)
        try:
            async for block in blocks:
                now = clock.now()
                for given in block:
                    item = admit(given)
                    if item is None:
                        continue
                    if item is FLUSH:
                        await self._dispatch(batcher.flush("flush"), crew)
                        continue
                    if desk.books.holds(item.key):
                        if desk.books.join(item):
                            continue
                        # two purchases of one key are never in flight together
                        await self._dispatch(batcher.flush("key"), crew)
                        await self._is_free(item.key)
                        now = clock.now()
                    route = self._opened_route(Entity.PURCHASE, item)
                    if route is Route.PLAIN:
                        for batch in batcher.add(item, now):
                            await self._dispatch(batch, crew)
                            now = clock.now()
                    elif route is not None:
                        await crew.hand(Batch((item,), "alone", route))
                if batcher.deadline is not None:
                    self._opened.set()
        finally:
            lingering.cancel()
            await self._dispatch(batcher.flush("flush"), crew)  # also where the source failed; not if cancelled

    async def _is_free(self, key: str) -> None:
        """Wait until no item of this key is unsettled."""
        while self._desk.books.holds(key):
            await self._desk.settled()

    def _opened_route(self, entity: Entity, item: Item) -> Route | None:
        """Take an item whose key is free into the books; say which way it goes, None where it needs none."""
        desk, route = self._desk, Route.PLAIN
        if desk.ledger is not None and (entry := desk.ledger.find(entity, item.key)):
            if outcome := known_outcome(entry, item.digest, desk.policy, is_lasting=desk.is_lasting):
                if entity is Entity.USER:
                    desk.owners.note(identifiers_of(item.body), outcome)
                desk.save("unchanged", 1)
                desk.settle_known(entity, item, outcome)
                return None
            route = route_of(entity, entry, item.digest, desk.policy)
        elif entity is Entity.USER and (outcome := self._users.known(item)):
            desk.save("merged", 1)
            desk.settle_known(entity, item, outcome)
            return None
        desk.books.open(entity, item)
        return self._asked(item, route) if entity is Entity.PURCHASE and desk.owners else route

    def _asked(self, item: Item, route: Route) -> Route | None:
        """Let the purchase of a user who may be missing go alone, or settle it where he surely is."""
        owners, identifiers = self._desk.owners, identifiers_of(item.body)
        user = owners.of(identifiers)
        if user is None:
            return route
        if owners.is_missing(identifiers):
            self._desk.save("cached_reads", 1)
            self._desk.settle(Entity.PURCHASE, (item,), orphaned(user))
            return None
        return Route.ASK if route is Route.PLAIN else route

    async def _leave_when_due(self, batcher: Batcher, crew: Crew, lingering: anyio.CancelScope) -> None:
        with lingering:
            while True:
                await self._opened.wait()
                self._opened = anyio.Event()
                while (due := batcher.deadline) is not None:
                    await self._desk.sender.clock.sleep_until(due)
                    if batcher.deadline != due:
                        continue
                    if not crew.is_idle:
                        await self._desk.line.moved.wait()  # it could not leave now: let it grow
                    elif batch := batcher.flush("linger"):
                        crew.hand_nowait(self._sealed(batch))

    async def _dispatch(self, batch: Batch | None, crew: Crew) -> None:
        if batch is not None:
            await crew.hand(self._sealed(batch))

    def _sealed(self, batch: Batch) -> Batch:
        size_bytes = sum([len(item.body) for item in batch.items])
        self._desk.on_event(BatchSealed(len(batch.items), size_bytes, batch.cause))
        return batch
