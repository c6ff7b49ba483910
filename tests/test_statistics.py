"""Snapshots for people and dashboards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async.statistics import (
    WAIT_BOUNDS,
    LaneStatistics,
    LimiterStatistics,
    PoolStatistics,
    SegmentStatistics,
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


@given(st.floats(0, 70), st.floats(0, 30))
def test_the_previous_segment_counts_less_and_less(previous: float, elapsed: float) -> None:
    """Documented: its weight is the part of the segment that is left."""
    carried = SegmentStatistics(previous, 0.0, elapsed, 30.0).carried
    assert 0 <= carried <= previous
    assert carried == pytest.approx(previous * (30 - elapsed) / 30)
