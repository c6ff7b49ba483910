"""A query that is copied into a private temporary file, in the event loop's thread or beside it.

Room: sources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
from anyio import to_thread

from woowup_async.budget.dsn import Dsn
from woowup_async.errors import SourceError
from woowup_async.sources._database import Reading
from woowup_async.sources._spool import Spool
from woowup_async.sources._watermark import Progress, changed_rows

#: Makes a line of the temporary file from the values of a row.
Form = Callable[[Sequence[Any]], bytes]
#: Returns the form for the names of the columns.
FormOf = Callable[[Sequence[str]], Form]


class Query:
    """A query of a database.

    Args:
        url: of the database.
        text: of the query.
        path: names it in messages and positions.
        progress: how far it was read; None if it has no watermark.
        key: columns of an order's key, if several rows are one order.

    """

    def __init__(
        self, url: Dsn, text: str, path: Path, progress: Progress | None = None, key: Sequence[str] = ()
    ) -> None:
        self.path: Path = path
        self.progress: Progress | None = progress
        self._url, self._text, self._key = url, text, key

    def header(self) -> list[str]:
        """Read the names of the columns.

        Raises:
            SourceError: the database cannot be reached, refuses the query, or the watermark column is missing.

        """
        reading = self.reading()
        try:
            reading.open(_literal(self._text))
            return self._checked(reading.names)
        finally:
            reading.close()

    def reading(self) -> Reading:
        """Return a reading of this query that has not begun."""
        return Reading(self._url, str(self.path))

    def begin(self, reading: Reading) -> list[str]:
        """Execute the query, from its watermark on. Return the names of its columns."""
        reading.open(*self._statement(reading))
        return self._checked(reading.names)

    def _statement(self, reading: Reading) -> tuple[str, Mapping[str, Any]]:
        query = _literal(self._text)
        if self.progress is None or self.progress.start is None:
            return query, {}
        column, *key = map(_literal, reading.quoted([self.progress.column, *self._key]))
        return changed_rows(query, column, key), {"watermark": self.progress.start}

    def _checked(self, names: list[str]) -> list[str]:
        column = self.progress.column if self.progress is not None else None
        if column is not None and names.count(column) != 1:
            raise SourceError(f"{self.path} must have the column {column!r}, which is its watermark, once")
        return names


def _literal(text: str) -> str:
    """Escape colons, which SQLAlchemy reads as the beginning of a parameter."""
    return text.replace(":", "\\:")


class Copying:
    """Copies the rows of a query, some thousand at a time.

    Attributes:
        names: of the columns, once it has begun.
        spool: the lines so far.
        is_over: whether the copying has ended or failed.

    """

    def __init__(self, query: Query, form_of: FormOf, *, is_sent: bool = True) -> None:
        self.names: list[str] = []
        self.spool = Spool()
        self.is_over = False
        self._progress = query.progress if is_sent else None
        self._query, self._form_of, self._reading = query, form_of, query.reading()
        self._form: Form | None = None

    def step(self) -> bool:
        """Copy some rows. Return False at the end. This blocks.

        Raises:
            SourceError: the database failed, or its values cannot be used.

        """
        if self._form is None:
            self.names = self._query.begin(self._reading)
            self._form = self._form_of(self.names)
            return True
        rows = self._reading.fetch()
        try:
            self._see(rows)
            self.spool.add(map(self._form, rows))
        except ValueError as error:
            raise SourceError(f"{self._query.path}: {error}") from error
        return bool(rows)

    def interrupt(self) -> None:
        """Make a step in another thread end soon."""
        self._reading.interrupt()

    def close_connection(self) -> None:
        """Close the connection. The lines stay."""
        self._reading.close()

    def close(self) -> None:
        """Delete the lines."""
        self.spool.close()

    def _see(self, rows: Sequence[Sequence[Any]]) -> None:
        if self._progress is not None:
            place = self.names.index(self._progress.column)
            self._progress.see([row[place] for row in rows])


def copied(query: Query, form_of: FormOf, *, is_sent: bool = True) -> Copying:
    """Copy all rows. Those that are not sent do not change how far the query was read. This blocks."""
    copying = Copying(query, form_of, is_sent=is_sent)
    try:
        while copying.step():
            pass
    except BaseException:
        copying.close()
        raise
    finally:
        copying.close_connection()
    return copying


async def copied_off_loop(query: Query, form_of: FormOf) -> Copying:
    """Copy all rows without blocking the event loop. A cancellation also ends a query that has not yet answered."""
    copying = Copying(query, form_of)
    try:
        await _copy(copying)
    except BaseException:
        copying.close()
        raise
    return copying


async def _copy(copying: Copying) -> None:
    failure: SourceError | None = None
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_interrupt_when_cancelled, copying)
            try:
                while await to_thread.run_sync(copying.step):
                    pass
            except SourceError as error:
                failure = error
            copying.is_over = True
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(copying.close_connection)
    if failure is not None:
        await anyio.lowlevel.checkpoint_if_cancelled()  # then it only says that the query was interrupted
        raise failure


async def _interrupt_when_cancelled(copying: Copying) -> None:
    try:
        await anyio.sleep_forever()
    finally:
        if not copying.is_over:
            with anyio.CancelScope(shield=True):
                await to_thread.run_sync(copying.interrupt)
