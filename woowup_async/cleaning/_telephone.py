"""Telephone numbers. Changing one can change which customer a record belongs to.

Room: cleaning. Pure. It needs the extra `clean`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, visible

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_SEVERAL = re.compile(r"\s*[/,;|]\s*| y |\s{2,}")
#: Six equal digits in a row are in use: 55 5555 0147 is a number of Mexico City. Eight are not, as far as is known.
_ROW = re.compile(r"(\d)\1{7}")
_REFUSED = re.compile(r"\d\+\d")
#: A number as a column of floats has it. Its zero would be one more digit.
_FLOAT = re.compile(r"(\+?\d{7,})[.,]0+", re.ASCII)
#: What was dialled before a number, by country code: trunk prefixes that are out of use, or the 1 of mobiles. The rest
#: is the number (plans of Mexico 2019, Chile 2016 and Colombia 2021).
_DIALLED = {
    52: re.compile(r"(?:52)?(?:044|045|01|1)(\d{10})", re.ASCII),
    56: re.compile(r"0(\d{9})", re.ASCII),
    57: re.compile(r"(?:0?3(?=3)|0)(\d{10})", re.ASCII),
}
#: The 9 and the 15 of mobiles of Argentina, which are not written together.
_BOTH = re.compile(r"9(\d{2,4}15\d{6,8})", re.ASCII)
_ARGENTINA = 54
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
    whole = _FLOAT.fullmatch(first)
    try:
        number = _undialled(phonenumbers.parse(whole[1] if whole else first, region, keep_raw_input=True))
    except phonenumbers.NumberParseException:
        return dropped("is not a telephone number")
    if not phonenumbers.is_valid_number(number) or _is_made_up(str(number.national_number)):
        return dropped("is not a telephone number in use")
    return compared(
        value, phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), "is written as E.164"
    )


def _undialled(number: PhoneNumber) -> PhoneNumber:
    """Return a number without what was dialled before it, if it is not valid with it."""
    import phonenumbers

    if phonenumbers.is_valid_number(number):
        return number
    digits, code = phonenumbers.national_significant_number(number), number.country_code or 0
    is_guessed = number.country_code_source == phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
    # 1 and ten digits may be a number of the United States, with its country code and without a +
    if is_guessed and digits[:1] == "1" and phonenumbers.is_valid_number(phonenumbers.parse(f"+{digits}")):
        return number
    if (found := _DIALLED[code].fullmatch(digits) if code in _DIALLED else None) is not None:
        return phonenumbers.parse(f"+{code}{found[1]}")
    if code == _ARGENTINA and (found := _BOTH.fullmatch(digits)) is not None:
        return phonenumbers.parse(f"0{found[1]}", "AR")
    return number


def is_refused_whole(value: str) -> bool:
    """Say whether the server would refuse the whole customer for this number (the vendor's clients)."""
    return bool(_REFUSED.search(value))


def _is_made_up(digits: str) -> bool:
    return bool(_ROW.search(digits)) or any(
        digits[start : start + 8] in stairs for start in range(len(digits) - 7) for stairs in (_STAIRS, _STAIRS[::-1])
    )
