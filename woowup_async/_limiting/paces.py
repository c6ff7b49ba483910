"""The pace of each lane.

Room: _limiting. Pure.
"""

from __future__ import annotations

from woowup_async._limiting.gate import BURST, STEADY, Pace
from woowup_async.policies import Lane, RateLimit

_QUEUE = Pace(evenly=False)


def pace_of(lane: Lane, waiting: int, idle: float, rate_limit: RateLimit) -> Pace:
    """Return the pace of a lane in which `waiting` tasks wait. The last interactive permit was `idle` seconds ago."""
    if lane is Lane.INTERACTIVE:
        # a long queue is a load like bulk: it keeps the slack, so that other programs can show themselves
        return BURST if waiting <= rate_limit.limit else _QUEUE
    return Pace(withheld=reserve_of(rate_limit)) if idle <= 2 * rate_limit.segment else STEADY


def reserve_of(rate_limit: RateLimit) -> int:
    """Return the permits that bulk leaves to the interactive lane."""
    return min(4, rate_limit.limit // 10) if rate_limit.reserve is None else rate_limit.reserve
