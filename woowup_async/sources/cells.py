"""What the text of a cell means: numbers, moments, days, ids; exactly, or refused.

Room: sources. Pure. Used by `table`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
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


class Cells:
    """Converts the cells of one file."""

    def __init__(self, written: TableFormat) -> None:
        self._written, self._zone = written, ZoneInfo(written.timezone)

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
                return _parsed(text, self._written.dates).date().isoformat()
            case "datetime":
                moment = _parsed(text, self._written.datetimes)
                local = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
                return local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return text

    def decimal(self, text: str) -> Decimal:
        """Read a number, digit by digit.

        Raises:
            ValueError: it is none.

        """
        mark = self._written.decimal
        if not _NUMBERS[mark].fullmatch(text):
            raise ValueError(text)
        return Decimal(text.replace(".", "").replace(",", ".") if mark == "," else text)


def _parsed(text: str, formats: list[str]) -> datetime:
    for each in formats:
        try:
            return datetime.strptime(text, each)  # noqa: DTZ007 - its zone follows
        except ValueError:
            continue
    raise ValueError(text)
