"""Workbooks of Excel (`.xlsx`) as a table for a mapping.

Room: sources. It needs the extra `excel`. Memory: one row, and the texts that the workbook shares.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, time
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from woowup_async.errors import SourceError
from woowup_async.sources.cells import typed
from woowup_async.sources.columns import folded
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.numbers import in_short, plain
from woowup_async.sources.table_format import HEADER_WITHIN
from woowup_async.sources.texts import shorn

#: A carriage return as Excel writes it in a text (ECMA-376, 22.9.2.19).
_RETURN = "_x000D_"
#: What a formula shows if it has no result.
_ERRORS = frozenset(("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"))


class ExcelTable:
    """The rows of one sheet. A formula counts as the result that the workbook has stored.

    Args:
        path: of the workbook.
        mapping: its `[excel]` names the sheet, its `[csv]` the row of the header.

    """

    path: Path

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self.path, self._written, self._sheet = path, mapping.csv, mapping.excel.sheet

    def header(self) -> list[str]:
        """Read the names of the columns."""
        if self._written.header:
            return self._written.header
        with self._opened() as rows:
            first = next(islice(rows, self._skipped(), None), None)
        names = [shorn(str(value)) if value is not None else "" for value in first or ()]
        while names and not names[-1]:
            names.pop()
        if not names:
            raise SourceError(f"{self.path}: row {self._written.skipped + 1} is empty: set csv.header_row")
        return names

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows below the header. Their numbers are those of the sheet."""
        start = self._skipped() + (not self._written.header)
        with self._opened() as rows:
            for number, values in enumerate(islice(rows, start, None), start + 1):
                cells, fault = self._cells(values)
                while len(cells) > width and not cells[-1]:
                    cells.pop()
                cells += [""] * (width - len(cells))
                if len(cells) > width:
                    fault = fault or f"has {len(cells)} columns, the header has {width}"
                if fault or any(cells):
                    yield Row(number, cells, fault)

    def _skipped(self) -> int:
        """Return the number of rows above the header."""
        wanted = {folded(name) for name in self._written.header_with}
        if not wanted:
            return self._written.skipped
        with self._opened() as rows:
            for number, values in enumerate(islice(rows, HEADER_WITHIN)):
                if wanted & {folded(str(value)) for value in values if value is not None}:
                    return number
        names = ", ".join(map(repr, self._written.header_with))
        where = f"none of its first {HEADER_WITHIN} rows has the column {names}"
        raise SourceError(f"{self.path}: {where}, which csv.header_with names")

    def _cells(self, values: Iterable[Any]) -> tuple[list[str], str]:
        """Return the cells and what is wrong with one of them: the others say to which order the row belongs."""
        cells, fault = list[str](), ""
        for value in values:
            try:
                cells.append(self._cell(value))
            except ValueError as error:
                cells.append("")
                fault = fault or f"cannot be read: {error}"
        return cells, fault

    def _cell(self, value: Any) -> str:
        match value:
            case None:
                return ""
            case date():
                return typed(value)
            case time():
                return value.isoformat()
            case float() if value.is_integer():
                return in_short(value) or str(int(value))  # an identifier may have more than fifteen digits
            case float():
                # Excel keeps and shows fifteen digits; the others are noise of the binary number
                return plain(f"{value:.15g}", self._written.mark)
            case str() if value in _ERRORS:
                raise ValueError(f"a cell has the error {value}")
            case str():
                return value.replace(_RETURN, "").lstrip("\x01")  # this mark is ours
        return str(value)

    @contextmanager
    def _opened(self) -> Iterator[Iterator[tuple[Any, ...]]]:
        book = _book(self.path)
        try:
            if self._sheet is not None and self._sheet not in book.sheetnames:
                known = ", ".join(book.sheetnames)
                raise SourceError(f"{self.path} has no sheet {self._sheet!r}, which excel.sheet names; it has {known}")
            sheet = book[self._sheet] if self._sheet is not None else book.worksheets[0]
            sheet.reset_dimensions()  # some programs write wrong ones
            yield sheet.iter_rows(values_only=True)
        except (BadZipFile, ParseError, KeyError, EOFError, zlib.error) as error:
            raise SourceError(f"{self.path} is damaged ({error}); what was read of it is settled") from error
        finally:
            book.close()


def sheets_of(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook.

    Raises:
        SourceError: it cannot be read, or the extra is not installed.

    """
    book = _book(path)
    try:
        return [str(sheet.title) for sheet in book.worksheets]
    finally:
        book.close()


def _book(path: Path) -> Any:
    try:
        import openpyxl
        from openpyxl.utils.exceptions import InvalidFileException
    except ModuleNotFoundError as error:
        raise SourceError(f"cannot read {path}: it needs an extra: pip install 'woowup_async[excel]'") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that this package does not read
            return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error
    except (BadZipFile, KeyError, ValueError, InvalidFileException) as error:
        raise SourceError(f"{path} is damaged or not an .xlsx workbook ({error})") from error
