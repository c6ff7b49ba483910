"""Reads the text of cells: numbers, times, dates and ids. A cell is read exactly, or it is refused.

Room: sources. Pure. A time or date from a typed file (Parquet) is written as text with a mark, and read back without a
format, so that no format of the mapping can change its meaning.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from woowup_async.sources.mapping import TableFormat

#: By decimal mark. With a comma, points may separate groups of three digits: then 1.50 is refused, not read as 150.
_NUMBERS = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?", re.ASCII),
}
#: Whole numbers with one decimal, as a column of floats is written: by pandas with a point, by `ParquetTable` with the
#: decimal mark of the mapping.
_WHOLE = {mark: re.compile(rf"(0|[1-9][0-9]*)[{marks}]0", re.ASCII) for mark, marks in ((".", "."), (",", ".,"))}
_TRUTHS = dict.fromkeys(("true", "1", "yes", "y", "si", "sí", "s"), True) | dict.fromkeys(
    ("false", "0", "no", "n"), False
)
#: Sums of money are exact. A sum that needs more than sixty digits is refused, never rounded.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


#: Marks the text of a typed time or date. No text of a table begins like this.
_TYPED = "\x01"
#: The widest offset in use is +14:00.
_WIDEST = timedelta(hours=14)
#: Formats with a year of two digits.
_SHORT_YEARS = re.compile(r"%[yxcD]")


def typed(value: date) -> str:
    """Return a time (a `datetime`) or a date of a typed file as a cell."""
    return _TYPED + value.isoformat()


def shown(text: str) -> str:
    """Return the text of a cell for people, without the mark."""
    return text.removeprefix(_TYPED)


class Cells:
    """Converts the cells of one file.

    Args:
        written: the format of the file.
        today: a date with a year of two digits is never later than this.

    """

    def __init__(self, written: TableFormat, today: date = date.max) -> None:
        self._written, self._zone, self._today = written, ZoneInfo(written.timezone), today
        self._nulls = frozenset(written.null)

    def text(self, cell: str) -> str:
        """Trim a cell. Return "" if it is empty or has a word of `csv.null`."""
        text = cell.strip()
        return "" if text in self._nulls else text

    def convert(self, text: str, conversion: str) -> Any:
        """Convert a cell that is not empty.

        Raises:
            ValueError, OverflowError: the text cannot be read as this type.

        """
        match conversion:
            case "lower":
                return text.lower()
            case "id":
                return text[:-2] if _WHOLE[self._written.decimal].fullmatch(text) else text
            case "int":
                number = self.decimal(text)
                if number != number.to_integral_value():
                    raise ValueError(text)
                return int(number)
            case "decimal":
                return self.decimal(text)
            case "bool":
                if (truth := _TRUTHS.get(text.lower())) is None:
                    raise ValueError(text)
                return truth
            case "date":
                return self._day(text).isoformat()
            case "datetime":
                return _written_in_utc(self._moment(text))
        return _written_in_utc(self._moment(text)) if _is_moment(text) else shown(text)

    def decimal(self, text: str) -> Decimal:
        """Read a number with all its digits.

        Raises:
            ValueError: the text is not a number.

        """
        mark = self._written.decimal
        if not _NUMBERS[mark].fullmatch(text):
            raise ValueError(text)
        return Decimal(text.replace(".", "").replace(",", ".") if mark == "," else text)

    def _day(self, text: str) -> date:
        if not text.startswith(_TYPED):
            return self._parsed(text, self._written.dates).date()
        moment = self._moment(text)
        return (moment.astimezone(self._zone) if _is_moment(text) else moment).date()

    def _moment(self, text: str) -> datetime:
        if text.startswith(_TYPED):
            moment = datetime.fromisoformat(shown(text))
        else:
            moment = self._parsed(text, self._written.datetimes)
        if (offset := moment.utcoffset()) is None:
            return moment.replace(tzinfo=self._zone)
        if abs(offset) > _WIDEST:
            raise ValueError(text)
        return moment

    def _parsed(self, text: str, formats: list[str]) -> datetime:
        for each in formats:
            try:
                moment = datetime.strptime(text, each)  # noqa: DTZ007 - the zone is set later
            except ValueError:
                continue
            is_future = moment.date() > self._today
            return moment.replace(year=moment.year - 100) if is_future and _SHORT_YEARS.search(each) else moment
        raise ValueError(text)


def _is_moment(text: str) -> bool:
    return text.startswith(_TYPED) and "T" in text


def _written_in_utc(moment: datetime) -> str:
    """Write a time in the documented format. Fractions of seconds are cut off."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
