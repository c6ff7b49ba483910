"""Values that say nothing: what exports write where an identifier is missing.

Room: models. Pure. Two customers without an identifier must never become one customer that is called "NULL".
"""

from __future__ import annotations

import re
from unicodedata import category

#: Compared without blanks and letter case, also in quotes or brackets: `[NULL]` is DBeaver's, `(null)` is Oracle's.
#: `\\N` is MySQL's, "nan" is pandas's, "undefined" is JavaScript's.
_WORDS = frozenset(("null", "\\n", "none", "nan", "undefined"))
#: What pandas writes for a missing time. In other letter case it may be a name: Nat.
_NO_TIME = "NaT"
#: "<na>" is pandas's, "-nan" that of C, and the zeros are those of .NET. Excel writes those with # where a formula has
#: no result, in English, Spanish or Portuguese.
_TOKENS = _WORDS | frozenset((
    "<na>", "-nan", "?",
    "n/a", "#n/a", "#n/d", "#ref!", "#¡ref!", "#value!", "#¡valor!", "#valor!", "#name?", "#¿nombre?",
    "#nome?", "#div/0!", "#¡div/0!", "#num!", "#¡num!", "#null!", "#¡nulo!", "#nulo!",
    "00000000-0000-0000-0000-000000000000",
))  # fmt: skip
#: What people and programs write into an empty cell. Any dash is one of them.
_SIGNS = frozenset(".,;:_*/|'\"()[]{}<>=")
_AROUND = "\"'()[]<>{}="
#: The first letters and digits of these words. Other texts that begin with a letter or a digit are identifiers.
FIRST = frozenset("nNuU0")
#: Blanks, controls and characters of no width.
_INVISIBLE = re.compile("[\\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def is_absent_identifier(text: str) -> bool:
    """Whether a text is not an identifier: blanks, dashes, points and brackets alone, or a word for a missing value."""
    first = text[:1]
    if first.isalnum() and first not in FIRST:  # nearly always
        return False
    shown = _INVISIBLE.sub("", text)
    visible = shown.casefold()
    if visible in _TOKENS or visible.strip(_AROUND) in _WORDS or shown == _NO_TIME:
        return True
    return all(each in _SIGNS or category(each) == "Pd" for each in visible)
