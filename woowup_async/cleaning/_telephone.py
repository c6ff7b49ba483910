"""Telephone numbers. Changing one can change which customer a record belongs to.

Room: cleaning. Pure. It needs the extra `clean`.
"""

from __future__ import annotations

import re

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped

_SEVERAL = re.compile(r"\s*[/,;|]\s*| y |\s{2,}")
_ROW = re.compile(r"(\d)\1{5}")
_STAIRS = "01234567890123456789"


def telephone(value: str, region: str | None) -> Cleaned:
    """Write a number as +, country and number (E.164). Drop a value that is not a telephone number.

    If a value has several numbers, the first is used. A + between digits makes the server refuse the whole customer.

    Args:
        value: the text from the source.
        region: the country of numbers without a country code, as in ISO 3166-1 alpha-2; None if all have one.

    """
    import phonenumbers

    if re.search(r"\d\+\d", value):
        return dropped("has a + between its digits")
    first = _SEVERAL.split(value.strip())[0]
    try:
        number = phonenumbers.parse(first, region)
    except phonenumbers.NumberParseException:
        return dropped("is not a telephone number")
    if not phonenumbers.is_valid_number(number) or _is_made_up(str(number.national_number)):
        return dropped("is not a telephone number in use")
    return compared(
        value, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), "is written as E.164"
    )


def _is_made_up(digits: str) -> bool:
    return bool(_ROW.search(digits)) or any(
        digits[start : start + 8] in stairs for start in range(len(digits) - 7) for stairs in (_STAIRS, _STAIRS[::-1])
    )
