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
from woowup_async._ingest.customers import Standing, missing_outcome
from woowup_async._ingest.desk import Desk
from woowup_async._ingest.purchases import PurchaseCarrier
from woowup_async._ingest.rules.batching import Batcher, BatchLimits
from woowup_async._ingest.rules.history import doubt_of, known_outcome, route_of
from woowup_async._ingest.rules.seen_purchases import entry_of
from woowup_async._ingest.rules.waiting import MOST_WAITING
from woowup_async._ingest.users import UserCarrier
from woowup_async._ingest.workers import Carry, Workers
from woowup_async._transport.drain import Drain
from woowup_async._wire.encode import UserShape
from woowup_async.events import BatchSealed
from woowup_async.outcomes import Accepted, Outcome
from woowup_async.policies import BatchPolicy
from woowup_async.ports import Entry


class Flush(Enum):
    """What a source may give between items: send what is open."""

    FLUSH = "flush"


FLUSH = Flush.FLUSH
T = TypeVar("T")
#: What a source gives, in blocks: one block is taken in without waiting, but for the crew.
Blocks = AsyncGenerator[Sequence[T], None]
#: Makes an item of it; None where there is nothing to send.
Admit = Callable[[T], Item | Flush | None]
Feed = Callable[[Workers, TaskGroup], Awaitable[None]]
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
        self._ceiling, self._linger = BatchLimits(batch), batch.linger
        self._users, self._purchases = UserCarrier(desk, user_shape), PurchaseCarrier(desk, self._ceiling)
        self._opened = anyio.Event()
        self._is_moving = False
        self._is_urgent: Callable[[Item], bool] | None = None
        self._has_urgent = False

    async def users(self, blocks: Blocks[T], admit: Admit[T]) -> None:
        """Send each distinct user once; raise what ended it early."""
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_users, blocks, admit), self._users.carry)

    async def purchases(
        self, blocks: Blocks[T], admit: Admit[T], is_urgent: Callable[[Item], bool] | None = None
    ) -> None:
        """Send purchases in batches; raise what ended it early. A batch with an urgent one waits for no more."""
        self._is_urgent = is_urgent
        async with aclosing(blocks):
            await self._fan_out(partial(self._feed_purchases, blocks, admit), self._purchases.carry)

    async def _fan_out(self, feed: Feed, carry: Carry) -> None:
        failures: list[Exception] = []
        watching = anyio.CancelScope()

        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                with watching:
                    await self._drain.watch(lambda: watching.cancel_called)

            async def work(batch: Batch) -> None:
                try:
                    await carry(batch)
                    if self._breathe is not None:
                        await self._breathe()
                except Exception as failure:  # going on is no use
                    failures.append(failure)
                    tasks.cancel_scope.cancel()

            tasks.start_soon(watch)
            crew = Workers(tasks, self._desk.line, self._in_flight, work)
            try:
                await feed(crew, tasks)
            except Exception as error:  # the source's own: what it gave before is still carried and settled
                failures.append(error)
            await crew.done()
            watching.cancel()
        if failures:
            raise failures[0]

    async def _feed_users(self, blocks: Blocks[T], admit: Admit[T], crew: Workers, tasks: TaskGroup) -> None:
        async for block in blocks:
            for given in block:
                item = admit(given)
                if item is None or item is FLUSH:
                    continue
                names = await self._free_names(item)
                if names is not None and (route := self._opened_user(item, names)):
                    await crew.hand(Batch((item,), "alone", route))

    async def _free_names(self, item: Item) -> tuple[str, ...] | None:
        """Wait until no other version of a user is under way, since the last one wins; return his names.

        None where he shares the outcome of an identical one.
        """
        desk = self._desk
        while desk.books.holds_user(item, names := desk.customers.names_of(item.customers)):
            if desk.books.join(item):
                return None
            await self._in_hand(Entity.USER, item, desk.changed.wait())
        return names

    async def _feed_purchases(self, blocks: Blocks[T], admit: Admit[T], crew: Workers, tasks: TaskGroup) -> None:
        batcher, beside = Batcher(self._ceiling, self._linger), anyio.CancelScope()
        desk = self._desk
        tasks.start_soon(self._beside, batcher, crew, beside)
        failure: Exception | None = None
        try:
            try:
                await self._read_purchases(blocks, admit, batcher, crew)
            except Exception as error:  # the source's own: what it gave before is sent; not so where this is cancelled
                failure = error
            if desk.failure is None:
                while self._is_moving or not desk.asks.is_idle:
                    await desk.asks.moved.wait()  # purchases that wait for answers share the last batch
                await self._dispatch(batcher.flush("flush"), crew)
        finally:
            beside.cancel()
        if failure is not None:
            raise failure

    async def _read_purchases(self, blocks: Blocks[T], admit: Admit[T], batcher: Batcher, crew: Workers) -> None:
        desk, clock, is_urgent = self._desk, self._desk.sender.clock, self._is_urgent
        async for block in blocks:
            now = clock.now()
            for given in block:
                item = admit(given)
                if item is None:
                    continue
                if item is FLUSH:
                    await self._dispatch(batcher.flush("flush"), crew)
                    continue
                if desk.books.holds(item):
                    if desk.books.join(item):
                        continue
                    await self._key_is_free(item, batcher, crew)
                    now = clock.now()
                route = self._opened_purchase(item)
                if route is Route.PLAIN:
                    for batch in batcher.add(item, now):
                        await self._dispatch(batch, crew)
                        now = clock.now()
                    if is_urgent is not None and is_urgent(item):
                        self._has_urgent = True
                elif route is not None:
                    await crew.hand(Batch((item,), "alone", route))
                while desk.asks.waiting >= MOST_WAITING:
                    await desk.asks.moved.wait()
            await self._send_urgent(batcher, crew)
            if batcher.deadline is not None:
                self._opened.set()

    async def _send_urgent(self, batcher: Batcher, crew: Workers) -> None:
        if self._has_urgent:
            self._has_urgent = False
            await self._dispatch(batcher.flush("flush"), crew)

    async def _key_is_free(self, item: Item, batcher: Batcher, crew: Workers) -> None:
        """Wait until another purchase of this key is settled: two of them are never in flight together."""
        desk = self._desk
        while desk.books.holds(item):
            # it may come into the open batch only now, where it waited for an answer about its customer
            batch = batcher.flush("key") if batcher.holds(item.key) else None
            wait = self._dispatch(batch, crew) if batch else desk.changed.wait()
            await self._in_hand(Entity.PURCHASE, item, wait)

    async def _in_hand(self, entity: Entity, item: Item, wait: Awaitable[None]) -> None:
        """Wait with an item that is in no book yet; it has its outcome even if the wait is cancelled."""
        try:
            await wait
        except BaseException:
            self._desk.release_unopened(((entity, item),), "the run ended before it was sent")
            raise

    def _opened_user(self, item: Item, names: tuple[str, ...]) -> Route | None:
        """Take a user in whose names are free; say which way he goes, None where he needs none."""
        desk = self._desk
        entry = desk.ledger.find(Entity.USER, item.key) if desk.ledger is not None else None
        outcome = self._known_user(entry, item)
        if outcome is not None:
            desk.settle_known(Entity.USER, item, outcome)
            return None
        route = Route.PLAIN if entry is None else route_of(Entity.USER, entry, item.digest, desk.policy)
        if desk.customers.is_known(item.customers):
            route = Route.REPLACE
        desk.books.open_user(item, names, is_doubtful=entry is not None and doubt_of(entry) is not None)
        return route

    def _known_user(self, entry: Entry | None, item: Item) -> Outcome | None:
        desk = self._desk
        if entry is not None:
            outcome = known_outcome(entry, item.digest, desk.policy, is_lasting=desk.is_lasting)
            if isinstance(outcome, Accepted) and not desk.customers.is_last_version(item.customers, item.digest):
                return None  # another version of him was accepted since, under another identifier
            if outcome is not None:
                desk.save("unchanged", 1)
            return outcome
        outcome = self._users.known(item) if desk.ledger is None else None
        if outcome is not None:
            desk.save("merged", 1)
        return outcome

    def _opened_purchase(self, item: Item) -> Route | None:
        """Take a purchase in whose key is free; say which way it goes, None where it needs none or waits."""
        desk, route = self._desk, Route.PLAIN
        is_named = bool(item.customers) and desk.customers.matter
        standing = desk.customers.standing(item.customers) if is_named else Standing.UNKNOWN
        is_confirmed = standing is Standing.KNOWN
        if desk.ledger is not None:
            entry = desk.ledger.find(Entity.PURCHASE, item.key)
        else:
            version = desk.seen.version_of(item.key)
            entry = None if version is None else entry_of(version)
        if entry is not None:
            outcome = known_outcome(
                entry, item.digest, desk.policy, is_lasting=desk.is_lasting, is_confirmed=is_confirmed
            )
            if outcome is not None:
                desk.save("unchanged" if desk.ledger is not None else "merged", 1)
                desk.settle_known(Entity.PURCHASE, item, outcome)
                return None
            route = route_of(Entity.PURCHASE, entry, item.digest, desk.policy)
        desk.books.open(
            item,
            is_doubtful=entry is not None and doubt_of(entry) is not None,
            is_unconfirmed=not is_confirmed,
        )
        if is_confirmed or not is_named or route is not Route.PLAIN:
            return route  # an update, and a purchase in doubt, go alone: the answer says whether their customer exists
        return self._asked(item, standing)

    def _asked(self, item: Item, standing: Standing) -> Route | None:
        """Let the first purchase of a customer who may be missing go alone; the others wait for its answer."""
        desk = self._desk
        if standing is Standing.MISSING:
            desk.save("cached_reads", 1)
            desk.settle(Entity.PURCHASE, (item,), missing_outcome(desk.customers.trouble_of(item.customers)))
            return None
        if desk.asks.wait(item):
            return None
        if standing is Standing.TROUBLED or desk.customers.may_ask():
            desk.asks.begin(item)
            return Route.ASK
        return Route.PLAIN

    async def _beside(self, batcher: Batcher, crew: Workers, scope: anyio.CancelScope) -> None:
        """What happens beside reading: an open batch leaves when it is due, and freed purchases come back."""
        with scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._leave_when_due, batcher, crew)
                tasks.start_soon(self._take_back, batcher, crew)

    async def _take_back(self, batcher: Batcher, crew: Workers) -> None:
        """Put purchases whose customer turned out to be known into the next batches."""
        asks = self._desk.asks
        while True:
            self._is_moving = True
            while asks.freed:
                item = asks.freed.popleft()
                for batch in batcher.add(item, self._desk.sender.clock.now()):
                    await self._dispatch(batch, crew)
                if self._is_urgent is not None and self._is_urgent(item):
                    self._has_urgent = True
                self._opened.set()
                self._desk.changed.ring()
            await self._send_urgent(batcher, crew)
            if asks.freed:  # while that waited for the crew
                continue
            self._is_moving = False
            if asks.is_idle:
                asks.moved.ring()
            await asks.moved.wait()

    async def _leave_when_due(self, batcher: Batcher, crew: Workers) -> None:
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

    async def _dispatch(self, batch: Batch | None, crew: Workers) -> None:
        if batch is not None:
            await crew.hand(self._sealed(batch))

    def _sealed(self, batch: Batch) -> Batch:
        size_bytes = sum([len(item.body) for item in batch.items])
        self._desk.on_event(BatchSealed(len(batch.items), size_bytes, batch.cause))
        return batch
