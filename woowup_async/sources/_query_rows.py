"""The rows of a query as a table for a mapping.

Room: sources.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from copy import copy
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Entity, Record
from woowup_async.sources._query import Copying, Form, Query, copied, copied_off_loop
from woowup_async.sources._query_values import check_zone, is_zero_date, marked
from woowup_async.sources._typed import cells_of
from woowup_async.sources._watermark import Progress, Value
from woowup_async.sources.builder import Builder
from woowup_async.sources.cells import shown
from woowup_async.sources.columns import places
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.order_rows import OrderRows
from woowup_async.sources.table import TableFile
from woowup_async.sources.tables import table_of

_encode_cells = msgspec.json.Encoder().encode
_decode_cells = msgspec.json.Decoder(list[str]).decode


class QueryTable(TableFile):
    """One entity of a query with a mapping."""

    edges: OrderRows | None

    def __init__(self, query: Query, mapping: Mapping, entity: Entity, *, has_zone: bool) -> None:
        rule = mapping.purchase.payment_rows if entity is Entity.PURCHASE and mapping.purchase else None
        joined = table_of(Path(rule.file), mapping, rule.columns()) if rule is not None else None
        super().__init__(_Header(query), mapping, entity, joined)
        self._query, self._has_zone = query, has_zone
        self._is_copied = False
        self._group: list[Row] = []

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Copy the rows, close the connection, then yield the records."""
        copying = await copied_off_loop(self._query, self._form)
        with closing(copying):
            async with aclosing(super(QueryTable, self._over(copying)).blocks()) as blocks:
                async for block in blocks:
                    yield block

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        if not self._is_copied:
            with closing(copied(self._query, self._form)) as copying:
                yield from self._over(copying).records()
            return
        progress = self._query.progress
        for record in super().records():
            yield record if progress is None else marked(record, progress, self._mark(progress))

    def groups(self) -> Iterator[tuple[list[Row], Builder]]:
        """Yield the rows of each key, with what reads them. This blocks."""
        if self._is_copied:
            yield from super(QueryTable, copy(self)).groups()  # beside `records`, whose group is that of its mark
            return
        with closing(copied(self._query, self._form, is_sent=False)) as copying:
            table = self._over(copying)
            for group in super(QueryTable, table).groups():
                self.edges = table.edges
                yield group

    def _over(self, copying: Copying) -> QueryTable:
        """Return this table over rows that were copied."""
        table = copy(self)
        table._table, table._is_copied = _CopiedRows(self.path, copying), True
        return table

    def _rows(self, builder: Builder) -> Iterator[Row]:
        builder.order_rows.is_ordered = bool(self._rule.fill_down)
        return super()._rows(builder)

    def _groups(self, builder: Builder) -> Iterator[list[Row]]:
        for self._group in super()._groups(builder):
            yield self._group

    def _mark(self, progress: Progress) -> Value | None:
        """Return the mark of the record that was made from the last group."""
        place, decimal = self._table.header().index(progress.column), self._mapping.csv.mark
        cells = [row.cells[place] for row in self._group]
        return None if "" in cells else min(progress.read(shown(cell), decimal) for cell in cells)

    def _form(self, names: Sequence[str]) -> Form:
        known = places(names)
        zoned = [] if self._has_zone else [known[column] for column in self.columns if column in known]
        decimal = self._mapping.csv.mark

        def line(row: Sequence[Any]) -> bytes:
            cells, fault = cells_of(row, decimal)
            for place in zoned:
                check_zone(row[place], names[place])
            cells = ["" if is_zero_date(cell) else cell for cell in cells]
            if fault:
                cells.append(fault)  # beyond the columns
            try:
                return _encode_cells(cells)
            except UnicodeEncodeError:  # half of a surrogate pair: only this record is refused
                return json.dumps(cells).encode()

        return line


class _Header:
    """A query before it is copied: only its columns can be asked for."""

    def __init__(self, query: Query) -> None:
        self.path, self._query = query.path, query

    def header(self) -> list[str]:
        return self._query.header()

    def rows(self, width: int) -> Generator[Row, None, None]:
        raise NotImplementedError("the rows of a query are copied first")


class _CopiedRows:
    """The copied rows of a query."""

    def __init__(self, path: Path, copying: Copying) -> None:
        self.path, self._copying = path, copying

    def header(self) -> list[str]:
        return self._copying.names

    def rows(self, width: int) -> Generator[Row, None, None]:
        for number, line in enumerate(self._copying.spool.lines(), 1):
            try:
                cells = _decode_cells(line)
            except msgspec.DecodeError:
                cells = json.loads(line)
            yield Row(number, cells[:width], cells[width] if len(cells) > width else "")
