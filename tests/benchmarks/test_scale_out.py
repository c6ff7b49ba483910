"""The simulated cluster does what a slow and obvious simulation does."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale_out import AT_ONCE, RATE, bottleneck, cluster_seconds, cores_for, seconds_of, sizes


def stepped(purchases: list[float], core: float) -> float:
    """Step from end to end, with what each account still has."""
    now, waiting, left = 0.0, sorted(purchases), list[float]()
    while waiting or left:
        while waiting and len(left) < AT_ONCE:
            left.append(waiting.pop())
        rate = min(RATE, core / len(left))
        step = min(left) / rate
        now += step
        left = [each - step * rate for each in left if each - step * rate > 1e-6]
    return now


@given(st.lists(st.integers(1, 10_000).map(float), min_size=1, max_size=60), st.sampled_from([500.0, 9_000.0]))
def test_a_task_ends_when_its_last_account_does(purchases: list[float], core: float) -> None:
    assert seconds_of(purchases, core) == pytest.approx(stepped(purchases, core), rel=1e-6)


def test_one_account_is_as_fast_as_its_budget() -> None:
    assert cluster_seconds([RATE * 60], 1, random.Random(0)) == pytest.approx(60)
    assert cores_for(1, 10**7) == 1


def test_sizes_add_up() -> None:
    for is_skewed in (False, True):
        assert sum(sizes(1_000, 10**6, is_skewed=is_skewed)) == pytest.approx(10**6)


@pytest.mark.parametrize(
    ("rate", "accounts", "slowest", "expected"),
    [
        (233.0, 1, 100.0, "the budget of the account"),
        (9_000.0, 100, 95.0, "the budget of the largest account"),
        (90_000.0, 1_000, 10.0, "the ledger: 2 are needed"),
        (5_000.0, 100, 10.0, "CPU of the tasks"),
    ],
)
def test_the_first_bottleneck_is_named(rate: float, accounts: int, slowest: float, expected: str) -> None:
    assert bottleneck(rate, accounts, slowest, 100.0) == expected
