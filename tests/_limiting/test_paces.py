"""The pace of each lane."""

import pytest

from woowup_async._limiting.gate import BURST, STEADY, Pace
from woowup_async._limiting.paces import pace_of, reserve_of
from woowup_async.policies import Lane, RateLimit


@pytest.mark.parametrize(
    ("lane", "waiting", "idle", "pace"),
    [
        (Lane.INTERACTIVE, 70, 0.0, BURST),
        (Lane.INTERACTIVE, 71, 0.0, Pace(evenly=False)),
        (Lane.BULK, 5, 60.0, Pace(withheld=4)),
        (Lane.BULK, 5, 60.1, STEADY),
    ],
)
def test_a_lane_has_its_pace(lane: Lane, waiting: int, idle: float, pace: Pace) -> None:
    assert pace_of(lane, waiting, idle, RateLimit()) == pace


def test_the_reserve_is_a_tenth_and_four_at_most() -> None:
    assert [reserve_of(RateLimit(limit=limit)) for limit in (9, 20, 70)] == [0, 2, 4]
    assert reserve_of(RateLimit(reserve=7)) == 7
