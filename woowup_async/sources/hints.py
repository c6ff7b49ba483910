"""What to write in a mapping for a cell that cannot be read.

Room: sources. Pure. A hint is only given if it would read this very text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product

from woowup_async.models._calendar import FIRST_YEAR, WIDEST_OFFSET
from woowup_async.sources.dates import Dates
from woowup_async.sources.numbers import decimal_of, money_of
from woowup_async.sources.table_format import Mark
from woowup_async.sources.texts import unguarded

_READ = frozenset(("int", "decimal", "money", "date", "datetime", "bool"))
_OTHER: dict[Mark, Mark] = {".": ",", ",": "."}
_DAYS = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%Y", "%d de %B de %Y",
         "%B %d, %Y", "%d %b %Y", "%Y%m%d")  # fmt: skip
_TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p", " %I:%M %p", " %H:%M hs.", " %H:%M:%S %z")
_FORMATS = tuple(day + time for day, time in product(_DAYS, _TIMES))
_DIGITS = re.compile("[0-9]")
#: The days 1982 to 2064 as Excel counts them.
_SERIAL = re.compile(r"[3-5][0-9]{4}(?:[.,][0-9]+)?")
#: Longest text that is compared by its shape, and the number of shapes that are remembered (guessed).
_LONGEST, _SHAPES = 40, 1_000
#: The formats to try first for a text by its shape; none if no format fits. A column of a million wrong dates would
#: otherwise be tried with each format.
_FORMATS_OF: dict[str, tuple[str, ...]] = {}


def hint(conversion: str, text: str, mark: Mark) -> str:
    """Return what to write, after a semicolon; "" if it is not known."""
    if conversion in _READ and unguarded(text) != text:
        return "; set excel_guards = true in csv"
    found = ""
    match conversion:
        case "int":
            found = _number(text, mark, is_whole=True)
        case "decimal" | "money":
            found = _number(text, mark)
        case "date" | "datetime":
            found = _day(text, conversion)
        case "bool":
            found = "name the texts that mean true and false in a lookup"
        case "country":
            found = "name it in a lookup"
    return f"; {found}" if found else ""


def _number(text: str, mark: Mark, *, is_whole: bool = False) -> str:
    other = _OTHER[mark]
    if _reads(decimal_of, text, other, is_whole):
        return f'set decimal = "{other}" in csv or in the field, or --decimal {other} without a mapping'
    if is_whole:
        return ""
    if _reads(money_of, text, mark):
        return 'write as = "money"'
    return f'write as = "money" and set decimal = "{other}"' if _reads(money_of, text, other) else ""


def _day(text: str, conversion: str) -> str:
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        if abs(moment.utcoffset() or timedelta()) > WIDEST_OFFSET:
            return "no offset is above 14 hours"
        if conversion == "datetime" and moment.year < FIRST_YEAR:
            return f"it is before {FIRST_YEAR}: list it in null if it means that there is none"
        return f'add "iso" to csv.{conversion}'
    if _SERIAL.fullmatch(text):
        return f'add "excel" to csv.{conversion}, if these are the numbers that Excel stores'
    shape = _DIGITS.sub("9", text[:_LONGEST])
    known = _FORMATS_OF.get(shape)
    for form in _FORMATS if known is None else known:
        with suppress(ValueError):
            Dates([form], date.max).read(text)
            _remember(shape, (form, *_FORMATS))
            return f'add its format to csv.{conversion}, such as "{form}"'
    if known is None:
        _remember(shape, ())
    return ""


def _remember(shape: str, formats: tuple[str, ...]) -> None:
    if len(_FORMATS_OF) < _SHAPES:
        _FORMATS_OF.setdefault(shape, formats)


def _reads(read: Callable[[str, Mark], Decimal], text: str, mark: Mark, is_whole: bool = False) -> bool:
    try:
        number = read(text, mark)
    except ValueError:
        return False
    return not is_whole or number == number.to_integral_value()
