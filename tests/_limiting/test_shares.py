"""Copies with a fixed part of the budget each, and no other coordination."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.limiter.fleets import Fleet
from woowup_async._limiting.gate import STEADY
from woowup_async._limiting.spending import Limits
from woowup_async._limiting.window import Window
from woowup_async.policies import RateLimit


@pytest.mark.slow
@pytest.mark.untraced
@pytest.mark.parametrize("workers", [2, *(pytest.param(number, marks=pytest.mark.long) for number in (4, 16)), 64])
def test_copies_whose_shares_add_up_to_one_are_never_refused(workers: int) -> None:
    score = Fleet(workers, is_shared_by="parts").run(seed=0, seconds=300.0)
    assert score.refused == 0
    assert score.share >= 0.85
    assert score.split == pytest.approx((1, 1), abs=0.15)


@given(st.integers(2, 90), st.integers(1, 90))
def test_all_thresholds_and_permits_together_fit_the_limit(limit: int, copies: int) -> None:
    """One copy sends while each other one is up to one request above its threshold: that must still be accepted."""
    window = Window(RateLimit(limit=limit, margin=0, share=1 / copies))
    if copies > limit:
        assert window.limit == 1
        return
    threshold = Fraction(window._load_limit)
    assert copies * threshold + copies - 1 <= limit + Fraction(1, 10**9)
    assert window.limit == limit // copies


def test_a_share_below_one_request_still_sends_one_in_a_while() -> None:
    window = Window(RateLimit(share=0.001))
    assert window.ready_at(0.0) <= 0
    window.observe(window.spend(0.0), 0.0, Limits(70, None, 1_030.0, 1_000.0), refused=False)
    assert 30.0 < window.ready_at(0.0, STEADY) <= 61.0
