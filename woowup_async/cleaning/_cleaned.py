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
