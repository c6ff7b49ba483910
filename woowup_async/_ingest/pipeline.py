"""The pipeline of one run, and its only task group: batch → permit → exchange → settle.

Room: _ingest. Back-pressure reaches the source: the source is read only while `workers` takes batches, and `workers`
takes only as many as get permits. Memory is bounded: one open batch, one sealed batch that waits, and the batches of
the workers.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from enum import Enum
from functools import partial
from typing import NamedTuple, TypeVar

import anyio
from anyio.abc import TaskGroup

from woowup_async._cancellation import interrupted
from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.catalogue import FamilyCarrier, NamedCarrier
from woowup_async._ingest.intake import Intake
from woowup_async._ingest.item_sender import ItemSender
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.rules.batching import Batcher, BatchLimits
from woowup_async._ingest.rules.waiting import MOST_WAITING
from woowup_async._ingest.users import UserCarrier
from woowup_async._ingest.workers import Carry, Workers
from woowup_async._transport.drain import Drain
from woowup_async.events import BatchSealed


class Flush(Enum):
    """A source may yield this between items, to send the open batch at once."""

    FLUSH = "flush"


FLUSH = Flush.FLUSH
T = TypeVar("T")
#: The records of a source, in blocks. A block is taken in without waiting, except for the workers.
Blocks = AsyncGenerator[Sequence[T], None]
#: Makes an item of a record; None if there is nothing to send.
Admit = Callable[[T], Item | Flush | None]
Feed = Callable[[Workers, TaskGroup], Awaitable[None]]


class Carriers(NamedTuple):
    """The objects that send and settle items."""

    items: ItemSender
    users: UserCarrier
    purchases: PurchaseCarrier
    others: Mapping[Entity, NamedCarrier | FamilyCarrier]


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
        self._opened = anyio.Event()
        self._is_moving = False
        self._is_urgent: Callable[[Item], bool] | None = None
        self._has_urgent = False

    async def users(self, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct user once. Raise the error that ended this early."""
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_users, blocks, admit), self._carriers.users.carry)

    async def others(self, entity: Entity, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct product, branch or family once. Raise the error that ended this early."""
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_others, entity, blocks, admit), self._carriers.others[entity].carry)

    async def purchases(
        self, blocks: Blocks[T], admit: Admit[T], is_urgent: Callable[[Item], bool] | None = None
    ) -> None:
        """Send purchases in batches, a batch with an urgent one at once. Raise the error that ended this early."""
        self._is_urgent = is_urgent
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_purchases, blocks, admit), self._carriers.purchases.carry)

    async def _fan_out(self, feed: Feed, carry: Carry) -> None:
        failures: list[Exception] = []
        watching, is_done = anyio.CancelScope(), False

        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                with watching:
                    await self._drain.watch(lambda: watching.cancel_called)

            async def work(batch: Batch) -> None:
                try:
                    await carry(batch)
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
            await workers.done()
            is_done = True
            watching.cancel()
        if failures:
            raise failures[0]
        if not is_done:  # the group ended, but not by a failure or a cancellation of the run
            raise interrupted("the run")

    async def _feed_users(self, blocks: Blocks[T], admit: Admit[T], workers: Workers, tasks: TaskGroup) -> None:
        async for block in blocks:
            for given in block:
                item = admit(given)
                if item is None or item is FLUSH:
                    continue
                names = await self._free_names(item)
                if names is not None and (route := self._intake.open_user(item, names)):
                    await workers.hand(Batch((item,), "alone", route))

    async def _feed_others(
        self, entity: Entity, blocks: Blocks[T], admit: Admit[T], workers: Workers, tasks: TaskGroup
    ) -> None:
        async for block in blocks:
            for given in block:
                item = admit(given)
                if item is None or item is FLUSH:
                    continue
                while self._unsettled.holds(item) and not self._unsettled.join(item):
                    await self._in_hand(entity, item, self._settler.changed.wait())
                if not self._unsettled.holds(item) and self._intake.open_other(item, entity):
                    await workers.hand(Batch((item,), "alone"))

    async def _free_names(self, item: Item) -> tuple[str, ...] | None:
        """Wait until no other version of a user is under way, since the last one wins. Return the person's names.

        Return None if the user shares the outcome of an identical one.
        """
        while self._unsettled.holds_user(item, names := self._intake.names_of(item)):
            if self._unsettled.join(item):
                return None
            await self._in_hand(Entity.USER, item, self._settler.changed.wait())
        return names

    async def _feed_purchases(self, blocks: Blocks[T], admit: Admit[T], workers: Workers, tasks: TaskGroup) -> None:
        batcher, beside = Batcher(self._limits, self._linger), anyio.CancelScope()
        tasks.start_soon(self._beside, batcher, workers, tasks, beside)
        failure: Exception | None = None
        try:
            try:
                await self._read_purchases(blocks, admit, batcher, workers)
            except Exception as error:  # from the source: its earlier records are sent, unless this is cancelled
                failure = error
            if self._settler.failure is None:
                while self._is_moving or not self._waiting.is_idle:
                    await self._waiting.moved.wait()  # purchases that wait for answers share the last batch
                await self._dispatch(batcher.flush("flush"), workers)
        finally:
            beside.cancel()
        if failure is not None:
            raise failure

    async def _read_purchases(self, blocks: Blocks[T], admit: Admit[T], batcher: Batcher, workers: Workers) -> None:
        unsettled, clock, is_urgent = self._unsettled, self._clock, self._is_urgent
        async for block in blocks:
            now = clock.now()
            for given in block:
                item = admit(given)
                if item is None:
                    continue
                if item is FLUSH:
                    await self._dispatch(batcher.flush("flush"), workers)
                    continue
                if unsettled.holds(item):
                    if unsettled.join(item):
                        continue
                    await self._key_is_free(item, batcher, workers)
                    now = clock.now()
                route = self._intake.open_purchase(item)
                if route is Route.PLAIN:
                    for batch in batcher.add(item, now):
                        await self._dispatch(batch, workers)
                        now = clock.now()
                    self._has_urgent |= is_urgent is not None and is_urgent(item)
                elif route is not None:
                    await workers.hand(Batch((item,), "alone", route))
                while self._waiting.waiting >= MOST_WAITING:
                    await self._waiting.moved.wait()
            await self._send_urgent(batcher, workers)
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
            batch = batcher.flush("key") if batcher.holds(item.key) else None
            wait = self._dispatch(batch, workers) if batch else self._settler.changed.wait()
            await self._in_hand(Entity.PURCHASE, item, wait)

    async def _in_hand(self, entity: Entity, item: Item, wait: Awaitable[None]) -> None:
        """Wait with an item that `unsettled` does not have yet. If the wait is cancelled, the item is settled."""
        try:
            await wait
        except BaseException:
            self._drain.stop()  # the run ends, and `watch` may notice it later
            self._settler.release_unopened(((entity, item),), "the run ended before it was sent")
            raise

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
