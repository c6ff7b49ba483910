"""What is known of spending beside the window itself: an answer, a permit in flight, what another process spent.

Room: _limiting. Pure.
"""

from __future__ import annotations

import msgspec

from woowup_async._limiting.reading import Reading


class Limits(msgspec.Struct, frozen=True, gc=False):
    """What one answer says of the budget; None where it says nothing, or nonsense."""

    limit: int | None = None
    remaining: float | None = None
    reset: float | None = None
    date: float | None = None


class Spent(msgspec.Struct, eq=False, gc=False):
    """One spent permit, in flight until it is settled."""

    sent: float


class Memory(msgspec.Struct, frozen=True):
    """What a limiter must not forget when its process ends: its spending, by the server's clock.

    Args:
        limit: as last announced.
        ahead: the server's clock less the wall clock, at least and at most; None where the phase was not known.
        boundary: a segment's end, on the server's clock.
        spent: our requests by the end of their segment.
        loose: wall-clock times of requests that have no segment, those in flight among them.
        reading: what `remaining` means.

    """

    limit: int
    ahead: tuple[float, float] | None
    boundary: float
    spent: dict[float, int]
    loose: tuple[float, ...]
    reading: Reading | None
