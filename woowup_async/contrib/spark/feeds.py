"""Rows of a task that wait for their account: in memory up to a limit, then in a temporary file without a name.

Room: contrib, an edge. It needs pyarrow. An account takes some hundred rows a second, and Spark gives a hundred
thousand. If a task waited for the slowest account, the others would have nothing to send. So it reads on, and keeps
what waits.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple, cast

import anyio

#: Most rows that wait as one piece, and are made into Python objects at a time (guessed).
PIECE = 1_000


class Kept(NamedTuple):
    """Rows in a spool: either in memory, or at a place in its file."""

    rows: int
    bytes: int
    batch: Any = None
    place: int = 0


class Spool:
    """The rows of all accounts of a task. Its methods block and may be called from any thread.

    Args:
        memory_bytes: rows that stay in memory.

    """

    def __init__(self, memory_bytes: int) -> None:
        self._left, self._lock = memory_bytes, threading.Lock()
        self._file: BinaryIO | None = None
        self.written_bytes: int = 0

    def keep(self, batch: Any) -> Kept:
        """Keep a batch. All its rows count at once, since slices of one batch share their memory."""
        size = batch.nbytes
        with self._lock:
            if size <= self._left:
                self._left -= size
                return Kept(batch.num_rows, size, batch)
            # with its schema, a piece can be read alone
            import pyarrow

            sink = pyarrow.BufferOutputStream()
            with pyarrow.ipc.new_stream(sink, batch.schema) as stream:
                stream.write_batch(batch)
            written = sink.getvalue()
            if self._file is None:
                self._file = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115 - closed by `close`
            place, self.written_bytes = self.written_bytes, self.written_bytes + len(written)
            self._file.write(written)
            self._file.flush()
        return Kept(batch.num_rows, len(written), None, place)

    def batch_of(self, kept: Kept) -> Any:
        """Return what was kept."""
        if kept.batch is not None:
            return kept.batch
        if self._file is None:
            raise RuntimeError("the rows are in no file: this is a defect, please report it")
        import pyarrow

        return pyarrow.ipc.open_stream(os.pread(self._file.fileno(), kept.bytes, kept.place)).read_next_batch()

    def release(self, kept: Kept) -> None:
        """Give the memory back of rows that are not needed any more."""
        if kept.batch is not None:
            with self._lock:
                self._left += kept.bytes

    def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            self._file.close()


class Feed:
    """The rows of one account, in the order in which they came. It is used in the event loop."""

    def __init__(self) -> None:
        self._waiting: deque[Kept] = deque()
        self._more = anyio.Event()
        self._is_closed = False

    def put(self, kept: Kept) -> None:
        """Add rows."""
        self._waiting.append(kept)
        self._more.set()

    def close(self) -> None:
        """Say that all rows came."""
        self._is_closed = True
        self._more.set()

    async def next(self) -> Kept | None:
        """Return the next rows; None after the last ones."""
        while not self._waiting:
            if self._is_closed:
                return None
            self._more = anyio.Event()
            await self._more.wait()
        return self._waiting.popleft()

    async def rest(self) -> list[Kept]:
        """Wait until all rows came, and return them."""
        found = []
        while (kept := await self.next()) is not None:
            found.append(kept)
        return found


def by_account(batch: Any, column: str | None, *, is_kept: bool = False) -> Iterator[tuple[str, Any]]:
    """Cut a batch into small pieces of one account each, in the order of the rows of each account.

    Args:
        batch: of any rows.
        column: with the name of the account, which the pieces do not have; None if there is one account, "".
        is_kept: whether the pieces keep that column.

    """
    for account, rows in [("", batch)] if column is None else _runs(batch, column):
        own = rows if column is None or is_kept else rows.drop_columns([column])
        for start in range(0, own.num_rows, PIECE):
            yield account, own.slice(start, PIECE)


def _runs(batch: Any, column: str) -> Iterator[tuple[str, Any]]:
    """Yield the rows of each account. An account that is null has the name ""."""
    import pyarrow
    from pyarrow import compute

    names = compute.fill_null(batch.column(column).cast(pyarrow.string()), "")
    if len(compute.unique(names)) > 1:  # otherwise nothing is copied
        order = compute.sort_indices(names)  # it is stable
        batch, names = batch.take(order), names.take(order)
    ends = compute.run_end_encode(names)
    start = 0
    for account, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist()):
        yield account, batch.slice(start, end - start)
        start = end
