"""Text with control characters, and a search for characters that must not be shown."""

from __future__ import annotations

import re

#: Colours and a title, C1, DEL, other writing directions, separators of lines, markup and emoji codes of rich.
HOSTILE = "a\x1b[31m\x1b]0;title\x07\x9b2J\x7f\u202eb\u2066\u2028\u2029\u200f[red]c[/red] <u>:smile:\rd"
#: The same with half of a surrogate pair, for texts in Python.
HALVED = f"{HOSTILE}\udce9"
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def obeyed(text: str) -> list[str]:
    """Return the characters that must not be shown. Line feeds and tabs are allowed."""
    return _OBEYED.findall(text)
