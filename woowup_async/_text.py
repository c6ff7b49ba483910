"""Text from data or from a server, made safe to print and bounded in length.

Room: nouns. Pure. Use it when such text enters an error, a reason, a log or a page.
"""

from __future__ import annotations

#: Letters with which Spanish and Portuguese go beyond ASCII, and signs that are often next to them.
_LETTERS = frozenset("áéíóúüñÁÉÍÓÚÜÑàâãçêôõÀÂÃÇÊÔÕ°ºª¿¡€“”‘’–")
#: Encodings of files that are not UTF-8, the most likely first (guessed: Windows, its console, old Macs).
_ENCODINGS = ("cp1252", "cp850", "mac_roman")


def likely_encoding(text: str) -> str:
    """Return the encoding in which a text was probably written.

    Args:
        text: was read with `surrogateescape`, and has bytes that its encoding does not have.

    """
    escaped = bytes(ord(each) - 0xDC00 for each in text if "\udc80" <= each <= "\udcff")
    counts = [sum(each in _LETTERS for each in escaped.decode(name, "replace")) for name in _ENCODINGS]
    return _ENCODINGS[counts.index(max(counts))]


def printable(text: str, most: int = 200) -> str:
    """Return `text` without control characters. A longer text is cut to `most` characters and an ellipsis.

    Line ends and tabs become spaces. Other characters that do not print (C0, C1, escape sequences, marks that change
    the writing direction, halves of surrogate pairs) are written as escapes, such as a backslash and `x1b`.
    """
    text = str.__str__(text)  # the plain text, even if a subclass overrides methods
    if len(text) <= most and text.isprintable():
        return text
    shown = text[:most]
    if not shown.isprintable():
        shown = "".join([one if one.isprintable() else _escaped(one) for one in shown])
    return shown if len(text) <= most and len(shown) <= most else f"{shown[:most]}…"


def counted(count: int, what: str) -> str:
    """Return a count with its noun: `1 row`, `2,000 rows`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def class_name(value: object) -> str:
    """Return the name of an object's class as printable text, even if its class overrides `__name__`."""
    return printable(type.__dict__["__name__"].__get__(type(value)))


def _escaped(one: str) -> str:
    return " " if one.isspace() else ascii(one)[1:-1]


def in_lower_case(identifier: str) -> str | None:
    """Return an e-mail address, as `email:value`, in lower case; None for another identifier."""
    return identifier.lower() if identifier.startswith("email:") else None
