"""CSV files.

Room: sources. Every line becomes part of a row. A line that cannot be read is a row with a fault, so that a stray quote
does not hide the lines after it.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from woowup_async._flow import Entity
from woowup_async._text import likely_encoding
from woowup_async.errors import SourceError
from woowup_async.sources._files import STDIN, opened
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.table import TableFile
from woowup_async.sources.table_format import TableFormat

#: Longest cell, in characters (guessed: the limit of a whole purchase).
_MAX_CELL = 262_144
#: If a line cannot be read, its dead letter shows this many characters (guessed).
_HEAD = 1_000
#: Bytes at the start of a file that are checked for its encoding (guessed).
_GLANCE = 4_096
#: Longer marks come first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip

#: Bytes that are not valid in the file's encoding, as "surrogateescape" decodes them.
_ESCAPED = re.compile("[\udc80-\udcff]")

if TYPE_CHECKING:
    from _csv import Reader as _Reader


class CsvFile(TableFile):
    """One entity of a CSV file, plain or compressed."""

    def __init__(self, path: str | os.PathLike[str], mapping: Mapping, entity: Entity) -> None:
        """Connect a file with its mapping.

        Raises:
            SourceError: the mapping has no table for this entity.

        """
        rule = mapping.purchase.payment_rows if entity is Entity.PURCHASE and mapping.purchase else None
        joined = CsvTable(Path(rule.file), mapping.csv) if rule is not None else None
        super().__init__(CsvTable(Path(path), mapping.csv), mapping, entity, joined)


class CsvTable:
    """The rows of a CSV file.

    Raises:
        SourceError: the path is standard input.

    """

    path: Path

    def __init__(self, path: Path, written: TableFormat) -> None:
        if path == STDIN:
            raise SourceError("a CSV cannot be read from standard input, since its rows are read twice: use a file")
        self.path, self._written = path, written

    def header(self) -> list[str]:
        """Return the names of the columns, from the file or from the mapping."""
        with self._open() as file:
            self._skip(file)
            reader = self._reader(file)
            try:
                first = [name.strip() for name in next(reader)]
            except StopIteration:
                if self._written.header:
                    return self._written.header
                raise SourceError(f"{self.path} is empty: it needs a header row") from None
            except csv.Error as error:
                raise SourceError(f"{self.path}: the header cannot be read: {error}") from error
            if _ESCAPED.search(names := "".join(first)):
                advice = f"set csv.encoding in its mapping ({likely_encoding(names)}?), or save it as UTF-8"
                raise SourceError(f"{self.path} is not {file.encoding.upper().removesuffix('-SIG')}: {advice}")
        return self._written.header or first

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows below the header."""
        with self._open() as file:
            skipped = self._skip(file)
            lines = _CountedLines(file)
            reader = self._reader(lines)
            if not self._written.header:
                next(reader, None)
            while True:
                line = reader.line_num + skipped + 1
                lines.taken.clear()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield from self._unreadable(line, lines.taken, error)
                    continue
                if cells:
                    yield Row(line, cells, _fault(cells, width))

    def _skip(self, file: TextIO) -> int:
        """Skip the lines above the header, and return their number."""
        return sum(1 for _ in islice(file, self._written.skipped))

    def _unreadable(self, line: int, taken: list[str], error: csv.Error) -> Iterator[Row]:
        """Make a row from every line that the reader consumed, so that a stray quote does not hide any.

        Each line is read alone and leniently, only to find the group to which it seems to belong. That whole group is
        refused.
        """
        for number, text in enumerate(taken, line):
            if not text.strip():
                continue
            start = f" (the error starts in line {line})" if number > line else ""
            cells = next(csv.reader([text[: min(_HEAD, _MAX_CELL)]], delimiter=self._written.delimiter))
            yield Row(number, cells, f"cannot be read: {error}{start}")

    def _reader(self, lines: Iterable[str]) -> _Reader:
        # strict: otherwise, a quote that is never closed adds the rows after it to its cell without an error
        delimiter, quote = self._written.delimiter, self._written.quote
        if not quote:
            return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)

    @contextmanager
    def _open(self) -> Generator[TextIO, None, None]:
        csv.field_size_limit(max(_MAX_CELL, csv.field_size_limit()))  # the limit is global: never lower it
        encoding = self._encoding()
        try:
            # bytes that this encoding does not have become halves of surrogate pairs, and their record is refused
            with opened(self.path) as file, io.TextIOWrapper(file, encoding, "surrogateescape", newline="") as text:
                yield text
        except UnicodeError as error:  # UTF-16 and UTF-32 cannot escape every byte
            raise SourceError(f"cannot read {self.path} as {encoding}: {error}") from error

    def _encoding(self) -> str:
        with opened(self.path) as file:
            start = file.read(_GLANCE)
        marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
        encoding = marked or self._written.encoding
        if b"\0" in start and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
            raise SourceError(f"{self.path} has NUL bytes, so it is not text in {encoding}: set csv.encoding (utf-16?)")
        return encoding


def _fault(cells: list[str], width: int) -> str:
    if len(cells) != width:
        return f"has {len(cells)} columns, the header has {width}"
    return "has a NUL character" if any("\0" in cell for cell in cells) else ""


class _CountedLines:
    """The lines of a file, and those taken since `taken` was last cleared."""

    def __init__(self, file: Iterable[str]) -> None:
        self.taken: list[str] = []
        self._file = iter(file)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.taken.append(line)
        return line
