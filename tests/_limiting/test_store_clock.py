"""The store's clock, as a worker knows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._limiting.store_clock import StoreClock


@pytest.mark.untraced
@given(
    st.floats(-1e6, 2e9),
    st.floats(-9e-5, 9e-5),
    st.lists(st.tuples(st.floats(0, 99), st.floats(0, 1), st.floats(0, 1)), min_size=1),
)
def test_the_truth_lies_between_the_earliest_and_the_latest(
    ahead: float, drift: float, reads: list[tuple[float, float, float]]
) -> None:
    clock, now = StoreClock(), 0.0

    def truth(at: float) -> float:
        return at * (1 + drift) + ahead

    for wait, trip, way in reads:
        before = now + wait
        now = before + trip
        assert clock.observe(before, truth(before + way * trip), now)
    for at in (now, now + 50.0, now - 1.0):
        assert clock.earliest(at) - 1e-5 <= truth(at) <= clock.latest(at) + 1e-5
    due = truth(now + 5.0)
    assert truth(clock.when(due)) >= due - 1e-5


def test_it_narrows_with_each_read() -> None:
    clock = StoreClock()
    assert not clock.is_known
    clock.observe(0.0, 100.0, 1.0)
    clock.observe(2.0, 102.9, 3.0)
    low, high = clock.interval(3.0)
    assert clock.is_known
    assert (low, high) == (pytest.approx(99.9, abs=1e-3), pytest.approx(100.0, abs=1e-3))


def test_a_clock_that_was_set_is_noticed_and_by_how_much() -> None:
    clock = StoreClock()
    clock.observe(0.0, 100.0, 0.2)
    assert not clock.observe(10.0, 170.0, 10.2)
    assert clock.jump is not None
    least, most = clock.jump
    assert least <= 60.0 <= most
    assert most - least < 0.5
    assert not clock.observe(20.0, 170.0, 20.2)  # and back by ten
    assert clock.jump[0] <= 50.0 <= clock.jump[1]
