"""Words for terminals and pages: durations, and lines that do not wrap.

Room: cli. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from woowup_async._text import printable

#: A terminal of 80 columns.
WIDTH = 79


def span(seconds: float) -> str:
    """How long that is."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.1f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"


def unconfirmed_lines(count: int) -> Iterator[str]:
    """What unconfirmed purchases are, and what to do about them; nothing if there are none."""
    if not count:
        return
    yield f"{count:,} purchases are unconfirmed: they are queued, and WoowUp drops those whose"
    yield "  customer does not exist. Load these customers, then run again with the same"
    yield "  journal: then their purchases are sent again, and counted."


def cut(text: str) -> str:
    """A printable line that does not wrap at 80 columns."""
    shown = printable(text, 10 * WIDTH)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"
