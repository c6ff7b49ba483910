"""Types of a state that can be written to a store and read by another process.

Room: _limiting. Pure. Each number has bounds, so that a damaged state is an error when it is decoded, and no NaN or
infinity gets into the window. Times are seconds of one clock.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

#: "Never", as a time in seconds: before the origin of any clock. docs/limiter.md: a shared budget.
AGES_AGO = -1e12

Number = Annotated[float, Meta(ge=-1e13, le=1e13)]
Amount = Annotated[float, Meta(ge=-1e9, le=1e9)]
Count = Annotated[int, Meta(ge=0, le=10**9)]
#: A random name, or a number that counts up for years.
Ordinal = Annotated[int, Meta(ge=0, le=2**62)]
Segment = Annotated[int, Meta(ge=-(10**13), le=10**13)]


class State(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True, gc=False):
    """A part of a state. It is written as an array of exactly this length."""


def in_bounds(time: float) -> float:
    """Return a time that a state can have: minus infinity becomes `AGES_AGO`."""
    return max(AGES_AGO, time)
