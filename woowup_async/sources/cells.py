"""What the text of a cell means: numbers, moments, days, ids; exactly, or refused.

Room: sources. Pure. A cell of a typed file (Parquet) that holds a moment or a day is written here as text with a mark,
and read back without any format: no format of the mapping can change what it means.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from woowup_async.sources.mapping import TableFormat

#: By decimal mark. With a comma, points may group thousands, in threes: 1.50 is then no number, rather than 150.
_NUMBERS = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?", re.ASCII),
}
_TRUTHS = dict.fromkeys(("true", "1", "yes", "y", "si", "sí", "s"), True) | dict.fromkeys(
    ("false", "0", "no", "n"), False
)
#: Sums of money are exact: what does not fit into sixty digits is refused, never rounded.
EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


#: Before the text of a typed moment or day; no text of a table begins like this.
_TYPED = "\x01"
#: The widest offset in use is +14:00.
_WIDEST = timedelta(hours=14)
#: Formats with a year of two digits.
_SHORT_YEARS = re.compile(r"%[yxcD]")


def typed(value: date) -> str:
    """Write a moment (a `datetime`) or a day of a typed file as a cell."""
    return _TYPED + value.isoformat()


def shown(text: str) -> str:
    """Return a cell as a person reads it."""
    return text.removeprefix(_TYPED)


class Cells:
    """Converts the cells of one file.

    Args:
        written: how the file is written.
        today: a year of two digits never lies after it.

    """

    def __init__(self, written: TableFormat, today: date = date.max) -> None:
        self._written, self._zone, self._today = written, ZoneInfo(written.timezone), today
        self._nulls = frozenset(written.null)

    def text(self, cell: str) -> str:
        """Trim a cell; "" where it holds nothing, or a word that the mapping takes for nothing."""
        text = cell.strip()
        return "" if text in self._nulls else text

    def convert(self, text: str, conversion: str) -> Any:
        """Read a cell that is not empty.

        Raises:
            ValueError, OverflowError: it does not mean that.

        """
        match conversion:
            case "lower":
                return text.lower()
            case "id":
                return text[:-2] if re.fullmatch(r"(0|[1-9][0-9]*)\.0", text) else text
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
        """Read a number, digit by digit.

        Raises:
            ValueError: the text cannot be read as that.

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
                moment = datetime.strptime(text, each)  # noqa: DTZ007 - its zone follows
            except ValueError:
                continue
            is_future = moment.date() > self._today
            return moment.replace(year=moment.year - 100) if is_future and _SHORT_YEARS.search(each) else moment
        raise ValueError(text)


def _is_moment(text: str) -> bool:
    return text.startswith(_TYPED) and "T" in text


def _written_in_utc(moment: datetime) -> str:
    """Write a moment the documented way; fractions of seconds are cut."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
