"""Reads the parameters of a query: a page, a number, a period. Empty values count as not given (Q79).

Room: testing. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from woowup_async.testing._answers import BadQuery

T = TypeVar("T")
Query = dict[str, str]

#: The default and the largest number of items on a page (documented on the start page).
_ITEMS, _MOST = 25, 100
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def number_in(query: Query, name: str, default: int) -> int:
    """Read a whole number that is not negative.

    Raises:
        BadQuery: the value is not such a number.

    """
    text = query.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BadQuery(f"{name}: expected a number")
    return int(text)


def page_of(items: list[T], query: Query, default: int = _ITEMS) -> list[T]:
    """Return the page that the query asks for. The first page is 0. A page has 25 items by default, and 100 at most.

    Raises:
        BadQuery: `page` or `limit` is not a number.

    """
    limit = min(number_in(query, "limit", default), _MOST)
    start = number_in(query, "page", 0) * limit
    return items[start : start + limit]


def period_of(query: Query) -> Callable[[datetime], bool]:
    """Read `from` and `to`. A day without a time counts as the whole day.

    Raises:
        BadQuery: one of them is not a day or time.

    """
    from_, to = _bound(query, "from", time.min, _FIRST), _bound(query, "to", time.max, _LAST)
    return lambda moment: from_ <= moment <= to


def has_period(query: Query) -> bool:
    """Return whether the query has `from` or `to`. Without them, no time needs to be read."""
    return bool(query.get("from") or query.get("to"))


def moment_of(value: Any) -> datetime | None:
    """Read a time of a record, as UTC if it has no offset. Return None if it is not a time: no schema checks it."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def now_text() -> str:
    """Return the present in the form of purchases and transactions: UTC without an offset (Q75)."""
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"


def now_iso() -> str:
    """Return the present in the form of users and logs: with an offset (Q75)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _bound(query: Query, name: str, at: time, default: datetime) -> datetime:
    text = query.get(name)
    if not text:
        return default
    try:
        day = date.fromisoformat(text)
    except ValueError:
        moment = moment_of(text)
        if moment is None:
            raise BadQuery(f"{name}: expected a date") from None
        return moment + timedelta(seconds=1, microseconds=-1) if at == time.max and not moment.microsecond else moment
    return datetime.combine(day, at, UTC)
