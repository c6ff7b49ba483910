"""The classes that Spark calls. They only pass on what it gives.

Room: contrib, an edge. It needs the extra `spark`. `make test-spark` tests it, since it needs a JVM.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from pyspark import TaskContext
from pyspark.sql import datasource
from pyspark.sql.datasource import (
    DataSource,
    DataSourceArrowWriter,
    DataSourceReader,
    InputPartition,
    WriterCommitMessage,
)
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from woowup_async.contrib.spark.counts import PartReport, line, summed, total
from woowup_async.contrib.spark.options import Plan, plan_of
from woowup_async.contrib.spark.outcomes import SCHEMA, Part, parts_of, rows_of
from woowup_async.contrib.spark.rows import check_columns, text_of
from woowup_async.contrib.spark.sending import send

_log = logging.getLogger("woowup_async.spark")
_SPECULATION = "spark.speculation"
#: Properties of the tasks of a stream: the number of the micro-batch, and the query.
_EPOCH, _QUERY = "streaming.sql.batchId", "sql.streaming.queryId"
#: Spark 4.0 has no stream writer for Arrow.
_StreamWriter: Any = getattr(datasource, "DataSourceStreamArrowWriter", object)


class WoowUpDataSource(DataSource):  # type: ignore[misc]
    """The data source `woowup`: writes records to accounts, and reads outcomes from a ledger."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._plan = plan_of(dict(options))

    @classmethod
    def name(cls) -> str:
        """Return the name of the format."""
        return "woowup"

    def schema(self) -> str:
        """Return the columns of a read."""
        return SCHEMA

    def reader(self, schema: StructType) -> Reader:
        """Return the reader of a ledger.

        Raises:
            ValueError: the option `journal` is missing.

        """
        return Reader(self._plan)

    def writer(self, schema: StructType, overwrite: bool) -> Writer:
        """Return the writer of a batch.

        Raises:
            ValueError: the mode is not `append`.
            SourceError: a column is missing or has a wrong type.

        """
        return Writer(_checked(self._plan, schema, overwrite))

    def streamWriter(self, schema: StructType, overwrite: bool) -> StreamWriter:  # noqa: N802
        """Return the writer of a stream.

        Raises:
            ValueError: the output mode is not `append`.
            NotImplementedError: Spark is older than 4.1.
            SourceError: a column is missing or has a wrong type.

        """
        if _StreamWriter is object:
            raise NotImplementedError("streams need Spark 4.1 or newer, which writes them as Arrow")
        return StreamWriter(_checked(self._plan, schema, overwrite))


class Reader(DataSourceReader):  # type: ignore[misc]
    """Reads the records of a ledger: one partition for each account."""

    def __init__(self, plan: Plan) -> None:
        if plan.journal is None:
            raise ValueError("a read needs the option journal")
        self._journal, self._is_last = plan.journal, plan.run == "last"

    def partitions(self) -> list[InputPartition]:
        """Return the accounts of the ledger."""
        return [InputPartition(tuple(part)) for part in parts_of(self._journal, is_last=self._is_last)]

    def read(self, partition: InputPartition) -> Iterator[tuple[Any, ...]]:
        """Yield the records of one account."""
        return rows_of(Part(*partition.value))


class Sent(WriterCommitMessage):  # type: ignore[misc]
    """What a task did, as JSON."""

    def __init__(self, part: bytes) -> None:
        self.part = part


class Writer(DataSourceArrowWriter):  # type: ignore[misc]
    """Writes one batch. Spark pickles it for the executors, and then calls `commit` on the driver."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def write(self, iterator: Iterator[Any]) -> Sent:
        """Send the rows of one partition."""
        return _written(iterator, self._plan)

    def commit(self, messages: Sequence[Sent | None]) -> None:
        """Log the counts of all tasks, and write them into the file of the option `report`."""
        _finish(messages, self._plan, {})

    def abort(self, messages: Sequence[Sent | None]) -> None:
        """Log what was sent. It stays sent."""
        _abort(messages)


class StreamWriter(_StreamWriter):  # type: ignore[misc]
    """Writes the micro-batches of a stream."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def write(self, iterator: Iterator[Any]) -> Sent:
        """Send the rows of one partition of a micro-batch."""
        return _written(iterator, self._plan)

    def commit(self, messages: Sequence[Sent | None], batchId: int) -> None:  # noqa: N803
        """Log the counts, and write them into the file of the option `report`, with the number of the micro-batch."""
        _finish(messages, self._plan, {"epoch": batchId})

    def abort(self, messages: Sequence[Sent | None], batchId: int) -> None:  # noqa: N803
        """Log what was sent. It stays sent."""
        _abort(messages)


def warn_of_speculation(spark: Any) -> None:
    """Warn if Spark may run a task twice at the same time."""
    try:
        is_on = spark.conf.get(_SPECULATION, "false") == "true"
    except Exception:  # a server of Spark Connect may not show it
        return
    if is_on:
        warnings.warn(
            "spark.speculation is on: a slow task is then sent by two executors at once, although an account's budget "
            "is what makes it slow, and Spark may count the second one as a failure. Turn it off for writes to woowup",
            stacklevel=3,
        )


def _checked(plan: Plan, schema: StructType, overwrite: bool) -> Plan:
    if overwrite:
        raise ValueError('woowup cannot overwrite what was sent: write with .mode("append")')
    plan = msgspec.structs.replace(plan, mapping=text_of(plan.mapping))
    check_columns(to_arrow_schema(schema), plan)
    return plan


def _written(iterator: Iterator[Any], plan: Plan) -> Sent:
    _show_log()
    context = TaskContext.get()
    if context is None:
        raise RuntimeError("write is called by a task of Spark")
    notes = {}
    if (epoch := context.getLocalProperty(_EPOCH)) is not None:
        notes[f"spark stream {context.getLocalProperty(_QUERY)}"] = epoch
    part = send(iterator, plan, context.partitionId(), context.attemptNumber(), notes)
    return Sent(msgspec.json.encode(part))


def _finish(messages: Sequence[Sent | None], plan: Plan, more: dict[str, Any]) -> None:
    _show_log()
    parts = _parts(messages)
    counts = summed(parts)
    _log.info("%s", line(counts))
    if plan.report:
        found = {**more, "total": total(counts), "cpu": sum(part.cpu for part in parts), "accounts": counts}
        Path(plan.report).write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


def _abort(messages: Sequence[Sent | None]) -> None:
    _show_log()
    parts = _parts(messages)
    _log.error(
        "the write failed. What was sent stays sent: tasks that ended well sent %s. With a journal, write it again: "
        "what is known is not sent again",
        line(summed(parts)),
    )


def _parts(messages: Sequence[Sent | None]) -> list[PartReport]:
    return [msgspec.json.decode(message.part, type=PartReport) for message in messages if message is not None]


def _show_log() -> None:
    """Write our log to the process's standard error, which is in the logs of Spark, if nothing else takes it."""
    if not logging.getLogger().handlers and not _log.handlers:
        _log.addHandler(logging.StreamHandler())
        _log.setLevel(logging.INFO)
