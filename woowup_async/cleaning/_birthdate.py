"""Birthdates.

Room: cleaning. Pure: today is a parameter.
"""

from __future__ import annotations

from datetime import date, datetime

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, visible
from woowup_async.models._calendar import FIRST_YEAR

#: The day always comes before the month, as in Latin America.
_DAYS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d")
_TIMES = ("", " %H:%M:%S.%f", " %H:%M:%S", " %H:%M", "T%H:%M:%S.%f%z", "T%H:%M:%S%z", "T%H:%M:%S.%f", "T%H:%M:%S")
#: Placeholder days that programs write if they know no birthdate.
_NO_DAYS = {date(1900, 1, 1), date(1901, 1, 1), date(1970, 1, 1), date(1969, 12, 31)}


def birthdate(value: str, today: date) -> Cleaned:
    """Read a date in any of the usual formats. Drop dates for which the server refuses the customer.

    Args:
        value: the text from the source.
        today: the latest possible birthdate.

    """
    day = _day_of(visible(value).strip())
    if day is None:
        return dropped("is not a day that can be read, the day before the month")
    if day.year < FIRST_YEAR or day > today or day in _NO_DAYS:
        return dropped(f"is {day.isoformat()}, which cannot be a birthdate")
    return compared(value, day.isoformat(), "is written as YYYY-MM-DD")


def _day_of(text: str) -> date | None:
    for days in _DAYS:
        for times in _TIMES:
            try:
                return datetime.strptime(text, days + times).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
    return None
