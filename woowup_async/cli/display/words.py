"""Text for terminals and pages: durations, and lines that fit.

Room: cli. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime

from woowup_async._text import printable

#: Longest line, for a terminal of 80 columns.
WIDTH = 79


def span(seconds: float) -> str:
    """Return a duration as text."""
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.1f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"


def left_text(seconds: float, low: float, high: float) -> str:
    """Return the time that is left, with its bounds, as text."""
    return f"about {span(seconds)} left ({span(low)} to {span(high)})"


def utc(seconds: float) -> datetime:
    """Return seconds since 1970 as a time."""
    return datetime.fromtimestamp(seconds, UTC)


def moment(at: float, now: float, form: str = "%H:%M:%S") -> str:
    """Return a time in UTC as text, with its date if that is not today."""
    when = utc(at)
    return f"{when:{form}}" if when.date() == utc(now).date() else f"{when:%d %b {form}}"


def lasting(began: float, ended: float | None, now: float, *, is_open: bool) -> str:
    """Return when something began and ended. Without an end it lasts, if `is_open`, or its end is not known."""
    start = moment(began, now)
    if ended is None:
        return f"since {start}" if is_open else f"{start}, its end is not known"
    if ended > now:
        return f"since {start}, until {moment(ended, now)}"
    return f"{start} to {moment(ended, began)}"


def unconfirmed_lines(count: int) -> Iterator[str]:
    """Explain unconfirmed purchases, and say what to do about them. Yields nothing if there are none."""
    if not count:
        return
    yield f"{count:,} purchases are unconfirmed: they are queued, but WoowUp drops those whose"
    yield "  customer does not exist. Load these customers, then run again with the same"
    yield "  journal: it sends these purchases again and reports what became of them."


def cut(text: str) -> str:
    """Return a printable line that fits on a terminal of 80 columns."""
    shown = printable(text, 10 * WIDTH)
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"


def wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    """Return a printable text as lines that fit on a terminal. Further lines begin with its own indent and this one."""
    own = text[: len(text) - len(text.lstrip())]
    lines = textwrap.TextWrapper(
        max(40, width - 1), initial_indent=own, subsequent_indent=own + indent, break_on_hyphens=False
    )
    return lines.wrap(printable(text.strip(), len(text)))
