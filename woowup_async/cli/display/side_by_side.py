"""Records as they would be sent, side by side with the cells that they were made from.

Room: cli. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from woowup_async._text import printable

#: Between the two sides.
_MARK = " │ "
#: The narrowest and the widest line that is laid out (guessed), and the longest column of names.
_LEAST, _MOST, _NAMES = 60, 160, 24


class Line(NamedTuple):
    """One field: its name and value as sent, and the cells of the columns that its rule reads."""

    name: str
    value: Any
    cells: Sequence[tuple[str, str]]


def laid_out(lines: Iterable[Line], width: int) -> Iterator[str]:
    """Yield the fields of one record. A text that does not fit is cut.

    Args:
        lines: the fields. One with neither a value nor cells is a heading.
        width: columns of the terminal.

    """
    room = min(max(width - 1, _LEAST), _MOST) - len(_MARK)
    left = room // 2
    listed = list(lines)
    names = min(_NAMES, max((len(line.name) for line in listed if line.value is not None), default=0))
    if listed:
        yield f"{'  as sent':<{left}}{_MARK}in the file"
    for line in listed:
        if line.value is None and not line.cells:
            yield f"  {line.name}"
            continue
        value = "" if line.value is None else shown(line.value)
        sent = f"  {cut(line.name, names):<{names}}  {value}" if value or line.name else ""
        rows = [f"{column}: {cell}" for column, cell in line.cells] or [""]
        yield f"{cut(sent, left):<{left}}{_MARK}{cut(rows[0], room - left)}".rstrip()
        for row in rows[1:]:
            yield f"{'':<{left}}{_MARK}{cut(row, room - left)}".rstrip()


def flat(fields: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return the members of objects under dotted names. Lists stay whole."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, dict) and value:
            found |= flat(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found


def shown(value: Any) -> str:
    """Return a value as text: a text as it is, anything else as JSON."""
    if isinstance(value, str | Decimal):
        return printable(str(value), 1_000)
    return printable(json.dumps(value, ensure_ascii=False, default=str), 1_000)


def cut(text: str, width: int) -> str:
    """Return a printable text of at most this many characters."""
    text = printable(text, 10 * max(1, width))
    return text if len(text) <= width else f"{text[: max(0, width - 1)]}…"
