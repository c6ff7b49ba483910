"""Parquet files. Each row is one record with the API's names, or the file is a table for a mapping.

Room: sources. It needs the extra `parquet`. Memory: one batch of rows.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from woowup_async._flow import Entity, Record
from woowup_async.errors import SourceError
from woowup_async.ports import Source
from woowup_async.sources._arrow_rows import BATCH, faults, records_of, table_rows
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.grouping import Row
from woowup_async.sources.table_format import TableFormat


def parquet_file(path: str | os.PathLike[str], entity: Entity) -> Source:
    """Return a source for a Parquet file without a mapping: one record for each row."""
    return ParquetRecords(path, entity)


class ParquetRecords(OffLoop):
    """Rows as records. Columns are named like the API's fields. Dotted names, structs and lists make nested values.

    Times are sent in UTC; a time without a zone is read as UTC, and in a date field, midnight is a day. Nulls are left
    out. Decimals keep their digits.
    """

    path: Path

    def __init__(self, path: str | os.PathLike[str], entity: Entity) -> None:
        self.path, self._entity = Path(path), entity

    def check(self) -> None:
        """Raise `SourceError` if it cannot be read or a column has the wrong type, before anything is sent."""
        with _opened(self.path) as file:
            self._check(file)

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        with _opened(self.path) as file:
            self._check(file)
            yield from records_of(_batches(file), self.path.name, self._entity)

    def _check(self, file: Any) -> None:
        if wrong := faults(file.schema_arrow, self._entity):
            raise SourceError(f"{self.path}: {'; '.join(wrong)}")


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
            yield from table_rows(_batches(file), width, self._written.mark)


def _batches(file: Any) -> Iterator[Any]:
    yield from file.iter_batches(batch_size=BATCH)


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
