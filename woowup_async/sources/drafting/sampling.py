"""Reads the head of a file as a sample, and finds out how the file is read.

Room: sources.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from woowup_async.errors import SourceError
from woowup_async.sources._files import STDIN, kind_of, opened
from woowup_async.sources.cells import shown
from woowup_async.sources.columns import numbered
from woowup_async.sources.csv import CsvTable
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.json_columns import (
    Shape,
    always_there,
    columns_of,
    records_in,
    rows_of_records,
    shape_of,
)  # fmt: skip
from woowup_async.sources.drafting.rules.sample import Kind, Sample, cleaned
from woowup_async.sources.drafting.rules.text_format import binary, encoding_of, header_of, layout_of
from woowup_async.sources.excel import ExcelTable, sheets_of
from woowup_async.sources.grouping import Row
from woowup_async.sources.json_documents import documents
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.parquet import ParquetTable
from woowup_async.sources.table_format import ExcelFormat, TableFormat
from woowup_async.sources.table_protocol import Table
from woowup_async.sources.tables import CSV, EXCEL, PARQUET, is_json

#: Bytes that show the format of a text, and those that are searched for what is not UTF-8 (guessed).
_GLANCE, _SEARCHED, _BLOCK = 2**18, 2**26, 2**20
#: Rows of a sheet among which its header is searched (guessed).
_TOP = 40
_Settings = dict[str, tuple[Any, str]]


def sample_of(path: Path, most: int) -> Sample:
    """Read the first rows of a file; of JSON, its first documents.

    Raises:
        SourceError: it cannot be read, has no rows, or is of a kind that no mapping reads.

    """
    if path == STDIN:
        raise SourceError("a draft cannot be made from standard input, since the file is read twice: use a file")
    if path.is_dir():
        raise SourceError(f"{path} is a folder: give one of its files")
    if is_json(path):
        return _json(path, most)
    if kind_of(path) in CSV:
        return _csv(path, most)
    if path.suffix.lower() in EXCEL:
        return _excel(path, most)
    if kind_of(path) in PARQUET:
        return _table(path, "parquet", ParquetTable(path, TableFormat()), most, {})
    raise SourceError(f"{path}: only .csv, .xlsx, .parquet and JSON can be read by a mapping")


def _csv(path: Path, most: int) -> Sample:
    with opened(path) as file:
        head = file.read(_GLANCE)
    if not head.strip():
        raise SourceError(f"{path} is empty")
    if (what := binary(head)) is not None:
        raise SourceError(f"{path} is {what}")
    encoding, why = encoding_of(head, is_utf8=_is_utf8(path))
    layout = layout_of(head.decode(encoding, "replace"))
    if not layout.has_names:
        raise SourceError(f"{path} has no header: add a line with the names of its columns, or name them in csv.header")
    settings: _Settings = {"csv.delimiter": (layout.delimiter, "")}
    written = TableFormat(delimiter=layout.delimiter, quote=layout.quote, encoding=encoding)
    if encoding != "utf-8-sig":
        settings["csv.encoding"] = (encoding, why)
    if not layout.quote:
        settings["csv.quote"] = ("", "quotes are characters of the cells")
    if layout.header_row > 1:
        settings["csv.header_row"] = (layout.header_row, "the lines above are left out")
        written = TableFormat(
            delimiter=layout.delimiter, quote=layout.quote, encoding=encoding, header_row=layout.header_row
        )
    table = CsvTable(path, written)
    if (longer := _longer_header(table)) is not None:  # each row has a delimiter at its end, the header has none
        settings.pop("csv.header_row", None)
        settings["csv.header"] = (longer, "its rows have more cells than the header")
        settings["csv.skip_rows"] = (layout.header_row, "")
        written = msgspec.structs.replace(written, header_row=None, header=longer, skip_rows=layout.header_row)
    return _table(path, "csv", CsvTable(path, written), most, settings)


def _longer_header(table: CsvTable) -> list[str] | None:
    """Return a header for rows that are longer by empty cells, or None if the header fits."""
    header = table.header()
    with closing(table.rows(len(header))) as found:
        rows = list(islice(found, _TOP))
    wide = {len(row.cells) for row in rows if row.fault}
    if len(wide) != 1 or any(not row.fault for row in rows) or (width := wide.pop()) <= len(header):
        return None
    if any(cell.strip() for row in rows for cell in row.cells[len(header) :]):
        return None
    return [*header, *(f"(empty {number})" for number in range(1, width - len(header) + 1))]


def _excel(path: Path, most: int) -> Sample:
    """Read the sheet with the most cells below its header."""
    best: tuple[int, str, int] | None = None
    names = sheets_of(path)
    for name in names:
        # with a header of its own, the table has all rows of the sheet
        free = Mapping(csv=TableFormat(header=["-"]), excel=ExcelFormat(sheet=name))
        top = [(row.line, [shown(cell) for cell in row.cells]) for row in islice(ExcelTable(path, free).rows(1), _TOP)]
        cells = sum(bool(cell) for _, row in top for cell in row)
        if len(top) > 1 and (best is None or cells > best[0]):
            best = (cells, name, header_of(top))
    if best is None:
        raise SourceError(f"{path} has no sheet with a header and rows")
    _, sheet, header_row = best
    settings: _Settings = {}
    if sheet != names[0]:
        settings["excel.sheet"] = (sheet, f"there are {', '.join(names)}")
    if header_row > 1:
        settings["csv.header_row"] = (header_row, "the rows above are left out")
    mapping = Mapping(csv=TableFormat(header_row=header_row), excel=ExcelFormat(sheet=sheet))
    return _table(path, "excel", ExcelTable(path, mapping), most, settings)


def _table(path: Path, kind: Kind, table: Table, most: int, settings: _Settings) -> Sample:
    header = table.header()
    with closing(table.rows(len(header))) as found:
        rows = list(islice(found, most + 1))
    is_whole, rows = len(rows) <= most, rows[:most]
    sound = [row for row in rows if not row.fault and any(cell.strip() for cell in row.cells)]
    if not sound:
        first = f"{path}:{rows[0].line} {rows[0].fault}" if rows else f"{path} has no rows below its header"
        raise SourceError(first)
    columns, nulls, guarded = cleaned(_columns(header, sound))
    return Sample(path.name, kind, columns, len(sound), is_whole, settings, nulls, guarded)


def _columns(header: Sequence[str], rows: Sequence[Row]) -> list[Column]:
    twice = {name for name in header if header.count(name) > 1}
    columns: list[Column] = []
    for place, (name, own) in enumerate(zip(numbered(header), header)):
        if own.strip():
            written = f"{name}#1" if name in twice else name
            columns.append(Column(written, [row.cells[place].strip() for row in rows], place=place))
    return columns


def _json(path: Path, most: int) -> Sample:
    found = _documents(path, "", most + 1)
    shape = shape_of(found)
    settings: _Settings = {}
    if shape.records:
        settings["json.records"] = (shape.records, "the list of records inside the document")
        found = _documents(path, shape.records, most + 1)
    is_whole, found = len(found) <= most, found[:most]
    return _sampled(path, records_in(found, ""), shape, settings, is_whole)


def _sampled(path: Path, records: list[Any], shape: Shape, settings: _Settings, is_whole: bool) -> Sample:
    columns, nulls, guarded = cleaned(columns_of(records, shape.lines))
    if not columns:
        raise SourceError(f"{path}: its JSON objects have no values")
    numbers = tuple(rows_of_records(records, shape.lines))
    sometimes = frozenset(column.name for column in columns if not always_there(records, column.name))
    return Sample(path.name, "json", columns, len(numbers), is_whole, settings, nulls, guarded, numbers, sometimes)


def _documents(path: Path, records: str, most: int) -> list[Any]:
    with closing(documents(path, records)) as found:
        read = list(islice(found, most))
    sound = [document for _, document, fault in read if not fault]
    if not read:
        raise SourceError(f"{path} is empty")
    if not sound:
        raise SourceError(f"{path}:{read[0][0]} {read[0][2]}")
    return sound


def _is_utf8(path: Path) -> bool:
    """Return whether the first megabytes of a file are UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    read = 0
    with opened(path) as file:
        while read < _SEARCHED and (block := file.read(_BLOCK)):
            read += len(block)
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return False
    return True
