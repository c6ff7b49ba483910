"""How long requests take at the account's limit.

Room: cli. Pure.
"""

from __future__ import annotations

from woowup_async.policies import RateLimit


def seconds_for(requests: int, limit: RateLimit) -> float:
    """Return the seconds that a number of requests takes."""
    return requests * 60 / per_minute(limit)


def per_minute(limit: RateLimit) -> float:
    """Return the requests a minute that a run may send."""
    return limit.limit * limit.share * 60 / limit.segment
