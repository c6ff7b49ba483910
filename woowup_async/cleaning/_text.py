"""Streets, postcodes, names and gender.

Room: cleaning. Pure.
"""

from __future__ import annotations

import json
import re

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped

#: The server's limit for a street, counted in JSON as PHP writes it (the vendor's clients, 2025-10).
MAX_STREET = 100
#: The same for a postcode (the vendor's newest client).
MAX_POSTCODE = 16
_GENDERS = {
    "f": "f",
    "femenino": "f",
    "female": "f",
    "mujer": "f",
    "m": "m",
    "masculino": "m",
    "male": "m",
    "varon": "m",
}
_GENDERS |= {"varón": "m", "hombre": "m"}
_PARTICLES = {"de", "del", "la", "las", "los", "y", "e", "da", "das", "do", "dos", "van", "von", "di"}


def street(value: str) -> Cleaned:
    """Cut a street to the length that the server accepts. It refuses the whole customer for a longer one."""
    return _cut(value, MAX_STREET)


def postcode(value: str) -> Cleaned:
    """Cut a postcode to the length that the server accepts."""
    return _cut(value, MAX_POSTCODE)


def gender(value: str) -> Cleaned:
    """Read the usual words for "f" and "m". Drop others, since an empty value might clear the stored one."""
    found = _GENDERS.get(value.strip().lower())
    if not found:
        return dropped("is not a gender of the API")
    return compared(value, found, "is written as the API needs it")


def name(value: str) -> Cleaned:
    """Write a name that is all in upper or lower case with initial capitals. Leave others unchanged."""
    text = " ".join(value.split())
    if not text:
        return dropped("is empty")
    if text.isupper() or text.islower():
        text = " ".join(_capitalized(word, index) for index, word in enumerate(text.lower().split()))
    return compared(value, text, "is written as names are")


def _capitalized(word: str, index: int) -> str:
    if index and word in _PARTICLES:
        return word
    return re.sub(r"(^|['’-])(\w)", lambda found: found[1] + found[2].upper(), word)


def _cut(value: str, most: int) -> Cleaned:
    text = value.strip()
    if _measure(text) > most:
        low, high = 0, len(text)
        while low < high:  # the longest prefix that fits
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _measure(text[:middle]) <= most else (low, middle - 1)
        return Cleaned(text[:low].rstrip(), True, f"is cut to {most} units as the server counts them")
    return compared(value, text, "has no space around it") if text else dropped("is empty")


def _measure(text: str) -> int:
    return len(json.dumps(text).replace("/", "\\/")) - 2
