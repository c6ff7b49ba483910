"""Reads the text of cells: numbers, times, dates and ids. A cell is read exactly, or it is refused.

Room: sources. Pure. A time or date from a typed file (Parquet, Excel) is written as text with a mark, and read back
without a format, so that no format of the mapping can change its meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from woowup_async.models._calendar import FIRST_YEAR, WIDEST_OFFSET
from woowup_async.sources.countries import iso3
from woowup_async.sources.dates import Dates
from woowup_async.sources.numbers import decimal_of, money_of
from woowup_async.sources.table_format import Formats, Mark, TableFormat, listed
from woowup_async.sources.texts import shorn, sku, unguarded

_TRUTHS = dict.fromkeys(("true", "1", "yes", "y", "si", "sí", "s", "sim"), True) | dict.fromkeys(
    ("false", "0", "no", "n", "não", "nao"), False
)
#: Marks the text of a typed time or date. No text of a table begins like this.
_TYPED = "\x01"
#: Whole numbers with one decimal, as a column of floats is written: by pandas with a point, by typed sources with the
#: decimal mark of the mapping. Decimals of a database may have many zeros; three may be a group of digits.
_WHOLE: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"(0|[1-9][0-9]*)\.(?:0|0{4,})", re.ASCII),
    ",": re.compile(r"(0|[1-9][0-9]*)[.,](?:0|0{4,})", re.ASCII),
}


def typed(value: date) -> str:
    """Return a time (a `datetime`) or a date of a typed file as a cell."""
    return _TYPED + value.isoformat()


def shown(text: str) -> str:
    """Return the text of a cell for people, without the mark."""
    return text.removeprefix(_TYPED)


def is_typed(cell: str) -> bool:
    """Return whether a cell is a time or a date of a typed file."""
    return cell.startswith(_TYPED)


def day_shown(cell: str) -> str:
    """Return the text of a cell for a template with a day and a time, without the midnight of a typed day."""
    return shown(cell).removesuffix("T00:00:00") if is_typed(cell) else cell


def marked(text: str) -> str:
    """Return a text that was made of typed cells as a typed cell."""
    return _TYPED + text


class Cells:
    """Converts the cells of one file.

    Args:
        written: the format of the file.
        today: a date with a year of two digits is never later than this.

    """

    def __init__(self, written: TableFormat, today: date = date.max) -> None:
        self._written, self._today = written, today
        self._nulls, self._is_guarded = frozenset(written.null), written.excel_guards

    def text(self, cell: str) -> str:
        """Trim a cell. Return "" if it is empty or has a word of `csv.null`."""
        text = cell.strip()
        if text[:1] > "~" or text[-1:] > "~":  # nearly never
            text = shorn(text)
        if self._is_guarded:
            text = unguarded(text)
        return "" if self._nulls and shown(text) in self._nulls else text

    def convert(self, text: str, conversion: str) -> Any:
        """Convert a cell that is not empty.

        Raises:
            ValueError, OverflowError: the text cannot be read as this type.

        """
        return self.reader(conversion)(text)

    def decimal(self, text: str) -> Decimal:
        """Read a number with all its digits.

        Raises:
            ValueError: the text is not a number.

        """
        return decimal_of(text, self._written.mark)

    def reader(
        self, conversion: str, mark: Mark | None = None, formats: Formats | None = None, timezone: str | None = None
    ) -> Callable[[str], Any]:
        """Return the function that reads a text that is not empty. Its errors are `ValueError` and `OverflowError`."""
        point = mark or self._written.mark
        zone = ZoneInfo(timezone or self._written.timezone)
        match conversion:
            case "lower":
                return str.lower
            case "id":
                whole = _WHOLE[point]
                return lambda text: _identifier(text, whole)
            case "int":
                return lambda text: _whole(decimal_of(text, point))
            case "decimal":
                return lambda text: decimal_of(text, point)
            case "money":
                return lambda text: money_of(text, point)
            case "bool":
                return _truth
            case "sku":
                return lambda text: sku(shown(text))
            case "country":
                return lambda text: iso3(shown(text))
            case "date":
                days = Dates(listed(formats) if formats else self._written.dates, self._today)
                return lambda text: _day(text, days, zone).isoformat()
            case "datetime":
                times = Dates(listed(formats) if formats else self._written.datetimes, self._today, is_moved=False)
                return lambda text: _written_in_utc(_usual(_moment(text, times, zone)))
        return lambda text: _plain(text, zone) if text[0] == _TYPED else text


def _identifier(text: str, whole: re.Pattern[str]) -> str:
    """Return an identifier without what a spreadsheet adds: guards, and the .0 of a number."""
    text = unguarded(shown(text))
    found = whole.fullmatch(text)
    return found[1] if found else text


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise ValueError(str(number))
    return int(number)


def _truth(text: str) -> bool:
    if (truth := _TRUTHS.get(text.lower())) is None:
        raise ValueError(text)
    return truth


def _plain(text: str, zone: ZoneInfo) -> str:
    return _written_in_utc(_moment(text, None, zone)) if _is_moment(text) else shown(text)


def _day(text: str, days: Dates, zone: ZoneInfo) -> date:
    if not text.startswith(_TYPED):
        return days.read(text).date()
    moment = _moment(text, None, zone)
    return (moment.astimezone(zone) if _is_moment(text) else moment).date()


def _moment(text: str, times: Dates | None, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(shown(text)) if times is None or text.startswith(_TYPED) else times.read(text)
    if (offset := moment.utcoffset()) is None:
        return moment.replace(tzinfo=zone)
    if abs(offset) > WIDEST_OFFSET:
        raise ValueError(text)
    return moment


def _is_moment(text: str) -> bool:
    return text.startswith(_TYPED) and "T" in text


def _usual(moment: datetime) -> datetime:
    """Return a time.

    Raises:
        ValueError: it is before 1900. Programs write such a time where they have none: 0001-01-01, 1899-12-30.

    """
    if moment.year < FIRST_YEAR:
        raise ValueError(moment.isoformat(" "))
    return moment


def _written_in_utc(moment: datetime) -> str:
    """Write a time in the documented format. Fractions of seconds are cut off."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat(" ")
