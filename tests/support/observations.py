"""Observations of answers for the limiter."""

from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Observation, OwnCounts


def observation(
    remaining: float | None,
    elapsed: float = 10.0,
    *,
    segment: int = 0,
    previous: int = 0,
    answered: int = 1,
    in_flight: int = 0,
    sent: float = 0.0,
    refused: bool = False,
    limit: int = 70,
) -> Observation:
    weight = 1 - elapsed / 30
    own = OwnCounts(previous, previous, answered, answered, answered, in_flight)
    return Observation(
        limit, remaining, SegmentTime(segment, elapsed), (weight, weight), sent, sent + 0.1, refused, own
    )
