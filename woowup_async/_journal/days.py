"""The day of a purchase, so that a journal can be compared with the account's totals by day.

Room: _journal. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

_NAME = b'"createtime"'
_CREATED = re.compile(rb'"createtime"\s*:\s*"(\d{4}-\d\d-\d\d)').search


def day_of(raw: Any) -> int | None:
    """Return the day in a purchase's `createtime` as a number such as 20240531; None if it has none.

    It only says where to look for missing purchases. So a wrong day in unusual JSON costs requests, and nothing else.
    """
    if raw.__class__ is bytes:  # as most are; a call of `isinstance` would cost as much as the search
        at = raw.rfind(_NAME)  # it is among the last fields in the order of the schema
        found = _CREATED(raw, at) if at >= 0 else None
        return _number(found[1]) if found else None
    try:
        created = raw.get("createtime") if isinstance(raw, Mapping) else getattr(raw, "createtime", None)
        if isinstance(created, date):  # also a datetime
            return number_of(created)
        return number_of(date.fromisoformat(created[:10])) if isinstance(created, str) else None
    except Exception:  # a class of the caller may raise anything
        return None


@lru_cache(maxsize=4_096)  # many purchases have the same day
def _number(day: bytes) -> int:
    return int(day.replace(b"-", b""))


def number_of(day: date) -> int:
    """Return a date as a number such as 20240531."""
    return day.year * 10_000 + day.month * 100 + day.day


def date_of(day: int) -> date | None:
    """Return the date of such a number; None if there is no such day."""
    try:
        return date(day // 10_000, day // 100 % 100, day % 100)
    except ValueError:
        return None
