"""Data that goes in and out of the window: an answer's limits, a permit in flight, the memory of a process.

Room: _limiting. Pure.
"""

from __future__ import annotations

import msgspec

from woowup_async._limiting.reading import Reading


class Limits(msgspec.Struct, frozen=True, gc=False):
    """The rate-limit headers of one answer. None stands for a value that is missing or not plausible."""

    limit: int | None = None
    remaining: float | None = None
    reset: float | None = None
    date: float | None = None

    def plausible_reset(self, segment: float) -> float | None:
        """Return `reset`; None if it is missing, or too far from the answer's own `Date` to end a segment."""
        if self.reset is None or self.date is None:
            return self.reset
        return self.reset if abs(self.reset - self.date) <= 2 * segment + 2 else None


class Spent(msgspec.Struct, eq=False, gc=False):
    """One spent permit, in flight until its answer comes or is given up."""

    sent: float


class Memory(msgspec.Struct, frozen=True):
    """What the next process of an account must know, by the server's clock.

    Args:
        limit: the limit as last announced.
        ahead: the server's clock minus the wall clock, at least and at most; None if the phase was not known.
        boundary: the end of any segment, on the server's clock.
        spent: our requests, by the end of their segment; not whole if they are a part of a larger number.
        loose: wall-clock times of requests without a segment, including those in flight.
        reading: what `remaining` means; None while it is open.

    """

    limit: int
    ahead: tuple[float, float] | None
    boundary: float
    spent: dict[float, float]
    loose: tuple[float, ...]
    reading: Reading | None

    @property
    def clock_skew(self) -> float | None:
        """The server's clock minus the wall clock, in seconds; None if the phase was not known."""
        return None if self.ahead is None else sum(self.ahead) / 2
