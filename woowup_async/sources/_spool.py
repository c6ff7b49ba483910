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

#: Lines that are read at a time have this many bytes (guessed).
_BLOCK_BYTES = 100_000


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
        """Read all lines from the start. Several readers may be at work in turn, but not at the same time."""
        place = 0
        while True:
            self._file.seek(place)
            if not (lines := self._file.readlines(_BLOCK_BYTES)):
                return
            place = self._file.tell()
            yield from lines

    def close(self) -> None:
        """Delete the lines."""
        self._file.close()
