"""What a number of requests takes, at the account's limit.

Room: cli. Pure.
"""

from __future__ import annotations

from woowup_async.policies import RateLimit


def seconds_for(requests: int, limit: RateLimit) -> float:
    """Seconds that so many requests take."""
    return requests * 60 / per_minute(limit)


def per_minute(limit: RateLimit) -> float:
    """Requests a minute that the account's limit leaves to this run."""
    return limit.limit * limit.share * 60 / limit.segment
