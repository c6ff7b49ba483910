"""Telephone numbers. Changing one can change which customer a record belongs to.

Room: cleaning. Pure. It needs the extra `clean`.
"""

from __future__ import annotations

import re

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, visible

_SEVERAL = re.compile(r"\s*[/,;|]\s*| y |\s{2,}")
#: Six equal digits in a row are in use: 55 5555 0147 is a number of Mexico City. Eight are not, as far as is known.
_ROW = re.compile(r"(\d)\1{7}")
_REFUSED = re.compile(r"\d\+\d")
_STAIRS = "01234567890123456789"


def telephone(value: str, region: str | None) -> Cleaned:
    """Write a number as +, country and number (E.164). Drop a value that is not a telephone number.

    If a value has several numbers, the first is used. A + between digits makes the server refuse the whole customer.

    Args:
        value: the text from the source.
        region: the country of numbers without a country code, as in ISO 3166-1 alpha-2; None if all have one.

    """
    import phonenumbers

    if is_refused_whole(value):
        return dropped("has a + between its digits")
    first = _SEVERAL.split(visible(value, joined=False).strip())[0]
    try:
        number = phonenumbers.parse(first, region)
    except phonenumbers.NumberParseException:
        return dropped("is not a telephone number")
    if not phonenumbers.is_valid_number(number) or _is_made_up(str(number.national_number)):
        return dropped("is not a telephone number in use")
    return compared(
        value, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), "is written as E.164"
    )


def is_refused_whole(value: str) -> bool:
    """Say whether the server would refuse the whole customer for this number (the vendor's clients)."""
    return bool(_REFUSED.search(value))


def _is_made_up(digits: str) -> bool:
    return bool(_ROW.search(digits)) or any(
        digits[start : start + 8] in stairs for start in range(len(digits) - 7) for stairs in (_STAIRS, _STAIRS[::-1])
    )
