"""Values that say nothing: what exports write where an identifier is missing.

Room: models. Pure. Two customers without an identifier must never become one customer that is called "NULL".
"""

from __future__ import annotations

import re

#: Compared without blanks and letter case. `\\N` is MySQL's; "nan" and "<na>" are pandas's. Excel writes those with #
#: where a formula has no result, in English, Spanish or Portuguese.
_TOKENS = frozenset((
    "null", "\\n", "none", "nan", "<na>", "n/a", "#n/a", "#n/d", "#ref!", "#¡ref!", "#value!", "#¡valor!", "#valor!",
    "#name?", "#¿nombre?", "#nome?",
))  # fmt: skip
#: Blanks, controls and characters of no width.
_INVISIBLE = re.compile("[\\s\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def is_absent_identifier(text: str) -> bool:
    """Whether a text is not an identifier: nothing visible in it, or a word for a missing value."""
    first = text[:1]
    if first.isalnum() and first not in "nN":  # nearly always
        return False
    visible = _INVISIBLE.sub("", text)
    return not visible or visible.casefold() in _TOKENS
