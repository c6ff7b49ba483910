"""Words for terminals and pages: durations, and lines that do not wrap.

Room: cli. Pure.
"""

from __future__ import annotations

#: A terminal of 80 columns.
WIDTH = 79


def span(seconds: float) -> str:
    """How long that is."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.1f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"


def cut(text: str) -> str:
    """A line that does not wrap at 80 columns."""
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
