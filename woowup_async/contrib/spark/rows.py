"""The rows of one account as a source: named like the API's fields, as JSON texts, or through a mapping.

Room: contrib, an edge. It needs pyarrow.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from anyio import to_thread

from woowup_async._flow import Entity, Position, Record
from woowup_async.contrib.spark.feeds import Feed, Kept, Spool
from woowup_async.contrib.spark.options import Plan
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources import DataFrame, Mapping
from woowup_async.sources._arrow_rows import records_of
from woowup_async.sources._blocks import InBlocks


def check_columns(schema: Any, plan: Plan) -> None:
    """Check the columns of a table before any task begins.

    Raises:
        SourceError: a column is missing, is there twice, or has a wrong type.

    """
    if plan.is_of_many:
        if plan.account_column not in schema.names:
            raise SourceError(f"there is no column {plan.account_column!r} with the names of the accounts")
        if plan.mapping is None:
            schema = schema.remove(schema.get_field_index(plan.account_column))
    if plan.json is not None:
        if plan.json not in schema.names:
            raise SourceError(f"there is no column {plan.json!r} with JSON")
        return
    if mapping := mapping_of(plan):
        if mapping.purchase is not None and mapping.purchase.payment_rows is not None:
            raise SourceError("a mapping for Spark has no payment_rows: join the payments in Spark")
        if mapping.sql is not None:
            raise SourceError("a mapping for Spark has no table [sql]: read the query in Spark")
    DataFrame(schema.empty_table(), mapping, plan.entity, name="the table").check()


def text_of(mapping: str | None) -> str | None:
    """Return the text of a mapping that is given as its text, as a path, or as an address such as `s3://bucket/m.toml`.

    Raises:
        SourceError: the file cannot be read.

    """
    if mapping is None or "\n" in mapping:
        return mapping
    try:
        if "://" not in mapping:
            return Path(mapping).read_text(encoding="utf-8")
        from pyarrow import fs

        files, path = fs.FileSystem.from_uri(mapping)
        with files.open_input_file(path) as file:
            return str(file.read(), "utf-8")
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read the mapping {mapping}: {error}") from error


def mapping_of(plan: Plan) -> Mapping | None:
    """Return the mapping of a write."""
    return Mapping.parse(plan.mapping, "of the option") if plan.mapping is not None else None


class Rows(InBlocks):
    """Records of an account, as its rows come.

    Args:
        feed: its rows.
        spool: where they wait.
        plan: what they are.
        name: of the source, in positions. Numbers count the account's rows in this task from 1.

    """

    def __init__(self, feed: Feed, spool: Spool, plan: Plan, name: str) -> None:
        self._feed, self._spool, self._plan, self._name = feed, spool, plan, name

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Yield the records of each piece."""
        first = 1
        while (kept := await self._feed.next()) is not None:
            yield await to_thread.run_sync(self._records, kept, first)
            first += kept.rows

    def _records(self, kept: Kept, first: int) -> list[Record]:
        batch, column = self._spool.batch_of(kept), self._plan.json
        if column is None:
            found = list(records_of([batch], self._name, self._plan.entity, first))
        else:
            values = batch.column(column).to_pylist()
            found = [_from_json(Position(self._name, first + place), value) for place, value in enumerate(values)]
        self._spool.release(kept)
        return found


def _from_json(position: Position, value: Any) -> Record:
    match value:
        case str():
            return Record(position, value.encode())
        case bytes():
            return Record(position, value)
    why = Reason("", "is null" if value is None else f"is {type(value).__name__}, not text")
    return Record(position, {}, refusal=Rejected("client", "malformed", (why,)))


class Whole:
    """All rows of an account as a table that can be read several times, as a mapping needs it."""

    def __init__(self, pieces: Sequence[Kept], read: Callable[[Kept], Any]) -> None:
        self._pieces, self._read = pieces, read
        self.shape: tuple[int] = (sum(kept.rows for kept in pieces),)  # what has a shape can be read again

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the rows as a stream."""
        import pyarrow

        first = self._read(self._pieces[0])
        batches: Iterator[Any] = chain([first], map(self._read, self._pieces[1:]))
        return pyarrow.RecordBatchReader.from_batches(first.schema, batches).__arrow_c_stream__(requested_schema)


async def source_of(feed: Feed, spool: Spool, plan: Plan, name: str) -> InBlocks:
    """Return the rows of an account as a source.

    With a mapping, all of them must have come, since the rows of one order may be anywhere.
    """
    mapping = mapping_of(plan)
    if mapping is None:
        return Rows(feed, spool, plan, name)
    return DataFrame(Whole(await feed.rest(), spool.batch_of), mapping, Entity(plan.entity), name=name)
