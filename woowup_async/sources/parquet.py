"""Parquet files. Each row is one record with the API's names, or the file is a table for a mapping.

Room: sources. It needs the extra `parquet`. Memory: one batch of rows.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from math import isnan
from pathlib import Path
from typing import Any

from woowup_async._flow import Entity, Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.models.purchase import Purchase
from woowup_async.models.user import User
from woowup_async.outcomes import Rejected
from woowup_async.ports import Source
from woowup_async.sources._arrow import misfits
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources._typed import text_of
from woowup_async.sources.fields import put
from woowup_async.sources.grouping import Row
from woowup_async.sources.table_format import TableFormat

#: Rows that are made into Python objects at a time (guessed).
_BATCH = 1_000


def parquet_file(path: str | os.PathLike[str], entity: Entity) -> Source:
    """Return a source for a Parquet file without a mapping: one record for each row."""
    return ParquetRecords(path, entity)


class ParquetRecords(OffLoop):
    """Rows as records. Columns are named like the API's fields. Dotted names, structs and lists make nested values.

    Times are sent in UTC; a time without a zone is read as UTC. Nulls are left out. Decimals keep their digits.
    """

    path: Path

    def __init__(self, path: str | os.PathLike[str], entity: Entity) -> None:
        self.path, self._entity = Path(path), entity

    def check(self) -> None:
        """Raise `SourceError` if it cannot be read or a column has the wrong type, before anything is sent."""
        model = Purchase if self._entity is Entity.PURCHASE else User
        with _opened(self.path) as file:
            wrong = [*_twice(file.schema_arrow.names), *misfits(file.schema_arrow, model)]
        if wrong:
            raise SourceError(f"{self.path}: {'; '.join(wrong)}")

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        with _opened(self.path) as file:
            for number, row in enumerate(_rows(file), 1):
                position = Position(self.path.name, number)
                if isinstance(row, str):
                    yield Record(position, {"row": number}, refusal=Rejected("client", "malformed", (Reason("", row),)))
                else:
                    yield Record(position, nested(row))


class ParquetTable:
    """Rows as cells of text, for a mapping. Numbers keep their digits, and times and dates are marked as such."""

    path: Path

    def __init__(self, path: Path, written: TableFormat) -> None:
        self.path, self._written = path, written

    def header(self) -> list[str]:
        """Read the names of the columns."""
        with _opened(self.path) as file:
            return list(file.schema_arrow.names)

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows; their numbers count from 1."""
        with _opened(self.path) as file:
            places = [f"{place}" for place in range(width)]  # a dict by name would lose cells of repeated names
            for number, row in enumerate(_rows(file, places), 1):
                if isinstance(row, str):
                    yield Row(number, [""] * width, row)
                    continue
                try:
                    yield Row(number, [text_of(value, self._written.mark) for value in row.values()])
                except ValueError as error:
                    yield Row(number, [""] * width, f"cannot be read: {error}")


def nested(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON values. Dotted names make nested objects."""
    fields: dict[str, Any] = {}
    for name, value in row.items():
        if not _is_null(value):
            put(fields, name.split("."), _json(value))
    return fields


def _json(value: Any) -> Any:
    match value:
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case list():
            return [_json(inner) for inner in value if not _is_null(inner)]
        case dict():
            return {name: _json(inner) for name, inner in value.items() if not _is_null(inner)}
        case time():
            return value.isoformat()
    return value


def _is_null(value: Any) -> bool:
    """Return whether a value is missing: None, or the NaN that pandas writes for a missing number."""
    return value is None or (isinstance(value, float) and isnan(value))


def _twice(names: list[str]) -> Iterator[str]:
    yield from (f"has the column {name!r} twice" for name, count in Counter(names).items() if count > 1)


def _rows(file: Any, names: list[str] | None = None) -> Iterator[dict[str, Any] | str]:
    """Yield each row as Python objects, with these names if given, or the reason why it cannot be read."""
    for batch in file.iter_batches(batch_size=_BATCH):
        cut = _without_nanoseconds(batch if names is None else batch.rename_columns(names))
        try:
            rows = cut.to_pylist()
        except (ValueError, OverflowError):
            yield from (_alone(cut.slice(number, 1)) for number in range(cut.num_rows))
        else:
            yield from rows


def _alone(row: Any) -> dict[str, Any] | str:
    try:
        found: dict[str, Any] = row.to_pylist()[0]
    except (ValueError, OverflowError) as error:
        return f"cannot be read: {error}"
    return found


def _without_nanoseconds(batch: Any) -> Any:
    """Cut times to microseconds. Python has nothing finer, and pyarrow would need pandas."""
    import pyarrow

    schema = pyarrow.schema([field.with_type(_microseconds(field.type)) for field in batch.schema])
    return batch if schema.equals(batch.schema) else pyarrow.Table.from_batches([batch]).cast(schema, safe=False)


def _microseconds(arrow: Any) -> Any:
    """Return the same type with times in microseconds, at every depth."""
    import pyarrow
    from pyarrow import types

    if types.is_timestamp(arrow) and arrow.unit == "ns":
        return pyarrow.timestamp("us", arrow.tz)
    if types.is_time64(arrow) and arrow.unit == "ns":
        return pyarrow.time64("us")
    if types.is_duration(arrow) and arrow.unit == "ns":
        return pyarrow.duration("us")
    if types.is_list(arrow):
        return pyarrow.list_(_microseconds(arrow.value_type))
    if types.is_large_list(arrow):
        return pyarrow.large_list(_microseconds(arrow.value_type))
    if types.is_struct(arrow):
        return pyarrow.struct([field.with_type(_microseconds(field.type)) for field in arrow])
    return arrow


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
        what = f"is damaged or not a Parquet file ({first})"
        raise SourceError(f"{path} {what}; what was read is settled") from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
