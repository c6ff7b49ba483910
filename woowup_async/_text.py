"""Text of others as a person may see it: no control characters, and not without end.

Room: level 1, nouns. Pure. Used wherever text of data or of a server is put into a message, a log line or a terminal.
"""

from __future__ import annotations

import re

#: Controls (C0, DEL, C1), characters of no width, line separators, directions of writing, halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    "|[\U000e0000-\U000e007f]"
)


def printable(text: str, most: int = 200) -> str:
    r"""Write unsafe characters as escapes, such as `\x1b`, and cut what is longer than `most` characters."""
    text = str.__str__(text)
    cut = text[:most]
    safe = _UNSAFE.sub(_escaped, cut) if _UNSAFE.search(cut) else cut
    return safe if len(text) <= most and len(safe) <= most else f"{safe[: max(0, most - 1)]}…"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
