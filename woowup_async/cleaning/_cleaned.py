"""What a rule returns.

Room: cleaning. Pure.
"""

from __future__ import annotations

import unicodedata
from typing import Any, NamedTuple


class Cleaned(NamedTuple):
    """A value after a rule.

    Attributes:
        value: what to send; None where it should not be sent.
        changed: whether it is another one than before.
        why: what was done to it; "" where nothing was.

    """

    value: Any
    changed: bool = False
    why: str = ""


def dropped(why: str) -> Cleaned:
    """A value that had better not be sent."""
    return Cleaned(None, True, why)


def compared(old: Any, new: Any, why: str) -> Cleaned:
    """A value that may be as it was."""
    return Cleaned(old) if new == old else Cleaned(new, True, why)


def unaccented(text: str) -> str:
    """Letters without their marks; ñ becomes n."""
    return "".join(each for each in unicodedata.normalize("NFD", text) if unicodedata.category(each) != "Mn")
