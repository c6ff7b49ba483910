"""Keeps the log short: at most one line of a kind in a time.

Room: _ingest. Pure: the times come from the caller, in seconds.
"""

from __future__ import annotations

#: Seconds between two lines of one kind (guessed: an operator wants to see that a trouble comes again).
EVERY = 60.0


class LogRate:
    """Allows lines by kind.

    Args:
        every: seconds between two lines of one kind.

    """

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._said: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def allows(self, kind: str, now: float) -> int | None:
        """Return how many lines of this kind were left out before this one; None if this one is to be left out."""
        last = self._said.get(kind)
        if last is not None and now - last < self._every:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return None
        self._said[kind] = now
        return self._left_out.pop(kind, 0)
