"""The format of the files that a mapping reads: the tables `[csv]`, `[json]` and `[excel]`.

Room: sources. Unknown names are errors.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

#: Formats of Python's `strptime`, "iso" for any time of ISO 8601, or "excel" for the numbers that Excel stores. The
#: first that fits is used.
Formats = str | Annotated[list[str], Meta(min_length=1)]
Mark = Literal[".", ","]
Delimiter = Annotated[str, Meta(min_length=1, max_length=1)]
#: Lines in which `header_with` looks for the header (guessed: Mercado Libre writes five above it).
HEADER_WITHIN = 50


class StrictStruct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the mapping. An unknown name is an error."""


class TableFormat(StrictStruct, frozen=True):
    r"""The format of the file. A byte order mark at its start overrides `encoding`.

    The values of cells (`decimal`, `datetime`, `date`, `timezone`, `null`, `excel_guards`) apply to files of every
    kind. `null` has the texts that mean an empty cell. In identifiers and keys, "NULL", `\N`, "None", "nan", "N/A"
    and dashes alone always mean that.

    Attributes:
        delimiter: between columns. Of several, the one that is most often in the header. Without it: a tab in `.tsv`
            and `.txt`, otherwise a comma. A first line `sep=;` overrides it.
        encoding: of several, the first that can read the start of the file.
        decimal: the decimal mark; None is read as a point, but `as = "money"` needs a declared one.
        header: the column names of a file without a header row.
        skip_rows: lines above the header, or above the first row if `header` is given.
        header_row: the line of the header, counted from 1: another way to say `skip_rows`.
        header_with: the header is the first line that has one of these columns, at most 50 lines down.
        excel_guards: whether `'0123` and `="0123"` mean 0123 in every cell. In identifiers they always do.

    """

    delimiter: Delimiter | Annotated[list[Delimiter], Meta(min_length=1)] | None = None
    quote: Annotated[str, Meta(max_length=1)] = '"'
    encoding: str | Annotated[list[str], Meta(min_length=1)] = "utf-8-sig"
    decimal: Mark | None = None
    datetime: Formats = "%Y-%m-%d %H:%M:%S"
    date: Formats = "%Y-%m-%d"
    timezone: str = "UTC"
    header: list[str] = []
    null: list[str] = []
    skip_rows: Annotated[int, Meta(ge=0)] = 0
    header_row: Annotated[int, Meta(ge=1)] | None = None
    header_with: list[str] = []
    excel_guards: bool = False

    @property
    def datetimes(self) -> list[str]:
        """The formats of dates with a time."""
        return listed(self.datetime)

    @property
    def dates(self) -> list[str]:
        """The formats of dates."""
        return listed(self.date)

    @property
    def delimiters(self) -> list[str]:
        """What may separate columns; none if it depends on the file."""
        return listed(self.delimiter) if self.delimiter is not None else []

    @property
    def encodings(self) -> list[str]:
        """The encodings that the file may have."""
        return listed(self.encoding)

    @property
    def mark(self) -> Mark:
        """The decimal mark of numbers."""
        return self.decimal or "."

    @property
    def skipped(self) -> int:
        """The number of lines above the header, or above the first row."""
        return self.header_row - 1 if self.header_row is not None else self.skip_rows

    def check(self) -> None:
        """Raise `ValueError` if a value is not possible."""
        known_zone("csv.timezone", self.timezone)
        for delimiter in self.delimiters:
            if delimiter in {"\r", "\n", self.quote}:
                raise ValueError(f"csv.delimiter: {delimiter!r} cannot separate columns")
        for encoding in self.encodings:
            try:
                "".encode(encoding)  # refuses hex and rot13, which codecs.lookup accepts
            except LookupError:
                raise ValueError(f"csv.encoding: unknown encoding {encoding!r}") from None
        if self.header_row is not None and (self.skip_rows or self.header):
            raise ValueError("csv.header_row: use it without skip_rows and header")
        if self.header_with and (self.header_row is not None or self.skip_rows or self.header):
            raise ValueError("csv.header_with: use it without header_row, skip_rows and header")
        check_formats("csv.datetime", self.datetimes)
        check_formats("csv.date", self.dates)


class JsonFormat(StrictStruct, frozen=True):
    """How JSON is read by the mapping: columns are paths such as `customer.email`.

    `records` is the path of the list of documents, if the file is one document around it (`orders`, `data.items`). Of
    several paths, the first counts that is there and whose documents have what the mapping names. "" is the file.
    """

    records: str | Annotated[list[str], Meta(min_length=1)] = ""


class ExcelFormat(StrictStruct, frozen=True):
    """Which sheet of a workbook is read: the one with this name, or the first one."""

    sheet: str | None = None


def listed(formats: Formats) -> list[str]:
    """Return formats as a list."""
    return [formats] if isinstance(formats, str) else formats


def known_zone(name: str, zone: str) -> ZoneInfo:
    """Return a time zone.

    Raises:
        ValueError: there is no such zone.

    """
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name}: unknown time zone {zone!r}") from None


def check_formats(name: str, formats: list[str]) -> None:
    """Raise `ValueError` for a format that cannot read a date."""
    sample = datetime(2001, 2, 3, 4, 5, 6, tzinfo=UTC)
    for each in formats:
        if each in ("iso", "excel"):
            continue
        if "%Z" in each.replace("%%", ""):
            raise ValueError(
                f"{name}: {each!r} has %Z, which reads the name of a zone and ignores it: set csv.timezone, "
                "or use %z for offsets such as -0300"
            )
        try:
            read = datetime.strptime(sample.strftime(each), each)  # noqa: DTZ007 - only checks the format
        except ValueError:
            raise ValueError(f"{name}: {each!r} is not a date format") from None
        if read.date() != sample.date():
            raise ValueError(f"{name}: {each!r} needs a year, a month and a day")
    for one, other in permutations((each for each in formats if each != "excel"), 2):
        for text in _written(sample, one):
            if _day(text, other) not in (None, sample.date()):
                raise ValueError(
                    f"{name}: {one!r} and {other!r} read one text as two days, such as {text!r}: keep that of the file"
                )


def _written(sample: datetime, form: str) -> list[str]:
    """Return the texts of a time in a format."""
    naive = sample.replace(tzinfo=None)
    iso = [naive.isoformat(), naive.isoformat(" "), naive.isoformat(" ", "minutes"), naive.date().isoformat()]
    return iso if form == "iso" else [sample.strftime(form)]


def _day(text: str, form: str) -> date | None:
    """Return the day of a text, or None if it does not have this format."""
    try:
        read = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return None
    return read.date()
