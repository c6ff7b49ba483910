"""What a file must be to be read by a mapping.

Room: sources.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Protocol

from woowup_async.sources.grouping import Row


class Table(Protocol):
    """A file of rows with named columns."""

    path: Path

    def header(self) -> list[str]:
        """Read the names of the columns.

        Raises:
            SourceError: it cannot be read.

        """
        ...

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows from the start. A row without `width` cells has a fault."""
        ...
