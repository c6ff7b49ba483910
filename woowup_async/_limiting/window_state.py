"""The state of a window as data.

Room: _limiting. Pure. Requests in flight are not in it: who shares a window says whose they are.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from woowup_async._limiting.bounded import Number, Segment, State
from woowup_async._limiting.foreign_traffic import ForeignState
from woowup_async._limiting.headers import MOST_LIMIT
from woowup_async._limiting.own_traffic import OwnState
from woowup_async._limiting.phase import PhaseState


class WindowState(State, frozen=True):
    """See `Window`."""

    announced: Annotated[int, Meta(ge=1, le=MOST_LIMIT)]
    phase: PhaseState
    blind: tuple[Number, ...]
    foreign: ForeignState
    own: OwnState
    first: Segment | None
    unsure_until: Segment
    unjudged_until: Segment | None
    is_cold: bool
    round_trip: Annotated[float, Meta(ge=0, le=1e6)]
    last_spent: Number
    cool_until: Number
