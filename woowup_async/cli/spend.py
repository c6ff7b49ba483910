"""How long requests take at the account's limit.

Room: cli. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from woowup_async.policies import RateLimit


class LargerRequests(NamedTuple):
    """What a run costs if bulk requests are larger.

    Args:
        items: the purchases in a full request.
        requests: all requests of the run.
        is_learned: whether the account took requests of this size before.

    """

    items: int
    requests: int
    is_learned: bool


def seconds_for(requests: int, limit: RateLimit) -> float:
    """Return the seconds that a number of requests takes."""
    return requests * 60 / per_minute(limit)


def per_minute(limit: RateLimit) -> float:
    """Return the requests a minute that a run may send."""
    return limit.limit * limit.share * 60 / limit.segment


def requests_in(items: int, size_bytes: int, max_items: int, max_bytes: int) -> int:
    """Return how many bulk requests carry purchases, if all but the last are full."""
    return max(-(-items // max(1, max_items)), -(-size_bytes // max(1, max_bytes)))
