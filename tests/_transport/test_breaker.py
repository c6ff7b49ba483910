"""The breaker and the retry budget, as values."""

from hypothesis import given
from hypothesis import strategies as st

from woowup_async._transport.breaker import Breaker, RetryBudget


@given(st.lists(st.sampled_from(["failed", "succeeded", "probe failed", "probe answered"]), max_size=80))
def test_it_is_open_from_the_eighth_failure_in_a_row_to_the_next_answer(events: list[str]) -> None:
    breaker, streak, is_open, now = Breaker(), 0, False, 0.0
    for event in events:
        now += 1.0
        match event:
            case "failed":
                streak += 1
                assert breaker.failed(now, 0.5) == (not is_open and streak >= 8)
                is_open = is_open or streak >= 8
            case "succeeded":
                breaker.succeeded()
                streak, is_open = 0, False
            case "probe failed" if is_open:
                breaker.probe_failed(now, 0.5)
                assert now < breaker.probe_at <= now + 30
            case "probe answered" if is_open:
                breaker.probe_answered()
                streak, is_open = 0, False
        assert breaker.is_open == is_open


def test_probes_get_rarer_until_a_request_succeeds() -> None:
    breaker, waits = Breaker(), list[float]()
    for _ in range(7):
        breaker.failed(0.0, 0.0)
    assert breaker.failed(0.0, 0.0)
    for _ in range(8):
        waits.append(breaker.probe_at)
        breaker.probe_failed(0.0, 0.0)
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    breaker.probe_answered()  # reads work and writes do not: probes stay rare
    for _ in range(8):
        breaker.failed(0.0, 0.0)
    assert breaker.probe_at == 15.0
    breaker.succeeded()
    for _ in range(8):
        breaker.failed(0.0, 0.0)
    assert breaker.probe_at == 0.5


@given(st.lists(st.booleans(), max_size=300))
def test_quick_retries_are_bounded_by_successes(events: list[bool]) -> None:
    budget, quick, successes = RetryBudget(), 0, 0
    for is_success in events:
        if is_success:
            budget.earn()
            successes += 1
        else:
            quick += budget.spend()
    assert quick <= 20 + successes / 4
