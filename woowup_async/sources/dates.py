"""Days and times as text, in the formats of a mapping. Names of months may be Spanish, Portuguese or English.

Room: sources. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from woowup_async.sources.texts import without_accents

#: Formats with a year of two digits.
_SHORT_YEARS = re.compile(r"%[yxcD]")
#: A zone that a format has as text, at its end: %SZ, %M UTC, %S -0300, %S GMT-3.
_ZONE = re.compile(r"(?<=[fIMSp0-9 ])(Z|UTC|GMT|)(?:([+-])(0?[0-9]|1[0-4])(?::?([0-9]{2}))?)?\s*\Z")
#: Days of a year and weeks, which strptime counts on into the next year.
_COUNTED = re.compile("%[jUVW]")
#: The name of a month, with its point if it is short. `%%B` is not one.
_NAMED = re.compile(r"(?<!%)((?:%%)*)%[bBh]\.?")
#: A day as Excel counts it, with its time as a fraction: 46027.4270833. Up to the year 9999.
_SERIAL = re.compile(r"\d{1,7}(?:[.,]\d+)?", re.ASCII)
_LAST_SERIAL, _DAY = 2_958_466, 86_400
#: Day 0, so that day 61 is March 1, 1900. Excel counts a February 29, 1900, so earlier days are not read.
_EPOCH, _FIRST_SERIAL = datetime(1899, 12, 30), 61  # noqa: DTZ001 - a serial number has no zone
_WORDS = re.compile(r"[^\W\d_]{3,}\.?")
#: Spanish, Portuguese, English. Longer words are recognized by their first three letters only if they are listed.
_MONTHS = (
    "enero ene janeiro jan january", "febrero feb fevereiro fev february", "marzo mar marco march",
    "abril abr april apr", "mayo may maio mai", "junio jun junho june", "julio jul julho july",
    "agosto ago august aug", "septiembre setiembre sep sept set setembro september", "octubre oct outubro out october",
    "noviembre nov novembro november", "diciembre dic dezembro dez december dec",
)  # fmt: skip
_MONTH = {name: f"{number:02}" for number, names in enumerate(_MONTHS, 1) for name in names.split()}


class _Format(NamedTuple):
    text: str
    has_names: bool
    is_short: bool
    is_counted: bool
    zone: tzinfo | None


class Dates:
    """Reads texts by the first format that fits.

    Args:
        formats: of `strptime`, "iso", or "excel" for the numbers that Excel stores. A zone at the end of a format is
            that of its times.
        today: a date with a year of two digits is never later than this.
        is_moved: whether such a date is taken 100 years earlier if it is later, as birthdates are. Otherwise it is
            refused, unless it is tomorrow: east of UTC, that is today.

    """

    def __init__(self, formats: Sequence[str], today: date, *, is_moved: bool = True) -> None:
        self._today, self._is_moved = today, is_moved
        self._formats = [
            _Format(
                _NAMED.sub(r"\1%m", each), bool(_NAMED.search(each)), bool(_SHORT_YEARS.search(each)),
                bool(_COUNTED.search(each)), _zone_of(each),
            )
            for each in formats
        ]  # fmt: skip

    def read(self, text: str) -> datetime:
        """Read a text; without an offset, the result has no zone.

        Raises:
            ValueError: no format fits.

        """
        for each in self._formats:
            try:
                if each.text == "iso":
                    return datetime.fromisoformat(text)
                if each.text == "excel":
                    return of_excel(text)
                moment = datetime.strptime(_numbered(text) if each.has_names else text, each.text)  # noqa: DTZ007
                return self._checked(moment if each.zone is None else moment.replace(tzinfo=each.zone), each, text)
            except ValueError:
                continue
        raise ValueError(text)

    def _checked(self, moment: datetime, form: _Format, text: str) -> datetime:
        """Return a time whose year is that of its text.

        Raises:
            ValueError: it is in the next year, or in the future although its year has two digits.

        """
        if form.is_counted:
            year = moment.isocalendar().year if "%G" in form.text else moment.year
            if f"{year % 100:02}" not in text:
                raise ValueError(text)
        if not form.is_short or moment.date() <= self._today:
            return moment
        if self._is_moved:
            return moment.replace(year=moment.year - 100)
        if (moment.date() - self._today).days > 1:
            raise ValueError(text)
        return moment


def _zone_of(form: str) -> tzinfo | None:
    """Return the zone that a format has as text; None if it has none."""
    if (found := _ZONE.search(form)) is None:
        return None
    word, sign, hours, minutes = found.groups()
    if sign is None:
        return UTC if word else None
    if not (word or minutes or form[: found.start()].endswith(("%S", "%f"))):
        return None  # %H-%M-00 has seconds there
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset)


def of_excel(text: str) -> datetime:
    """Read the number that Excel stores for a day and a time, to the second.

    Raises:
        ValueError: it is not such a number.

    """
    if not _SERIAL.fullmatch(text):
        raise ValueError(text)
    serial = Decimal(text.replace(",", "."))
    if not _FIRST_SERIAL <= serial < _LAST_SERIAL:
        raise ValueError(text)
    return _EPOCH + timedelta(seconds=int((serial * _DAY).to_integral_value(ROUND_HALF_UP)))


def _numbered(text: str) -> str:
    """Write the first name of a month as its number, since strptime knows only the names of the system's language."""
    for word in _WORDS.finditer(text):
        if number := _MONTH.get(without_accents(word[0].rstrip("."))):
            return f"{text[: word.start()]}{number}{text[word.end() :]}"
    return text
