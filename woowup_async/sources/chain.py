"""Several sources as one, in their order.

Room: sources. If one order has rows in several tables, it is sent as one purchase or refused, but never sent in part.
So if there are several tables of purchases, their keys are read once before the first order is sent.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from woowup_async._flow import Entity, Record
from woowup_async.ports import Source
from woowup_async.sources._blocks import InBlocks
from woowup_async.sources.shared_orders import SharedOrders
from woowup_async.sources.stream import blocks_of
from woowup_async.sources.table import TableFile


class Chain(InBlocks):
    """Reads several sources, one after the other.

    Args:
        sources: files and other sources of one entity.

    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    def check(self) -> None:
        """Raise `SourceError` if one of them cannot be read."""
        for source in self.sources:
            source.check()

    async def blocks(self) -> AsyncGenerator[Iterable[Record], None]:
        """Read from the start."""
        tables = [table for each in self.sources if (table := _orders(each)) is not None]
        shared = SharedOrders(tables) if len(tables) > 1 else None
        try:
            for source in self.sources:
                table = _orders(source)
                whole = source if shared is None or table is None else table.among(shared)
                async with aclosing(blocks_of(whole, "records")) as blocks:
                    async for block in blocks:
                        yield block
        finally:
            if shared is not None:
                shared.close()


def _orders(source: Source) -> TableFile | None:
    """Return the table of purchases of a source, if it has one. A query has its table in an attribute."""
    table = source if isinstance(source, TableFile) else getattr(source, "table", None)
    return table if isinstance(table, TableFile) and table.entity is Entity.PURCHASE else None
