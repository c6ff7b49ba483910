"""Waits, counted into buckets."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._limiting.waits import WaitCounter
from woowup_async.statistics import WAIT_BOUNDS


@given(st.lists(st.floats(0, 100), max_size=50))
def test_each_wait_is_in_the_first_bucket_that_fits(waits: list[float]) -> None:
    counter = WaitCounter()
    for wait in waits:
        counter.add(wait)
    counts = counter.histogram.counts
    assert sum(counts) == counter.histogram.total == len(waits)
    for number, bound in enumerate(WAIT_BOUNDS):
        assert sum(counts[: number + 1]) == sum(wait <= bound for wait in waits)


def test_a_wait_longer_than_all_bounds() -> None:
    waits = WaitCounter()
    waits.add(1e6)
    assert waits.histogram.quantile(0.99) == float("inf")
    assert WaitCounter().histogram.total == 0
