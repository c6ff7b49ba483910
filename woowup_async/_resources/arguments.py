"""Checks the arguments of a namespace's methods before anything is sent.

Room: _resources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

import msgspec

from woowup_async._text import printable
from woowup_async.errors import InvalidRecord, Reason
from woowup_async.models._base import IDENTIFIERS, Model, identifier_rule
from woowup_async.models._fields import Email

Params = tuple[tuple[str, str], ...]

#: The most items on a page (documented).
PAGE = 100
_address = re.compile(next(meta.pattern for meta in Email.__metadata__)).search  # type: ignore[attr-defined]


class Paging(msgspec.Struct, frozen=True):
    """The paging of a listing: the most items, the first page, and the items of each request."""

    limit: int | None
    page: int
    size: int


def paging_of(
    limit: int | None, page: int, page_size: int | None, *, default: int = PAGE, most: int | None = PAGE
) -> Paging:
    """Check the paging of a listing. Without a size, a request asks for no more than `limit`.

    Raises:
        ValueError: a limit or size below 1, a size above what the API documents, or a page below 0.

    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit must be 1 or more, or None for all, got {limit!r}")
    if isinstance(page, bool) or not isinstance(page, int) or page < 0:
        raise ValueError(f"page must be 0 or more, got {page!r}")
    if page_size is not None and not isinstance(page_size, int):
        raise TypeError(f"page_size must be an int, got {page_size!r}")
    if page_size is not None and not 1 <= page_size <= (page_size if most is None else most):
        bounds = "1 or more" if most is None else f"between 1 and {most}"
        raise ValueError(f"page_size must be {bounds}, got {page_size!r}")
    return Paging(limit, page, page_size or min(default, limit or default))


def query_of(**given: str | float | None) -> Params:
    """Write a query without the parameters that are None. A trailing underscore of a name is removed (`from_`).

    Raises:
        TypeError: a value is neither a str nor a number.

    """
    present = {name.rstrip("_"): value for name, value in given.items() if value is not None}
    for name, value in present.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise TypeError(f"{name} must be a str, got {value!r}")
    return tuple((name, encodable(str(value), name)) for name, value in present.items())


def text_of(value: str | None, name: str) -> str | None:
    """Check a text in a body.

    Raises:
        TypeError: the value is not a str.

    """
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {value!r}")
    return value


def identity_query(identity: Model | dict[str, str | None]) -> Params:
    """Write identifiers into a query without the empty ones, which the vendor's clients send (Q79).

    Raises:
        InvalidRecord: no identifier was given.

    """
    fields = identity if isinstance(identity, dict) else msgspec.structs.asdict(identity)
    if reasons := list(identifier_rule(fields)):
        raise InvalidRecord(reasons)
    return tuple((name, encodable(str(fields[name]), name)) for name in IDENTIFIERS if fields.get(name))


def encodable(text: str, name: str) -> str:
    """Return a text unchanged if a query can contain it.

    Raises:
        ValueError: the text has half of a surrogate pair.

    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name} cannot be sent: {text!a} has half of a surrogate pair") from None
    return text


def day_of(day: date | str | None, name: str) -> str | None:
    """Write a day as `YYYY-MM-DD`.

    Raises:
        TypeError: it is a datetime, whose day depends on the time zone.
        ValueError: it is a text of another form.

    """
    if isinstance(day, datetime):
        raise TypeError(f"{name} must be a date or 'YYYY-MM-DD', got a datetime: its day depends on the time zone")
    if isinstance(day, date):
        return day.isoformat()
    if day is not None:
        try:
            date.fromisoformat(day)
        except (ValueError, TypeError):
            raise ValueError(f"{name} must be a date or 'YYYY-MM-DD', got {day!r}") from None
    return day


def address_of(address: str | None, name: str) -> str | None:
    """Check an e-mail address before the server refuses it with `invalid_email` (Q50).

    Raises:
        InvalidRecord: it is not an address.

    """
    if address is not None and not (isinstance(address, str) and _address(address)):
        raise InvalidRecord([Reason(name, f"expected an e-mail address, got {printable(repr(address), 60)}")])
    return address


def segment_of(segment_id: int | str) -> int:
    """Check the id of a segment. One operation takes it as a text, another as a number (Q80).

    Raises:
        ValueError: it is not a whole number above 0.

    """
    is_number = isinstance(segment_id, int) and not isinstance(segment_id, bool)
    is_text = isinstance(segment_id, str) and segment_id.isascii() and segment_id.isdigit()
    if not (is_number or is_text) or int(segment_id) < 1:
        raise ValueError(f"segment_id must be a whole number above 0, got {segment_id!r}")
    return int(segment_id)


def whole_of(points: float | Decimal) -> int:
    """Check points. They are a whole number, and 2.0 counts as whole.

    Raises:
        TypeError: the value is not a whole number.

    """
    is_number = isinstance(points, int | float | Decimal) and not isinstance(points, bool)
    if not is_number or not isfinite(points) or points != int(points):
        raise TypeError(f"points must be an int, got {points!r}")
    return int(points)


def one_of(value: str, values: tuple[str, ...], name: str) -> str:
    """Check a value of an enumeration.

    Raises:
        ValueError: the value is not in the enumeration.

    """
    if value not in values:
        raise ValueError(f"{name} must be one of {', '.join(values)}, got {value!r}")
    return value


def count_of(number: int | None, name: str) -> int | None:
    """Check a count.

    Raises:
        ValueError: it is below 0, or not an int.

    """
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 0):
        raise ValueError(f"{name} must be 0 or more, got {number!r}")
    return number


def checked_values(values: Iterable[str]) -> list[str]:
    """Check the lines of a file.

    Raises:
        ValueError: there are no values, or one is empty or has several lines.

    """
    lines = [values] if isinstance(values, str) else [*values]
    if not lines or not all(isinstance(line, str) and line.strip() and len(line.splitlines()) == 1 for line in lines):
        raise ValueError("values must have at least one text; each must be one line and not empty")
    return [encodable(line, "values") for line in lines]
