"""The time that requests take at the account's limit."""

import pytest

from woowup_async import RateLimit
from woowup_async.cli.spend import per_minute, seconds_for


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
