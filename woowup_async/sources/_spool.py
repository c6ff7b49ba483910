"""Rows of a query in a private temporary file.

Room: sources. A run lasts as long as the account's budget demands, perhaps for days. So the rows are copied at once,
and the connection to the database is closed before the first of them is sent. The file has no name (or is deleted when
it is closed, on Windows), and only its owner can read it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from woowup_async.errors import SourceError


class Spool:
    """Lines of bytes, written once and read in their order as often as needed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it lives until `close`

    def add(self, lines: Iterable[bytes]) -> None:
        """Append lines that have no line end in them.

        Raises:
            SourceError: the disk is full or failed.

        """
        try:
            self._file.write(b"".join([line + b"\n" for line in lines]))
        except OSError as error:
            where = tempfile.gettempdir()
            raise SourceError(f"cannot keep the rows of a query in {where}: {error.strerror}") from error

    def lines(self) -> Iterator[bytes]:
        """Read all lines from the start. Only one reader may be at work."""
        self._file.seek(0)
        for line in self._file:  # noqa: UP028 - `yield from` would close the file with a generator that is left early
            yield line

    def close(self) -> None:
        """Delete the lines."""
        self._file.close()
