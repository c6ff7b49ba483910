"""The format of a table of text: encoding, delimiter, quotes, and the line of its header.

Room: sources. Pure.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from woowup_async.sources.drafting.rules.amounts import is_number
from woowup_async.sources.drafting.rules.times import is_day
from woowup_async.sources.drafting.rules.words import knows

_DELIMITERS = (";", ",", "\t", "|")
#: Lines that are looked at for the delimiter, and rows for the header (guessed).
_LINES, _ROWS = 60, 30
#: Single-byte encodings of Latin America; the second and later ones are those of old programs.
_ENCODINGS = ("cp1252", "latin-1", "cp850", "mac_roman")
_LETTERS = re.compile("[áéíóúñüãõçâêôàÁÉÍÓÚÑÜÃÕÇÂÊÔÀºª°¿¡€]")
_BEYOND = re.compile(r"[^\x00-\x7f]")
#: The first bytes of files that are not text.
_SIGNATURES = (
    (b"PK\x03\x04", "a workbook or a ZIP archive: give it the suffix .xlsx, or save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old workbook (.xls): save it as .xlsx or CSV"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed with gzip: give it the suffix .csv.gz"),
    (b"PAR1", "a Parquet file: give it the suffix .parquet"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1f]")


class Layout(NamedTuple):
    """How rows are separated, the line of their header (counted from 1), and whether its cells look like names."""

    delimiter: str
    quote: str
    header_row: int
    has_names: bool


def binary(head: bytes) -> str | None:
    """Return what a file is if it is not text, or None."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    if wide(head) or head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    return "not text" if head and len(_CONTROLS.findall(head)) > 0.02 * len(head) else None


def wide(head: bytes) -> str | None:
    """Return the encoding of UTF-16 without a mark, or None: each second byte of plain letters is zero."""
    even, odd = head[:2_000:2].count(0), head[1:2_000:2].count(0)
    half = max(1, len(head[:2_000]) // 2)
    if odd > 0.4 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.1 * half else None


def encoding_of(head: bytes, *, is_utf8: bool) -> tuple[str, str]:
    """Return the encoding and the reason.

    Args:
        head: the first bytes; with a byte order mark, the encoding is that of the mark.
        is_utf8: whether the bytes of the sample are valid UTF-8.

    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "by its mark"
    if (found := wide(head)) is not None:
        return found, "each second byte is zero"
    if is_utf8:
        return "utf-8-sig", ""
    return max(_ENCODINGS, key=lambda name: _likeness(head, name)), "it is not UTF-8; check the accents"


def layout_of(text: str) -> Layout:
    """Find delimiter, quotes and header of a text that begins a file. Its last line may be cut."""
    lines = text.splitlines(keepends=True)
    lines = lines[: max(1, min(_LINES, len(lines) - (not text.endswith(("\n", "\r")) and len(lines) > 1)))]
    delimiter = max(_DELIMITERS, key=lambda mark: _regularity(lines, mark))
    quote = '"' if _is_quoted(lines, delimiter) else ""
    rows = _rows(lines, delimiter, quote)
    header_row = header_of(rows) if rows else 1
    header = next((cells for line, cells in rows if line == header_row), [])
    return Layout(delimiter, quote, header_row, has_names(header))


def header_of(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """Return the number of the row of the header: the first that is nearly as wide as the widest, and has names.

    Args:
        rows: the first rows with their numbers. Blank ones may be missing.

    """
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows[:_ROWS]]
    widest = max(filled, default=0)
    best, place = 0.0, 0
    for at, (_, cells) in enumerate(rows[:_ROWS]):
        names = [cell.strip() for cell in cells if cell.strip()]
        if not names or filled[at] < 0.5 * widest or (widest > 1 and filled[at] < 2):
            continue
        data, known = _data(names), sum(map(knows, names)) / len(names)
        points = (1 - data) * 0.5 + known + 0.3 * filled[at] / widest - 0.02 * at
        if points > best:
            best, place = points, at
    return rows[place][0] if rows else 1


def has_names(header: Sequence[str]) -> bool:
    """Return whether the cells of a row look like names. Those of a record are numbers, days or addresses."""
    names = [cell.strip() for cell in header if cell.strip()]
    return not names or any(map(knows, names)) or _data(names) < 0.3


def _data(names: Sequence[str]) -> float:
    return sum(is_number(name) or is_day(name) or "@" in name for name in names) / len(names)


def _likeness(head: bytes, name: str) -> float:
    try:
        text = head.decode(name)
    except UnicodeDecodeError:
        return -1.0
    beyond = _BEYOND.findall(text)
    return sum(bool(_LETTERS.match(letter)) for letter in beyond) / len(beyond) if beyond else 0.0


def _regularity(lines: list[str], delimiter: str) -> float:
    rows = [cells for _, cells in _rows(lines, delimiter, '"')]
    widths = Counter(len(cells) for cells in rows if len(cells) > 1)
    if not widths:
        return 0.0
    width, count = max(widths.items(), key=lambda pair: (pair[1] * min(pair[0], 12), pair[0]))
    return count / len(rows) * min(width, 12) + 0.01 * width


def _is_quoted(lines: list[str], delimiter: str) -> bool:
    """Return whether quotes enclose cells. If not, a quote is a character, as in `TV 48" 4K`."""
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if rows:
        return True
    plain = [len(line.rstrip("\r\n").split(delimiter)) for line in lines if line.strip()]
    return len(set(plain)) > 1


def _rows(lines: list[str], delimiter: str, quote: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(lines, delimiter=delimiter, quotechar=quote or None,
                        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE)  # fmt: skip
    rows: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for cells in islice(reader, _LINES):
            if any(cell.strip() for cell in cells):
                rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error:
        pass
    return rows
