"""Changes of a text that a mapping can ask for: letter case, digits, names, and the guards of spreadsheets.

Room: sources. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

_BLANKS = re.compile(r"\s+")
_NO_DIGITS = re.compile(r"[^0-9]+")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")
#: What the API takes (purchases page).
_SKU = re.compile(r"[a-zA-Z0-9_%][a-zA-Z0-9_%-]+")
_NO_CODE = re.compile(r"[^a-zA-Z0-9_%]+")
#: A whole number as a column of floats has it.
_FLOAT = re.compile(r"[0-9]+\.0")
#: A long number that a spreadsheet or a program wrote in short: 9,01381E+12, 3.0111222E7. Lamps have codes like 9.5E27.
_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]{1,3}|[0-9][.,][0-9]{2,}[Ee](?:[7-9]|[12][0-9])")
#: A spreadsheet shows '0123 and ="0123" as 0123.
_APOSTROPHE = re.compile(r"'(?=[-+=@0-9])")
_FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def shorn(text: str) -> str:
    """Trim a text, also of characters that cannot be seen: U+200B, U+FEFF, marks of direction, hard blanks."""
    text = text.strip()
    while not text.isascii() and (_is_unseen(text[0]) or _is_unseen(text[-1])):
        text = (text[1:] if _is_unseen(text[0]) else text[:-1]).strip()
        if not text:
            break
    return text


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf"


def without_accents(text: str) -> str:
    """Return a text in lower case without accents."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def slug(text: str) -> str:
    """Return lower-case letters and digits without accents, with - for everything between them."""
    return _NO_LETTERS.sub("-", without_accents(text)).strip("-")


def sku(text: str) -> str:
    """Return a text as a code of a product: without accents, with - for what the API does not take.

    The API takes no code of one character, so `7` becomes `7-`. The guards of spreadsheets and the .0 of a number are
    left out.

    Raises:
        ValueError: no character is left.

    """
    text = unguarded(text)
    if _FLOAT.fullmatch(text):
        text = text[:-2]
    if _SKU.fullmatch(text):  # nearly always
        return text
    split = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in split if not unicodedata.combining(letter))
    code = _NO_CODE.sub("-", plain).lstrip("-")
    if not code:
        raise ValueError(text)
    return code if len(code) > 1 else f"{code}-"


def digits(text: str) -> str:
    """Return the digits 0 to 9 of a text."""
    return _NO_DIGITS.sub("", text)


def trim(text: str) -> str:
    """Return a text with one blank in place of several, and none at its ends."""
    return _BLANKS.sub(" ", text).strip()


#: By their names in a mapping.
CASES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"upper": str.upper, "lower": str.lower, "digits": digits, "slug": slug, "trim": trim}
)


def unguarded(text: str) -> str:
    """Return the text that a spreadsheet shows for `'0123` and `="0123"`."""
    if text[:1] not in ("'", "="):  # nearly always
        return text
    if formula := _FORMULA.fullmatch(text):
        return formula[1].replace('""', '"').strip()
    return text[1:] if _APOSTROPHE.match(text) else text


def is_shortened(text: str) -> bool:
    """Return whether a text is a number without its last digits, so that several numbers are written like it."""
    return _SHORTENED.fullmatch(text) is not None


def first_name(text: str) -> str:
    """Return the first name of a full name: what follows a comma, or the first word."""
    last, comma, first = text.partition(",")
    return first.strip() if comma else last.split(maxsplit=1)[0]


def last_name(text: str) -> str:
    """Return the last name of a full name: what precedes a comma, or all words after the first one."""
    last, comma, _ = text.partition(",")
    return last.strip() if comma else " ".join(last.split()[1:])
