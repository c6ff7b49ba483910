"""The time that requests take at the account's limit."""

import pytest

from woowup_async import RateLimit
from woowup_async.cli.spend import per_minute, requests_in, seconds_for


@pytest.mark.parametrize(
    ("limit", "rate"),
    [
        (RateLimit(), 140.0),
        (RateLimit(share=0.5), 70.0),
        (RateLimit(segment=0.5), 8_400.0),
        (RateLimit(limit=35), 70.0),
    ],
)
def test_the_limit_and_the_share_give_the_pace(limit: RateLimit, rate: float) -> None:
    assert per_minute(limit) == pytest.approx(rate)
    assert seconds_for(int(rate), limit) == pytest.approx(60)
    assert seconds_for(0, limit) == 0


def test_requests_of_a_size() -> None:
    """The limit that is reached first counts. The last figures are of 2 million purchases of 500 bytes."""
    assert requests_in(0, 0, 100, 1_000) == 0
    assert requests_in(101, 1_000, 100, 10_000) == 2
    assert requests_in(101, 40_000, 100, 10_000) == 4
    minutes = [seconds_for(requests_in(2_000_000, 10**9, items, 2 * 2**20), RateLimit()) / 60 for items in (100, 1_000)]
    assert [round(each) for each in minutes] == [143, 14]
