"""Templates: text with {columns} in it, and parts in [brackets] that need all their columns.

Room: sources. Pure. `{{`, `}}`, `[[` and `]]` are the characters themselves. `{Number:08}` fills up with zeros, and
`{Code:upper}` changes the text of a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from woowup_async.sources.texts import CASES

_TOKENS = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{((?:[^{}])*)\}|[\[\]{}]")
_ZEROS = re.compile(r"0([1-9][0-9]?)")
Change = Callable[[str], str]


class Slot(NamedTuple):
    """A column in a template, and what changes its text."""

    column: str
    change: Change | None = None


class Part(NamedTuple):
    """A part of a template. A part that is optional is left out if one of its columns is empty."""

    pieces: tuple[str | Slot, ...]
    is_optional: bool


def parsed(template: str) -> tuple[Part, ...]:
    """Read a template.

    Raises:
        ValueError: a brace or a bracket has no partner, a format is unknown, or an optional part has no column.

    """
    parts: list[Part] = []
    pieces: list[str | Slot] = []
    is_inside, end = False, 0
    for token in _TOKENS.finditer(template):
        pieces.append(template[end : token.start()])
        end, text = token.end(), token[0]
        if text in ("{{", "}}", "[[", "]]"):
            pieces.append(text[0])
        elif token[1] is not None:
            pieces.append(_slot(token[1]))
        elif text in ("[", "]"):
            if (text == "]") != is_inside:
                raise ValueError(
                    f"template: {text!r} has no partner, or is inside another; write {text * 2} for {text}"
                )
            parts.append(_part(pieces, is_optional=is_inside))
            pieces, is_inside = [], not is_inside
        else:
            other = "}" if text == "{" else "{"
            raise ValueError(f"template: expected {other!r}: {text!r} has no partner; write {text * 2} for {text}")
    if is_inside:
        raise ValueError("template: '[' has no partner; write [[ for [")
    return (*parts, _part([*pieces, template[end:]], is_optional=False))


def columns_of(parts: tuple[Part, ...]) -> Iterator[str]:
    """Yield the columns of a template."""
    yield from (piece.column for part in parts for piece in part.pieces if isinstance(piece, Slot))


def filled(parts: tuple[Part, ...], cell: Callable[[str], str]) -> str | None:
    """Return the text, or None if a column is empty that is not in an optional part."""
    texts: list[str] = []
    for part in parts:
        text = _text(part, cell)
        if text is None and not part.is_optional:
            return None
        texts.append(text or "")
    return "".join(texts).strip() or None


def _part(pieces: list[str | Slot], *, is_optional: bool) -> Part:
    kept = tuple(piece for piece in pieces if piece != "")
    if is_optional and not any(isinstance(piece, Slot) for piece in kept):
        raise ValueError("template: an optional part needs a {column}; write [[ and ]] for brackets")
    return Part(kept, is_optional)


def _text(part: Part, cell: Callable[[str], str]) -> str | None:
    texts: list[str] = []
    for piece in part.pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if not (text := cell(piece.column)):
            return None
        texts.append(piece.change(text) if piece.change is not None else text)
    return "".join(texts)


def _slot(inside: str) -> Slot:
    column, mark, change = inside.rpartition(":")
    if not inside or (mark and not column):
        raise ValueError(f"template: {{{inside}}} is not a column")
    if mark and (change in CASES or _ZEROS.fullmatch(change)):
        zeros = _ZEROS.fullmatch(change)
        return Slot(column, partial(_padded, width=int(zeros[1])) if zeros else CASES[change])
    if mark and re.fullmatch(r"[a-z0-9.<>^+-]*", change):
        known = ", ".join(CASES)
        raise ValueError(f"template: {change!r} in {{{inside}}} is not a format: use 08 (zeros) or {known}")
    if re.search(r"![rsa]$", inside):
        raise ValueError(f"template: {{{inside}}} is not a column")
    return Slot(inside)


def _padded(text: str, width: int) -> str:
    return text.zfill(width)
