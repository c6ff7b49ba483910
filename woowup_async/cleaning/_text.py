"""Streets, postcodes, names and gender.

Room: cleaning. Pure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable

from woowup_async.cleaning._cleaned import Cleaned, compared, dropped, visible

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
_GENDERS |= {"varón": "m", "hombre": "m", "masculina": "m", "homem": "m"}
_GENDERS |= {"femenina": "f", "feminino": "f", "feminina": "f", "mulher": "f"}
#: II to XXXIX: what stands behind names, and before regions and sections. One letter alone is an initial.
_ROMAN = re.compile(r"(?=[ivx]{2})x{0,3}(?:ix|iv|v?i{0,3})")
#: Letters of a value that is a code, at most: SP, DF, GBA.
_CODE = 3
#: Places that are spoken by their letters although they have vowels.
_SHORT_FOR = {"caba", "amba", "edomex"}
_NO_VOWEL = re.compile(r"[bcdfghjklmnñpqrstvwxz]{2,4}")
#: Without a vowel, and yet words that are cut short.
_TITLES = {"bs", "dr", "jr", "mr", "sr", "st"}
#: Several words without blanks: Janeiro-RJ, Paulo/SP.
_PARTS = re.compile("([-/,])")
#: The code of a state behind a city: - BA, (PA). An article is not one: RIOJA, LA.
_CODE_AT_END = re.compile(r"(?<=[-/,(])\s*(?!la|el|as|os)[^\W\d_]{2}\)?\Z", re.IGNORECASE)
_MC = re.compile(r"\b(Mc)([^\W\d_])(?=[^\W\d_]{2})")
_PARTICLES = {"de", "del", "la", "las", "los", "y", "e", "da", "das", "do", "dos", "van", "von", "di"}


def street(value: str) -> Cleaned:
    """Cut a street to the length that the server accepts. It refuses the whole customer for a longer one."""
    return _cut(value, MAX_STREET)


def postcode(value: str) -> Cleaned:
    """Cut a postcode to the length that the server accepts."""
    return _cut(value, MAX_POSTCODE)


def gender(value: str) -> Cleaned:
    """Read the usual words for "f" and "m". Drop others, since an empty value might clear the stored one."""
    found = _GENDERS.get(unicodedata.normalize("NFKC", visible(value)).strip().lower())
    if not found:
        return dropped("is not a gender of the API")
    return compared(value, found, "is written as the API needs it")


def name(value: str) -> Cleaned:
    """Write a name that is all in upper or lower case with initial capitals. Leave others unchanged.

    A Roman numeral after the first word is written in capitals: PAZ II becomes Paz II.
    """
    return _written(value, _name_word)


def place(value: str) -> Cleaned:
    """Write a city, state or department like a name. Leave codes and abbreviations in capitals.

    A code is a value of up to three letters (SP, GBA). An abbreviation is a word without a vowel (CDMX) or a known one
    (CABA).
    """
    if len(text := " ".join(visible(value).split())) <= _CODE and text.isalpha():
        return compared(value, text, "has no space around it")
    return _written(value, _place_word, _CODE_AT_END)


def _written(value: str, word_of: Callable[[str, int], str], code: re.Pattern[str] | None = None) -> Cleaned:
    text = " ".join(visible(value).split())
    if not text:
        return dropped("is empty")
    if text.isupper() or text.islower():
        words = [word_of(word, index) for index, word in enumerate(text.lower().split())]
        if len(words) > 1 and len(words[-1]) == 1:  # an initial, not the word for "and" between names
            words[-1] = words[-1].upper()
        text = " ".join(words)
        text = code.sub(lambda found: found[0].upper(), text) if code else text
    return compared(value, text, "is written as names are")


def _name_word(word: str, index: int) -> str:
    return word.upper() if index and _ROMAN.fullmatch(word) else _capitalized(word, index)


def _place_word(word: str, index: int) -> str:
    if len(parts := _PARTS.split(word)) > 1:
        return "".join(_place_word(part, index) if place % 2 == 0 else part for place, part in enumerate(parts))
    letters = word.strip("()[].,;:-")
    is_spelt = _NO_VOWEL.fullmatch(letters) and letters not in _TITLES and not word.endswith(".")
    if letters in _SHORT_FOR or is_spelt or _ROMAN.fullmatch(letters):
        return word.upper()
    return _capitalized(word, index)


def _capitalized(word: str, index: int) -> str:
    if index and word in _PARTICLES:
        return word
    word = re.sub(r"""(^|['’.(\["“«/,&-])(\w)""", lambda found: found[1] + found[2].upper(), word)
    return _MC.sub(lambda found: found[1] + found[2].upper(), word)


def _cut(value: str, most: int) -> Cleaned:
    text = visible(value).strip()
    if _measure(text) > most:
        low, high = 0, len(text)
        while low < high:  # the longest prefix that fits
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _measure(text[:middle]) <= most else (low, middle - 1)
        return Cleaned(text[:low].rstrip(), True, f"is cut to {most} units as the server counts them")
    return compared(value, text, "has no space around it") if text else dropped("is empty")


def _measure(text: str) -> int:
    return len(json.dumps(text).replace("/", "\\/")) - 2
