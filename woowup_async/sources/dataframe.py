"""Tables in memory, of pandas, polars, pyarrow, DuckDB and others: whatever gives an Arrow stream.

Room: sources. It needs pyarrow (the extra `parquet`). No library of tables is imported: each passes its table through
the Arrow PyCapsule interface, `__arrow_c_stream__`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from woowup_async._flow import Entity, Record
from woowup_async.errors import SourceError
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources._arrow_rows import BATCH, faults, records_of, table_rows
from woowup_async.sources._blocks import InBlocks, OffLoop
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.table import TableFile
from woowup_async.sources.tables import joined_table

#: The column in which pandas passes an index that has no name.
_INDEX = re.compile(r"__index_level_[0-9]+__")


class ArrowTable(Protocol):
    """What pandas (2.2 or newer), polars, pyarrow and DuckDB have: a table that can be passed as a stream."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the table as an `ArrowArrayStream` in a capsule."""
        ...


class DataFrame(InBlocks):
    """A table in memory: `woowup.ingest(users=DataFrame(df))`.

    Without a mapping, each row is a record, and its columns are named like the API's fields: dotted names
    (`prices.total`), structs and lists make nested values. With a mapping, it is read like a file.

    Nulls, NaN and NaT are absent. Decimals keep their digits. Without a mapping, a time without a zone is read as UTC,
    and midnight in a date field is a day. With a mapping, `csv.timezone` and the fields' own settings decide. An index
    of pandas counts as a column only if it has a name. Positions count rows from 1.

    Args:
        frame: a table with `__arrow_c_stream__`. A reader that can be read once works without a mapping, once.
        mapping: what the columns mean.
        entity: what its records are about, such as "user" or "purchase". By default, what the mapping has, or what the
            columns show: a table with `invoice_number` has purchases, one with an identifier has users.
        name: of the source, in positions and messages.

    Raises:
        TypeError: the table has no `__arrow_c_stream__`.
        SourceError: the mapping has no table for the entity, or it has both and `entity` is missing.

    """

    def __init__(
        self,
        frame: ArrowTable,
        mapping: Mapping | None = None,
        entity: Entity | str | None = None,
        *,
        name: str = "dataframe",
    ) -> None:
        if not callable(getattr(frame, "__arrow_c_stream__", None)):
            raise TypeError(f"expected a table with __arrow_c_stream__ (pandas 2.2+, polars), got {_kind(frame)}")
        stream, kind = _Stream(frame, name), Entity(entity) if entity is not None else None
        self._source: _Records | TableFile
        if mapping is None:
            self._source = _Records(stream, kind)
        else:
            chosen = kind or _entity_of(mapping)
            self._source = TableFile(_Table(stream, mapping), mapping, chosen, joined_table(mapping, chosen))

    def check(self) -> None:
        """Raise `SourceError` if it cannot be read, or a column is missing or has a wrong type."""
        self._source.check()

    def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Read from the start."""
        return self._source.blocks()


class _Stream:
    """The rows of a table. A stream that was opened for its schema is kept: a reader of batches can be read only once.

    A table has a `shape` and can be read again. Anything else is opened once, since a reader that was read before is
    empty, and its rows would be missing without a word.
    """

    def __init__(self, frame: ArrowTable, name: str) -> None:
        self.name = name
        self._frame, self._was_opened = frame, False
        self._kept: Any = None

    def schema(self) -> Any:
        """Return the schema, without the index of pandas."""
        with self._reading() as pyarrow:
            self._kept = reader = self._kept or self._open(pyarrow)
            return pyarrow.schema([field for field in reader.schema if not _INDEX.fullmatch(field.name)])

    def batches(self) -> Generator[Any, None, None]:
        """Yield the rows in small batches."""
        with self._reading() as pyarrow:
            reader, self._kept = self._kept or self._open(pyarrow), None
            places = [place for place, name in enumerate(reader.schema.names) if not _INDEX.fullmatch(name)]
            for batch in reader:
                columns = batch.select(places)
                for start in range(0, batch.num_rows, BATCH):
                    yield columns.slice(start, BATCH)

    def _open(self, pyarrow: Any) -> Any:
        if self._was_opened and not hasattr(self._frame, "shape"):
            raise SourceError(f"{self.name} is a stream and was read before: give a table, as of reader.read_all()")
        self._was_opened = True
        return pyarrow.RecordBatchReader.from_stream(self._frame)

    @contextmanager
    def _reading(self) -> Iterator[Any]:
        try:
            import pyarrow
        except ModuleNotFoundError as error:
            raise SourceError(
                f"cannot read {self.name}: it needs an extra: pip install 'woowup_async[parquet]'"
            ) from error
        try:
            yield pyarrow
        except (pyarrow.ArrowException, ValueError) as error:
            # pandas adds the name of the column to what pyarrow says, and refuses a name that is there twice
            why = ": ".join(str(part) for part in reversed(error.args)) or type(error).__name__
            raise SourceError(f"cannot read {self.name}: {why.splitlines()[0]}") from error


class _Records(OffLoop):
    """Rows as records."""

    def __init__(self, stream: _Stream, entity: Entity | None) -> None:
        self._stream, self._given = stream, entity

    def check(self) -> None:
        schema = self._stream.schema()
        entity = self._entity(schema)
        wrong = faults(schema, entity)
        if not self._given and not {"invoice_number", *IDENTIFIERS} & {*schema.names}:
            wrong.append(
                "has no invoice_number and no identifier of a user: name its columns, or give entity or mapping"
            )
        if wrong:
            raise SourceError(f"{self._stream.name}: {'; '.join(wrong)}")

    def records(self) -> Generator[Record, None, None]:
        self.check()
        entity = self._entity(self._stream.schema())
        yield from records_of(self._stream.batches(), self._stream.name, entity)

    def _entity(self, schema: Any) -> Entity:
        return self._given or (Entity.PURCHASE if "invoice_number" in schema.names else Entity.USER)


class _Table:
    """Rows as cells of text, for a mapping."""

    path: Path

    def __init__(self, stream: _Stream, mapping: Mapping) -> None:
        self.path, self._stream, self._mark = Path(stream.name), stream, mapping.csv.mark

    def header(self) -> list[str]:
        return list(self._stream.schema().names)

    def rows(self, width: int) -> Generator[Row, None, None]:
        yield from table_rows(self._stream.batches(), width, self._mark)


def _entity_of(mapping: Mapping) -> Entity:
    found = [entity for entity in (Entity.USER, Entity.PURCHASE) if mapping.rule_of(entity) is not None]
    if len(found) != 1:
        raise SourceError('the mapping has tables for users and purchases: give entity="user" or "purchase"')
    return found[0]


def _kind(value: object) -> str:
    return type(value).__name__
