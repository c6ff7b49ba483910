"""Snapshots for people and dashboards."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async.statistics import (
    WAIT_BOUNDS,
    LaneStatistics,
    LimiterStatistics,
    PoolStatistics,
    WaitHistogram,
)

NONE = WaitHistogram((0,) * (len(WAIT_BOUNDS) + 1))


def account(spent: int, throttled: int = 0) -> LimiterStatistics:
    lane = LaneStatistics(spent, 0, NONE)
    return LimiterStatistics(70, 0.0, lane, lane, 0, throttled, 0, 0.0, None, None, 0.0, 0.0)


@given(st.lists(st.integers(0, 9), min_size=len(WAIT_BOUNDS) + 1, max_size=len(WAIT_BOUNDS) + 1), st.floats(0.01, 1))
def test_a_quantile_is_the_first_bound_that_enough_waits_did_not_exceed(counts: list[int], part: float) -> None:
    histogram = WaitHistogram(tuple(counts))
    bounds = (*WAIT_BOUNDS, float("inf"))
    bound = histogram.quantile(part)
    kept = sum(count for edge, count in zip(bounds, counts, strict=True) if edge <= bound)
    assert kept >= part * histogram.total
    below = sum(count for edge, count in zip(bounds, counts, strict=True) if edge < bound)
    assert bound == bounds[0] or below < part * histogram.total


def test_totals_are_sums_over_lanes_and_accounts() -> None:
    assert account(3).spent == 6
    assert PoolStatistics((account(1), account(2)), 0, 0).spent == 6
