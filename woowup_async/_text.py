"""Text from data or from a server, made safe to show.

Room: level 1, nouns. Pure. Used wherever such a text enters a terminal, a log or an error.
"""

from __future__ import annotations


def printable(text: str, most: int = 200) -> str:
    """Return a text on one line, without characters that a terminal obeys; one that is longer than `most` is cut.

    Control characters (C0, C1, DEL), those that change the direction of writing, line separators and halves of
    characters become escapes such as `\\x1b`; other blanks become spaces.
    """
    if not text.isprintable():
        # what is beyond the cut is not looked at
        text = "".join(map(_shown, text[: most + 1]))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    if character in "\t\n\r" or (character.isspace() and character > "\x9f" and character not in "\u2028\u2029"):
        return " "
    return character.encode("ascii", "backslashreplace").decode() if character > "\x7f" else f"\\x{ord(character):02x}"
