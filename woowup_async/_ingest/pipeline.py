"""The pipeline of one run, and its only task group: batch → permit → exchange → settle.

Room: _ingest. Back-pressure reaches the source: the source is read only while `workers` takes batches, and `workers`
takes only as many as get permits. Memory is bounded: one open batch, one sealed batch that waits, and the batches of
the workers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing
from functools import partial
from typing import NamedTuple, cast

import anyio
from anyio.abc import TaskGroup

from woowup_async._cancellation import interrupted
from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.catalogue import FamilyCarrier, NamedCarrier
from woowup_async._ingest.claims import Claims
from woowup_async._ingest.intake import Decided, Intake
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.rules.batching import Batcher, BatchLimits
from woowup_async._ingest.rules.waiting import MOST_WAITING
from woowup_async._ingest.singles import Singles
from woowup_async._ingest.unopened import ASKED_STRETCH, FLUSH, STRETCH, Admit, Block, Blocks, Flush, T, Unopened
from woowup_async._ingest.users import UserCarrier
from woowup_async._ingest.workers import Carry, Workers
from woowup_async._transport.drain import Drain
from woowup_async.events import BatchSealed

Feed = Callable[[Workers, TaskGroup], Awaitable[None]]


class Carriers(NamedTuple):
    """The objects that send and settle items. `claims` is None if no other process writes to the ledger."""

    items: ItemSender
    users: UserCarrier
    purchases: PurchaseCarrier
    others: Mapping[Entity, NamedCarrier | FamilyCarrier]
    claims: Claims | None = None


class Pipeline:
    """Sends items to the server and settles each exactly once.

    Args:
        intake: takes items in.
        carriers: send and settle items.
        limits: the limits of a batch, which may be lowered during the run.
        linger: seconds that an open batch waits for more items.
        in_flight: most requests at a time.
        drain: waits for answers under way when the run is cancelled.

    """

    def __init__(
        self, intake: Intake, carriers: Carriers, limits: BatchLimits, linger: float, in_flight: int, drain: Drain
    ) -> None:
        self._intake, self._settler, self._waiting = intake, intake.settler, intake.waiting
        self._unsettled, self._announcer = self._settler.unsettled, self._settler.announcer
        self._carriers, self._clock, self._permits = carriers, carriers.items.sender.clock, carriers.items.permits
        self._limits, self._linger, self._in_flight, self._drain = limits, linger, in_flight, drain
        self._claims, lookups = carriers.claims, intake.lookups
        self._entries = None if lookups is None else lookups.entries[Entity.PURCHASE]
        self._unopened, self._opened = Unopened(self._settler, drain), anyio.Event()
        self._is_moving = False
        self._is_urgent: Callable[[Item], bool] | None = None
        self._has_urgent = False

    async def users(self, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct user once. Raise the error that ended this early."""
        async with aclosing(blocks):
            feed = partial(self._feed_singles, Entity.USER, blocks, admit)
            await self._fan_out(Entity.USER, feed, self._carriers.users.carry)

    async def others(self, entity: Entity, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct product, branch or family once. Raise the error that ended this early."""
        async with aclosing(blocks):
            feed = partial(self._feed_singles, entity, blocks, admit)
            await self._fan_out(entity, feed, self._carriers.others[entity].carry)

    async def purchases(
        self, blocks: Blocks[T], admit: Admit[T], is_urgent: Callable[[Item], bool] | None = None
    ) -> None:
        """Send purchases in batches, a batch with an urgent one at once. Raise the error that ended this early."""
        self._is_urgent = is_urgent
        async with aclosing(blocks):
            feed = partial(self._feed_purchases, blocks, admit)
            await self._fan_out(Entity.PURCHASE, feed, self._carriers.purchases.carry)

    async def _fan_out(self, entity: Entity, feed: Feed, carry: Carry) -> None:
        failures: list[Exception] = []
        watching, is_done = anyio.CancelScope(), False

        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                with watching:
                    await self._drain.watch(lambda: watching.cancel_called)

            async def work(batch: Batch) -> None:
                try:
                    await (carry(batch) if self._claims is None else self._claims.carry(entity, batch, carry))
                    if self._announcer.wait_for_room is not None:
                        await self._announcer.wait_for_room()
                except Exception as failure:  # the run cannot go on
                    failures.append(failure)
                    tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            workers = Workers(tasks, self._permits, self._in_flight, work)
            try:
                await feed(workers, tasks)
            except Exception as error:  # from the source: its earlier records are still sent and settled
                failures.append(error)
                if self._unopened.has_ended_run:  # not the source's own: the run cannot go on
                    tasks.cancel_scope.cancel()
            await workers.done()
            is_done = True
            watching.cancel()
        if failures:
            raise failures[0]
        if not is_done:  # the group ended, but not by a failure or a cancellation of the run
            raise interrupted("the run")

    async def _feed_singles(
        self, entity: Entity, blocks: Blocks[T], admit: Admit[T], workers: Workers, tasks: TaskGroup
    ) -> None:
        await Singles(entity, self._intake, self._unopened).feed(blocks, admit, workers)

    async def _feed_purchases(self, blocks: Blocks[T], admit: Admit[T], workers: Workers, tasks: TaskGroup) -> None:
        batcher, beside = Batcher(self._limits, self._linger), anyio.CancelScope()
        tasks.start_soon(self._beside, batcher, workers, tasks, beside)
        failure: Exception | None = None
        try:
            try:
                await self._read_purchases(blocks, admit, batcher, workers)
            except Exception as error:  # from the source: its earlier records are sent, unless this is cancelled
                failure = error
            if self._settler.failure is None and not self._unopened.has_ended_run:
                while self._is_moving or not self._waiting.is_idle:
                    await self._waiting.moved.wait()  # purchases that wait for answers share the last batch
                await self._dispatch(batcher.flush("flush"), workers)
        finally:
            beside.cancel()
        if failure is not None:
            raise failure

    async def _read_purchases(self, blocks: Blocks[T], admit: Admit[T], batcher: Batcher, workers: Workers) -> None:
        look_up, steps = self._intake.look_up_of(Entity.PURCHASE), self._drain.steps
        most = STRETCH if self._claims is None else ASKED_STRETCH
        async for given in blocks:
            block = Block(given, admit)
            try:
                while block.has_more:
                    await steps.begin()
                    await block.stretch(look_up, most)
                    await self._take_purchases(block.items, batcher, workers)
            except BaseException:
                await self._unopened.let_go(Entity.PURCHASE, block)
                raise
            await self._send_urgent(batcher, workers)
            self._watch_deadline(batcher)

    async def _take_purchases(self, items: Iterator[Item | Flush], batcher: Batcher, workers: Workers) -> None:
        unsettled, clock, is_urgent, announcer = self._unsettled, self._clock, self._is_urgent, self._announcer
        customers, entries, held, now = self._settler.customers, self._entries, unsettled.keys, clock.now()
        for item in items:
            if item is FLUSH:
                await self._dispatch(batcher.flush("flush"), workers)
                continue
            announced = None
            try:
                if item.key in held:
                    if unsettled.join(item):
                        continue
                    await self._key_is_free(item, batcher, workers)
                    now = clock.now()
                if customers.matter or (entries is not None and item.key not in entries):
                    item = await self._intake.ready(item)
                announced = announcer.announced
                route = self._intake.open_purchase(item)
                if route.__class__ is Decided:  # a call of `isinstance` would cost as much as all of this
                    await self._intake.settle(Entity.PURCHASE, item, route)
                    continue
            except BaseException:
                await self._unopened.release(Entity.PURCHASE, item, announced)
                raise
            if route is Route.PLAIN:
                for batch in batcher.add(item, now):
                    await self._dispatch(batch, workers)
                    now = clock.now()
                self._has_urgent |= is_urgent is not None and is_urgent(item)
            elif route is not None:
                await workers.hand(Batch((item,), "alone", cast("Route", route)))
            if self._waiting.waiting >= MOST_WAITING:
                await self._may_wait(batcher)

    async def _may_wait(self, batcher: Batcher) -> None:
        """Wait until one more purchase may wait for an answer about its customer."""
        self._watch_deadline(batcher)
        while self._waiting.waiting >= MOST_WAITING:
            await self._waiting.moved.wait()

    def _watch_deadline(self, batcher: Batcher) -> None:
        """Have the open batch leave when it is due, while the reader waits for something else."""
        if batcher.deadline is not None:
            self._opened.set()

    async def _send_urgent(self, batcher: Batcher, workers: Workers) -> None:
        if self._has_urgent:
            self._has_urgent = False
            await self._dispatch(batcher.flush("flush"), workers)

    async def _key_is_free(self, item: Item, batcher: Batcher, workers: Workers) -> None:
        """Wait until another purchase with this key is settled: two of them are never in flight together."""
        while self._unsettled.holds(item):
            # if it waited for an answer about its customer, it may enter the open batch only now
            if (is_here := batcher.holds(item.key)) or self._has_urgent:
                self._has_urgent = False
                await self._dispatch(batcher.flush("key" if is_here else "flush"), workers)
            else:
                self._watch_deadline(batcher)
                await self._settler.changed.wait()

    async def _beside(self, batcher: Batcher, workers: Workers, tasks: TaskGroup, scope: anyio.CancelScope) -> None:
        """While the source is read, send an open batch when it is due, and put freed purchases into batches."""
        with scope:
            async with anyio.create_task_group() as beside:
                beside.start_soon(self._leave_when_due, batcher, workers)
                beside.start_soon(self._take_back, batcher, workers)
        if not scope.cancel_called:  # neither ends by itself
            tasks.cancel_scope.cancel()

    async def _take_back(self, batcher: Batcher, workers: Workers) -> None:
        """Put purchases whose customer was found to be known into the next batches."""
        waiting = self._waiting
        while True:
            self._is_moving = True
            while waiting.freed:
                item = waiting.freed.popleft()
                for batch in batcher.add(item, self._clock.now()):
                    await self._dispatch(batch, workers)
                self._has_urgent |= self._is_urgent is not None and self._is_urgent(item)
                self._opened.set()
                self._settler.changed.ring()
            await self._send_urgent(batcher, workers)
            if waiting.freed:  # more were freed while this waited for the workers
                continue
            self._is_moving = False
            if waiting.is_idle:
                waiting.moved.ring()
            await waiting.moved.wait()

    async def _leave_when_due(self, batcher: Batcher, workers: Workers) -> None:
        while True:
            await self._opened.wait()
            self._opened = anyio.Event()
            while (due := batcher.deadline) is not None:
                await self._clock.sleep_until(due)
                if batcher.deadline != due:
                    continue
                if not workers.is_idle:
                    await self._permits.moved.wait()  # there is no permit for it now, so let it grow
                elif batch := batcher.flush("linger"):
                    workers.hand_nowait(self._sealed(batch))

    async def _dispatch(self, batch: Batch | None, workers: Workers) -> None:
        if batch is not None:
            await workers.hand(self._sealed(batch))

    def _sealed(self, batch: Batch) -> Batch:
        size_bytes = sum([len(item.body) for item in batch.items])
        self._announcer.hear(BatchSealed(len(batch.items), size_bytes, batch.cause))
        return batch
