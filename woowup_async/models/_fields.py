"""Field types that several models share, each with the rule and the words that explain it.

Room: models. Pure. To type checkers a timestamp is a str or an aware datetime and a number may be a Decimal; on the
wire they are text and JSON numbers, which is what msgspec sees when it decodes.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from woowup_async.models._clear import Clear


def _text(pattern: str, expected: str, **extra: Any) -> Meta:
    return Meta(pattern=pattern, extra={"expected": expected, **extra})


def up_to(length: int) -> Meta:
    """A text that is not empty, and has at most so many characters."""
    return Meta(min_length=1, max_length=length, extra={"expected": f"1 to {length} characters"})


# `\Z`, not `$`: Python's `$` would let a trailing newline through.
#: Purchases page: "^[^-][a-zA-Z0-9_%-]+$", so at least two characters (Q22).
Sku = Annotated[str, _text(r"^[^-][a-zA-Z0-9_%-]+\Z", "two or more letters, digits, _, % or -, not beginning with -")]
SixDigits = Annotated[str, _text(r"^[0-9]{6}\Z", "exactly six digits")]
Email = Annotated[str, _text(r"^[^@\s]+@[^@\s]+\Z", "an e-mail address")]
Gender = Annotated[str, _text(r"^[fFmM]?\Z", "'F', 'M', 'f', 'm' or ''")]
#: ISO 3166-1 alpha-3 (users page).
CountryCode = Annotated[str, _text(r"^[A-Za-z]{3}\Z", "an ISO 3166-1 alpha-3 code such as 'ARG'", is_country=True)]
#: Which of the two the vendor means is not stated, so either passes.
AnyCountryCode = Annotated[str, _text(r"^[A-Za-z]{2,3}\Z", "an ISO 3166-1 code such as 'ARG' or 'AR'", is_country=True)]
Switch = Literal["enabled", "disabled"]
DisabledReason = Literal["bounce", "unsubscribe", "spamreport", "dropped", "other"]
Attributes = dict[str, Any]

# Ranges are in the patterns; whether a month has a 29th, 30th or 31st is asked of the calendar (`_calendar`).
#: Programs write a day before 1900 where they have none: 0001-01-01, 1899-12-30.
_DAY = "(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_HOUR, _SIXTY = "([01][0-9]|2[0-3])", "[0-5][0-9]"
#: The widest offset in use is +14:00.
_OFFSET = "(Z|[+-]((0[0-9]|1[0-3]):?[0-5][0-9]|14:?00))"

#: Getting started: `YYYY-mm-dd HH:mm:ss` in UTC, or ISO 8601 with its time zone.
Moment = Annotated[
    str,
    _text(
        rf"^{_DAY}( {_HOUR}:{_SIXTY}:{_SIXTY}|[T ]{_HOUR}:{_SIXTY}(:{_SIXTY}(\.[0-9]+)?)?{_OFFSET})\Z",
        "'YYYY-MM-DD HH:MM:SS' (read as UTC), ISO 8601 with an offset, or an aware datetime, of a time that exists, "
        "from 1900 on",
        datetime=True,
    ),
]

if TYPE_CHECKING:
    Number = int | float | Decimal
    Timestamp = str | datetime
    Birthdate = str | date
    LooseDate = str | date
    Whole = int | float | Decimal
    ClearableText = str | Clear | None
else:
    Number = int | float
    #: 2.0 is an integer, too, and is sent as 2 (Q34); 2.5 is not.
    Whole = Annotated[int, Meta(extra={"expected": "an integer", "is_whole": True})]
    ClearableText = str | None
    Timestamp = Moment
    #: The server refuses days before 1900 and in the future (from the vendor's client).
    Birthdate = Annotated[
        str, _text(rf"^{_DAY}\Z", "a day from 1900 to today, as 'YYYY-MM-DD' or a date", date=True, is_birthdate=True)
    ]
    #: A date whose form the pages do not state: what looks like a day must be one.
    LooseDate = Annotated[str, Meta(extra={"expected": "a date that exists", "date": True, "is_loose": True})]
