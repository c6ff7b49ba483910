"""The result of a rule.

Room: cleaning. Pure.
"""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple


class Cleaned(NamedTuple):
    """A value after a rule.

    Attributes:
        value: what to send; None if it should not be sent.
        changed: whether it differs from the old value.
        why: what was done to it; "" if nothing.

    """

    value: Any
    changed: bool = False
    why: str = ""


def dropped(why: str) -> Cleaned:
    """Return the result for a value that should not be sent."""
    return Cleaned(None, True, why)


def compared(old: Any, new: Any, why: str) -> Cleaned:
    """Return the result for a value that may have changed."""
    return Cleaned(old) if new == old else Cleaned(new, True, why)


def unaccented(text: str) -> str:
    """Return text without accents and other marks. ñ becomes n."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if unicodedata.category(each) != "Mn")


#: Joiners that letters of some scripts, and emojis, are written with.
_JOINERS = "\u200c\u200d"
#: Marks that choose how a letter is drawn, and have no width of their own.
_SELECTORS = frozenset((*map(chr, range(0xFE00, 0xFE10)), "\u034f"))


def visible(text: str, *, joined: bool = True) -> str:
    """Take out what cannot be seen: format and control characters, such as U+200B, U+FEFF and those of direction.

    They come with copied text and with files that were put together. White space stays.

    Args:
        text: any.
        joined: keep the joiners U+200C and U+200D and the marks that choose a form, which change how a name looks.

    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        each
        for each in text
        if (each in _JOINERS and joined)
        or each.isspace()
        or (unicodedata.category(each) not in ("Cf", "Cc") and (joined or each not in _SELECTORS))
    )


def composed(text: str) -> str:
    """Write letters with accents as one character, and letters of full and half width as usual ones (RFC 8265)."""
    if text.isascii():
        return text
    usual = (
        unicodedata.normalize("NFKC", each) if unicodedata.east_asian_width(each) in "FH" else each for each in text
    )
    return unicodedata.normalize("NFC", "".join(usual))
