"""How far ahead a worker takes its permits, by how distant the store is.

Room: _limiting. Pure. A transaction takes two round trips, and is done again if another worker was faster. A distant
store leaves time for few transactions, so each of them takes more.
"""

from __future__ import annotations

from typing import NamedTuple

#: Seconds that a permit may be given in advance, for a segment of 30 seconds; the second while there are interactive
#: calls. docs/limiter.md: a shared budget.
_LEAD, _LEAD_WITH_CALLS = 0.4, 0.1
#: Seconds after which a worker that has not come for its turn is passed over, for a segment of 30 seconds.
#: docs/limiter.md: a shared budget.
_GRACE = 0.3
#: Seconds of a round trip, above which a store is distant. docs/limiter.md: a shared budget.
_DISTANT = 0.03
#: Round trips to a distant store that are added to the lead, and to the grace: four transactions, and three.
#: docs/limiter.md: a shared budget.
_LEAD_TRIPS, _GRACE_TRIPS = 8, 6
#: Part of a segment that may be added at most. docs/limiter.md: a shared budget.
_MOST = 0.033
#: Most seconds of jitter after a conflict; doubled for each conflict in a row. docs/limiter.md: a shared budget.
_CONFLICT = 0.01
#: The shortest time between two looks. docs/limiter.md: a shared budget.
SOON = 0.02


class Ahead(NamedTuple):
    """How far ahead a worker takes its permits.

    Args:
        lead: seconds that a permit may be given in advance.
        most_lead: the same if there are no interactive calls.
        grace: seconds after which a worker that has not come for its turn is passed over.
        permits: bulk permits that a worker may take in one turn.

    """

    lead: float
    most_lead: float
    grace: float
    permits: int


def ahead_of(segment: float, latency: float, *, has_calls: bool) -> Ahead:
    """Return how far ahead to go, for a segment and a round trip to the store in seconds.

    A call waits behind the bulk permits that were given before it, so there are fewer of them while there are calls.
    """
    scale, most = min(1.0, segment / 30), _MOST * segment
    trip = latency if latency > _DISTANT else 0.0
    lead, most_lead = (seconds * scale + min(_LEAD_TRIPS * trip, most) for seconds in (_LEAD_WITH_CALLS, _LEAD))
    return Ahead(
        lead if has_calls else most_lead,
        most_lead,
        max(_GRACE * scale, SOON) + min(_GRACE_TRIPS * trip, most),
        2 if trip and not has_calls else 1,
    )


def jitter_of(latency: float, *, has_turn: bool) -> float:
    """Return the most seconds to wait after a first conflict, for a round trip to the store in seconds.

    With a distant store, a worker that has no permit to take gives way to the one that has.
    """
    if latency <= _DISTANT:
        return _CONFLICT
    return 0.0 if has_turn else latency
