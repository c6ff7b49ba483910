"""Whether a day exists, and whether somebody can be born on it.

Room: models. Pure, but for today's date. Texts have been held against their patterns before.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from woowup_async._clock import today

#: No time of a shop is earlier. The server refuses earlier birthdates (the vendor's client).
FIRST_YEAR = 1900
#: The widest offset in use is +14:00.
WIDEST_OFFSET = timedelta(hours=14)
_LOOKS_LIKE_A_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_LOOKS_LIKE_A_TIME = re.compile(r"[ T]([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")


def is_day(text: str) -> bool:
    """Whether the `YYYY-MM-DD` at the start of a text is a day of the calendar."""
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def is_birthdate(text: str) -> bool:
    """Whether somebody can be born on a day: it exists, and is neither before 1900 nor after today, anywhere on earth.

    Today is the machine's: a model has no port for time.
    """
    return text >= f"{FIRST_YEAR}" and is_day(text) and text[:10] <= (today() + timedelta(days=1)).isoformat()


def is_loose_date(text: str) -> bool:
    """Whether a text that looks like a day, with or without a time, is one; what looks like none may be anything."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        pass
    else:
        return True
    if not _LOOKS_LIKE_A_DAY.match(text):
        return True
    clock = _LOOKS_LIKE_A_TIME.match(text, 10)
    if clock is None:
        return is_day(text)
    hour, minute, second = clock.groups(default="00")
    return is_day(text) and hour < "24" and minute < "60" and second < "60"


def day_of(value: object) -> date | None:
    """Return the day of a date, or of midnight without a zone: databases and pandas have no other type for days."""
    if not isinstance(value, datetime):
        return value if isinstance(value, date) else None
    is_midnight = value == value and value.tzinfo is None and not any(value.timetuple()[3:6]) and not value.microsecond
    return value.date() if is_midnight else None
