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
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from woowup_async._flow import Entity
from woowup_async._text import likely_encoding
from woowup_async.errors import SourceError
from woowup_async.sources._contents import check_text, is_utf8, is_wide
from woowup_async.sources._files import STDIN, kind_of, opened
from woowup_async.sources.columns import folded
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.table import TableFile
from woowup_async.sources.table_format import HEADER_WITHIN, TableFormat
from woowup_async.sources.texts import shorn

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

#: The mark with which programs of DOS end a text.
_END = ["\x1a"]
#: The first line by which Excel knows the separator.
_SEPARATOR = re.compile(r'\ufeff?"?sep=(.)"?', re.IGNORECASE)
#: Kinds of files that have tabs between columns if nothing else is said.
_TABBED = frozenset((".tsv", ".txt"))

if TYPE_CHECKING:
    from _csv import Reader as _Reader


class _Start(NamedTuple):
    """The lines of a file from its header on, how many are above, and what separates the columns."""

    lines: Iterable[str]
    skipped: int
    delimiter: str


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
            start = self._start(file)
            reader = self._reader(start.lines, start.delimiter)
            try:
                first = [shorn(name) for name in next(reader)]
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
            start = self._start(file)
            lines = _CountedLines(start.lines)
            reader = self._reader(lines, start.delimiter)
            if not self._written.header:
                next(reader, None)
            while True:
                line = reader.line_num + start.skipped + 1
                lines.taken.clear()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield from _unreadable(line, lines.taken, error, start.delimiter)
                    continue
                if cells and cells != _END:
                    yield Row(line, cells, _fault(cells, width))

    def _start(self, file: TextIO) -> _Start:
        """Go to the header, or to the first row of a file without one."""
        seen = list(islice(file, max(HEADER_WITHIN, self._written.skipped + 1)))
        said = _SEPARATOR.fullmatch(seen[0].rstrip("\r\n")) if seen else None
        usual = ["\t" if kind_of(self.path) in _TABBED else ","]
        delimiters = [said[1]] if said else self._written.delimiters or usual
        if self._written.header_with:
            skipped = self._header_among(seen, delimiters)
        else:
            skipped = max(self._written.skipped, 1 if said else 0)
        header = seen[skipped] if skipped < len(seen) else ""
        return _Start(chain(seen[skipped:], file), skipped, max(delimiters, key=header.count))

    def _header_among(self, lines: list[str], delimiters: list[str]) -> int:
        """Return the number of lines above the one with a column of `header_with`."""
        wanted = {folded(name) for name in self._written.header_with}
        for number, line in enumerate(lines[:HEADER_WITHIN]):
            for delimiter in delimiters:
                if wanted & {folded(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])}:
                    return number
        names = ", ".join(map(repr, self._written.header_with))
        where = f"none of its first {HEADER_WITHIN} lines has the column {names}"
        raise SourceError(f"{self.path}: {where}, which csv.header_with names")

    def _reader(self, lines: Iterable[str], delimiter: str) -> _Reader:
        # strict: otherwise, a quote that is never closed adds the rows after it to its cell without an error
        quote = self._written.quote
        if not quote:
            return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)

    def _readable(self, start: bytes) -> str:
        """Return the first encoding that can read the start of the file, or the last one."""
        *several, last = self._written.encodings
        for encoding in several:
            try:
                codecs.getincrementaldecoder(encoding)().decode(start, final=len(start) < _GLANCE)
            except UnicodeError:
                continue
            return encoding
        return last

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
        check_text(self.path, start)
        marked = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), None)
        encoding = marked or self._readable(start)
        if not marked and _is_other(encoding) and is_utf8(start, is_all=len(start) < _GLANCE):
            raise SourceError(f"{self.path} is UTF-8, not {encoding}: leave csv.encoding out, or set it to utf-8-sig")
        if is_wide(start) and not encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")):
            raise SourceError(f"{self.path} has NUL bytes, so it is not text in {encoding}: set csv.encoding (utf-16?)")
        return encoding


def _is_other(encoding: str) -> bool:
    """Return whether an encoding is another one than UTF-8."""
    return codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig")


def _unreadable(line: int, taken: list[str], error: csv.Error, delimiter: str) -> Iterator[Row]:
    """Make a row from every line that the reader consumed, so that a stray quote does not hide any.

    Each line is read alone and leniently, only to find the group to which it seems to belong. That whole group is
    refused.
    """
    for number, text in enumerate(taken, line):
        if not text.strip():
            continue
        start = f" (the error starts in line {line})" if number > line else ""
        cells = next(csv.reader([text[: min(_HEAD, _MAX_CELL)]], delimiter=delimiter))
        yield Row(number, cells, f"cannot be read: {error}{start}")


def _fault(cells: list[str], width: int) -> str:
    if len(cells) != width and any(cell.strip() for cell in cells):  # a blank row may have any number of them
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
