"""The rows of a query as a table for a mapping, or as records with the API's names.

Room: sources.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, closing
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from woowup_async._flow import Entity, Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources._query import Copying, Form, Query, copied, copied_off_loop
from woowup_async.sources._typed import text_of
from woowup_async.sources._watermark import Progress, Value
from woowup_async.sources.cells import shown
from woowup_async.sources.csv import CsvTable
from woowup_async.sources.fields import put
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.table import TableFile

#: How MySQL writes a day that is not known, if its driver passes it on as text.
_ZERO_DATE = "0000-00-00"
_ZERO = re.compile(r"0000-00-00([ T]00:00:00(\.0+)?)?")
_encode_cells = msgspec.json.Encoder().encode
_decode_cells = msgspec.json.Decoder(list[str] | str).decode
_encode_record = msgspec.json.Encoder(decimal_format="number").encode


class MarkedRecord(Record, frozen=True):
    """A record of a query with a watermark.

    Args:
        progress: of that query.
        mark: the lowest value of the watermark column in its rows; None if one of them has none.

    """

    progress: Progress | None = None
    mark: Value | None = None


class QueryTable(TableFile):
    """One entity of a query with a mapping."""

    def __init__(self, query: Query, mapping: Mapping, entity: Entity, *, has_zone: bool) -> None:
        rule = mapping.purchase.payment_rows if entity is Entity.PURCHASE and mapping.purchase else None
        joined = CsvTable(Path(rule.file), mapping.csv) if rule is not None else None
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
            yield record if progress is None else _marked(record, progress, self._mark(progress))

    def groups(self) -> Iterator[tuple[list[Row], Callable[[Row, str], str]]]:
        """Yield the rows of each key, with a function that returns a cell. This blocks."""
        with closing(copied(self._query, self._form)) as copying:
            table = self._over(copying)
            for group in super(QueryTable, table).groups():
                self.edges = table.edges
                yield group

    def _over(self, copying: Copying) -> QueryTable:
        """Return this table over rows that were copied."""
        table = copy(self)
        table._table, table._is_copied = _CopiedRows(self.path, copying), True
        return table

    def _rows(self, builder: Any) -> Iterator[Row]:
        builder.order_rows.is_ordered = bool(self._rule.fill_down)
        return super()._rows(builder)

    def _groups(self, builder: Any) -> Iterator[list[Row]]:
        for self._group in super()._groups(builder):
            yield self._group

    def _mark(self, progress: Progress) -> Value | None:
        """Return the mark of the record that was made from the last group."""
        place, decimal = self._table.header().index(progress.column), self._mapping.csv.decimal
        cells = [row.cells[place] for row in self._group]
        return None if "" in cells else min(progress.read(shown(cell), decimal) for cell in cells)

    def _form(self, names: Sequence[str]) -> Form:
        zoned = [] if self._has_zone else [names.index(column) for column in self.columns if column in names]
        decimal = self._mapping.csv.decimal

        def line(row: Sequence[Any]) -> bytes:
            try:
                cells = [value if type(value) is str else text_of(value, decimal) for value in row]
            except ValueError as error:
                return _encode_cells(f"cannot be read: {error}")
            for place in zoned:
                _check_zone(row[place], names[place])
            cells = ["" if cell.startswith(_ZERO_DATE) and _is_zero(cell) else cell for cell in cells]
            try:
                return _encode_cells(cells)
            except UnicodeEncodeError:  # half of a surrogate pair: only this record is refused
                return json.dumps(cells).encode()

        return line


class QueryRecords(OffLoop):
    """Each row of a query as one record. Columns are named like the API's fields, as in a Parquet file.

    Text is trimmed, nulls are left out, and decimals keep their digits.

    Args:
        query: of a database.
        zone: of times without one; None refuses them.

    """

    path: Path

    def __init__(self, query: Query, zone: str | None) -> None:
        self.path, self._query = query.path, query
        self._zone = ZoneInfo(zone) if zone is not None else None

    def check(self) -> None:
        """Raise `SourceError` if the query cannot be read or has a column twice."""
        _once(self._query.header(), self.path)

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Copy the rows, close the connection, then yield the records."""
        copying = await copied_off_loop(self._query, self._form)
        with closing(copying):
            records = _Copied(self._records(copying))
            async with aclosing(records.blocks()) as blocks:
                async for block in blocks:
                    yield block

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        with closing(copied(self._query, self._form)) as copying:
            yield from self._records(copying)

    def _records(self, copying: Copying) -> Generator[Record, None, None]:
        progress = self._query.progress
        for number, line in enumerate(copying.spool.lines(), 1):
            position, (mark, raw) = Position(self.path.name, number), _parted(line)
            refusal = None
            if not raw.startswith(b"{"):
                refusal = Rejected("client", "malformed", (Reason("", msgspec.json.decode(raw, type=str)),))
            record = Record(position, {"row": number} if refusal else raw, refusal=refusal)
            yield record if progress is None else _marked(record, progress, progress.read(mark, ".") if mark else None)

    def _form(self, names: Sequence[str]) -> Form:
        _once(names, self.path)
        progress = self._query.progress
        place = names.index(progress.column) if progress is not None else None

        def line(row: Sequence[Any]) -> bytes:
            mark = "" if place is None or row[place] is None else shown(text_of(row[place], "."))
            fields: dict[str, Any] = {}
            try:
                for name, value in zip(names, row):
                    if (found := self._json(value, name)) is not None:
                        put(fields, name, found)
                return _joined(mark, _encode_record(fields))
            except (UnicodeError, TypeError) as error:
                return _joined(mark, _encode_cells(f"cannot be read: {error}".encode("ascii", "replace").decode()))

        return line

    def _json(self, value: Any, name: str) -> Any:
        """Return a value as JSON; None if it is missing."""
        match value:
            case None | bool() | int() | list() | dict():
                return value
            case str():
                text = value.strip()
                return None if not text or _is_zero(text) else text
            case datetime():
                if value.tzinfo is None:
                    if self._zone is None:
                        _check_zone(value, name)
                    value = value.replace(tzinfo=self._zone)
                return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
            case date():
                return value.isoformat()
            case float():
                return None if value != value else value  # NaN
            case Decimal():
                return None if value.is_nan() else value
        return text_of(value, ".")


class _Copied(OffLoop):
    """Records of lines that were copied."""

    def __init__(self, records: Generator[Record, None, None]) -> None:
        self._records = records

    def records(self) -> Generator[Record, None, None]:
        return self._records


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
            yield Row(number, [""] * width, cells) if isinstance(cells, str) else Row(number, cells)


def _marked(record: Record, progress: Progress, mark: Value | None) -> MarkedRecord:
    return MarkedRecord(
        record.position, record.raw, record.rows, record.refusal, record.changes, record.notices, record.context,
        progress, mark,
    )  # fmt: skip


def _is_zero(text: str) -> bool:
    return _ZERO.fullmatch(text.strip()) is not None


def _check_zone(value: object, name: str) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise SourceError(
            f"the column {name!r} has times without a time zone: set sql.timezone in the mapping "
            '(such as "America/Argentina/Buenos_Aires", or "UTC")'
        )


def _once(names: Sequence[str], path: Path) -> None:
    for name in names:
        if names.count(name) > 1:
            raise SourceError(f"{path} has the column {name!r} twice: rename one of them")


def _joined(mark: str, line: bytes) -> bytes:
    return mark.encode() + b"\t" + line


def _parted(line: bytes) -> tuple[str, bytes]:
    mark, _, raw = line.rstrip(b"\n").partition(b"\t")
    return mark.decode(), raw
