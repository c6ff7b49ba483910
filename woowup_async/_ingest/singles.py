"""Gives the workers what goes alone: users, products, branches and families.

Room: _ingest. Two versions of one thing are never under way together: the last one wins.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from woowup_async._flow import Batch, Entity, Item, Route
from woowup_async._ingest.intake import Decided, Intake
from woowup_async._ingest.unopened import FLUSH, Admit, Block, Blocks, T, Unopened
from woowup_async._ingest.workers import Workers


class Singles:
    """Reads one kind of record.

    Args:
        entity: the kind.
        intake: takes items in.
        unopened: settles what was read if the run ends early.

    """

    def __init__(self, entity: Entity, intake: Intake, unopened: Unopened) -> None:
        self._entity, self._intake, self._unopened = entity, intake, unopened
        self._look_up = intake.look_up_of(entity)
        self._settler, self._unsettled = intake.settler, intake.settler.unsettled
        self._free: Callable[[Item], Awaitable[tuple[str, ...] | None]] = (
            self._free_names if entity is Entity.USER else self._free_key
        )

    async def feed(self, blocks: Blocks[T], admit: Admit[T], workers: Workers) -> None:
        """Give each distinct record to the workers."""
        async for given in blocks:
            block = Block(given, admit)
            try:
                while block.has_more:
                    await block.stretch(self._look_up)
                    for item in block.items:
                        if item is not FLUSH and (route := await self._opened(item)) is not None:
                            await workers.hand(Batch((item,), "alone", route))
            except BaseException:
                await self._unopened.let_go(self._entity, block)
                raise

    async def _opened(self, item: Item) -> Route | None:
        """Take an item in once it is free. Return its route, or None if it needs no request."""
        announced = None
        try:
            names = await self._free(item)
            announced = self._settler.announcer.announced
            if names is None:
                return None
            if self._entity is Entity.USER:
                route = self._intake.open_user(item, names)
            else:
                route = self._intake.open_other(item, self._entity)
            if isinstance(route, Decided):
                await self._intake.settle(self._entity, item, route)
                route = None
        except BaseException:
            await self._unopened.release(self._entity, item, announced)
            raise
        return route

    async def _free_names(self, item: Item) -> tuple[str, ...] | None:
        """Wait until no other version of a user is under way. Return the person's names.

        Return None if the user shares the outcome of an identical one.
        """
        while True:
            if self._look_up is not None:
                await self._intake.look_up(Entity.USER, (item,))
            if not self._unsettled.holds_user(item, names := self._intake.names_of(item)):
                return names
            if self._unsettled.join(item):
                return None
            await self._settler.changed.wait()

    async def _free_key(self, item: Item) -> tuple[str, ...] | None:
        while self._unsettled.holds(item):
            if self._unsettled.join(item):
                return None
            await self._settler.changed.wait()
        if self._look_up is not None:
            await self._intake.look_up(self._entity, (item,))
        return ()
