"""Parquet files, by row group: each row one record under the API's names, or a table for a mapping.

Room: sources. Built by users and by the command line. It needs the extra `parquet`. Memory: one batch of rows.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from woowup_async._flow import Entity, Position, Record, Source
from woowup_async.errors import SourceError
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.sources._arrow import misfits
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping, TableFormat
from woowup_async.sources.table import TableFile, put

#: Rows that are made into Python objects at a time (guessed).
_BATCH = 1_000


def parquet_file(path: str | os.PathLike[str], entity: Entity, mapping: Mapping | None = None) -> Source:
    """One entity of a Parquet file: a table under its mapping, or else one record a row.

    Raises:
        SourceError: the mapping has no table for this entity.

    """
    if mapping is None:
        return ParquetRecords(path, entity)
    return TableFile(ParquetTable(Path(path), mapping.csv), mapping, entity)


class ParquetRecords(OffLoop):
    """Rows as records. Columns are named like the API's fields; dotted names nest, and so do structs and lists.

    Moments are sent in UTC: one without a zone is taken for UTC. Nulls are absent, decimals keep their digits.
    """

    def __init__(self, path: str | os.PathLike[str], entity: Entity) -> None:
        self.path, self._entity = Path(path), entity

    def check(self) -> None:
        """Raise `SourceError` where it cannot be read, or a column has the wrong type, before anything is sent."""
        model = Purchase if self._entity is Entity.PURCHASE else User
        with _opened(self.path) as file:
            wrong = list(misfits(file.schema_arrow, model))
        if wrong:
            raise SourceError(f"{self.path}: {'; '.join(wrong)}")

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        with _opened(self.path) as file:
            for number, row in enumerate(_rows(file), 1):
                yield Record(Position(self.path.name, number), nested(row))


class ParquetTable:
    """Rows as cells of text, for a mapping: numbers as their digits, moments in the mapping's first format."""

    def __init__(self, path: Path, written: TableFormat) -> None:
        self.path, self._written = path, written
        self._zone = ZoneInfo(written.timezone)

    def header(self) -> list[str]:
        """Read the names of the columns."""
        with _opened(self.path) as file:
            return list(file.schema_arrow.names)

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows; their numbers count from 1."""
        with _opened(self.path) as file:
            for number, row in enumerate(_rows(file), 1):
                yield Row(number, [self._cell(value) for value in row.values()])

    def _cell(self, value: Any) -> str:
        match value:
            case None:
                return ""
            case datetime():
                local = value.astimezone(self._zone) if value.tzinfo else value
                return local.strftime(self._written.datetimes[0])
            case date():
                return value.strftime(self._written.dates[0])
            case float() | Decimal():
                text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
                return text.replace(".", self._written.decimal)
        return str(value)


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON values; dotted names nest."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if value is not None:
            put(fields, name, _json(value))
    return fields


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case list():
            return [_json(inner) for inner in value if inner is not None]
        case dict():
            return {name: _json(inner) for name, inner in value.items() if inner is not None}
    return value


def _rows(file: Any) -> Iterator[dict[str, Any]]:
    for batch in file.iter_batches(batch_size=_BATCH):
        yield from batch.to_pylist()


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise SourceError(f"cannot read {path}: it needs an extra: pip install 'woowup_async[parquet]'") from error
    try:
        with parquet.ParquetFile(path, pre_buffer=False) as file:
            yield file
    except pyarrow.ArrowException as error:
        first = str(error).splitlines()[0]
        raise SourceError(f"{path} is no Parquet file, or a damaged one ({first}); what was read is settled") from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
