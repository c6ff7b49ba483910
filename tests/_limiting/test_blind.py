"""The pace for a server without rate-limit headers: safe for every phase, and not much slower than necessary."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from woowup_async._limiting.blind import BlindPace


def pace_of(answers: list[float]) -> BlindPace:
    pace = BlindPace(30.0)
    for at in sorted(answers):
        pace.add(at)
    return pace


def worst_phase(answers: list[float], in_flight: int, now: float, steps: int = 600) -> float:
    """Return the documented formula for many phases, if each request arrived as late as its answer."""
    worst = 0.0
    for step in range(steps):
        elapsed = 30.0 * step / steps
        start = now - elapsed
        current = in_flight + sum(at >= start for at in answers)
        previous = sum(start - 30 <= at < start for at in answers)
        worst = max(worst, previous * (1 - elapsed / 30) + current)
    return worst


ANSWERS = st.lists(st.floats(0, 100), max_size=60)


@given(ANSWERS, st.integers(0, 5), st.floats(100, 170))
def test_no_phase_estimates_more(answers: list[float], in_flight: int, now: float) -> None:
    assert pace_of(answers).estimated(now, in_flight) >= worst_phase(answers, in_flight, now) - 1e-9


@settings(max_examples=some(20))
@given(ANSWERS, st.floats(100, 170))
def test_some_phase_estimates_as_much(answers: list[float], now: float) -> None:
    assert pace_of(answers).estimated(now, 0) <= worst_phase(answers, 0, now, steps=3_000) + len(answers) * 0.01 + 1e-9


@given(ANSWERS, st.integers(2, 30))
def test_the_time_of_a_permit_is_safe_and_not_much_too_late(answers: list[float], limit: int) -> None:
    pace, now = pace_of(answers), 100.0
    ready = pace.ready_at(now, 0, limit)
    assert pace.estimated(ready, 0) < limit
    if ready > now:
        early = now + (ready - now) * 0.95
        assert pace.estimated(early - 0.1, 0) >= limit or ready - now < 0.2


def test_an_idle_account_gets_its_whole_burst_at_once() -> None:
    pace = BlindPace(30.0)
    for sent in range(70):
        assert pace.ready_at(5.0, sent, 70) == 5.0
    assert pace.ready_at(5.0, 70, 70) > 5.0


def test_requests_that_no_longer_count_are_forgotten() -> None:
    pace = pace_of([1.0, 50.0])
    assert pace.answered == (1.0, 50.0)
    pace.add(61.5)
    assert pace.answered == (50.0, 61.5)


@pytest.mark.parametrize("in_flight", [3, 9])
def test_requests_without_an_answer_count_in_full(in_flight: int) -> None:
    assert BlindPace(30.0).estimated(0.0, in_flight) == in_flight
