"""Field types that several models share, each with the rule and the words that explain it.

Room: models. Pure. To type checkers a timestamp is a str or an aware datetime and a number may be a Decimal; on the
wire they are text and JSON numbers, which is what msgspec sees when it decodes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta


def _text(pattern: str, expected: str, **extra: Any) -> Meta:
    return Meta(pattern=pattern, extra={"expected": expected, **extra})


# `\Z`, not `$`: Python's `$` would let a trailing newline through.
#: Purchases page: "^[^-][a-zA-Z0-9_%-]+$", so at least two characters (Q22).
Sku = Annotated[str, _text(r"^[^-][a-zA-Z0-9_%-]+\Z", "two or more letters, digits, _, % or -, not beginning with -")]
SixDigits = Annotated[str, _text(r"^[0-9]{6}\Z", "exactly six digits")]
Email = Annotated[str, _text(r"^[^@\s]+@[^@\s]+\Z", "an e-mail address")]
Gender = Annotated[str, _text(r"^[fFmM]?\Z", "'F', 'M', 'f', 'm' or ''")]
#: ISO 3166-1 alpha-3 (users page).
Country = Annotated[str, _text(r"^[A-Za-z]{3}\Z", "an ISO 3166-1 alpha-3 code such as 'ARG'")]
Switch = Literal["enabled", "disabled"]
DisabledReason = Literal["bounce", "unsubscribe", "spamreport", "dropped", "other"]
Attributes = dict[str, Any]

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TWO = "[0-9]{2}"
_TIME = f"{_TWO}:{_TWO}"
_OFFSET = "(Z|[+-][0-9]{2}:?[0-9]{2})"

#: Getting started: `YYYY-mm-dd HH:mm:ss` in UTC, or ISO 8601 with its time zone.
Moment = Annotated[
    str,
    _text(
        rf"^{_DAY}( {_TIME}:{_TWO}|[T ]{_TIME}(:{_TWO}(\.[0-9]+)?)?{_OFFSET})\Z",
        "'YYYY-MM-DD HH:MM:SS' (read as UTC), ISO 8601 with an offset, or an aware datetime",
        datetime=True,
    ),
]

if TYPE_CHECKING:
    Number = int | float | Decimal
    Timestamp = str | datetime
    Day = str | date
else:
    Number = int | float
    Timestamp = Moment
    Day = Annotated[str, _text(rf"^{_DAY}\Z", "'YYYY-MM-DD' or a date", date=True)]
