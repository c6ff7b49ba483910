"""The phase of the server, deduced from its headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._limiting.phase import ClockSample, Phase, SegmentTime


def server_time(phase: Phase, now: float) -> float:
    place = phase.earliest(now)
    return phase.reset_of(place.segment) - 30.0 + place.elapsed


@given(st.floats(-1e6, 2e9), st.lists(st.tuples(st.floats(0, 500), st.floats(0, 3), st.floats(0, 1)), min_size=1))
def test_the_truth_lies_between_the_earliest_and_the_latest(
    skew: float, answers: list[tuple[float, float, float]]
) -> None:
    phase, now = Phase(30.0), 0.0
    for sent, trip, uplink in sorted(answers):
        now = max(now, sent + trip)
        clock = sent + trip * uplink + skew
        end = (clock // 30 + 1) * 30
        phase.observe(ClockSample(sent, sent + trip, end, clock // 1))
    assert server_time(phase, now) <= now + skew + 1e-3
    low, high = phase.interval(now)
    assert low - 1e-3 <= skew <= high + 1e-3
    place = phase.earliest(now)
    assert phase.when(place.segment, place.elapsed) == pytest.approx(now, abs=1e-3)


def test_it_narrows_with_answers_and_widens_with_age() -> None:
    phase = Phase(30.0)

    def width(now: float) -> float:
        low, high = phase.interval(now)
        return high - low

    phase.observe(ClockSample(0.0, 0.1, 1_030.0, 1_000.0))
    first = width(0.1)
    phase.observe(ClockSample(0.3, 0.35, 1_030.0, 1_001.0))  # a tick between them
    assert width(0.35) < first / 2
    assert width(1_000.35) == pytest.approx(width(0.35) + 0.2)  # 100 ppm on both sides


def test_after_a_clock_was_set_it_starts_again() -> None:
    phase = Phase(30.0)
    assert phase.observe(ClockSample(0.0, 0.1, 1_030.0, 1_000.0))
    assert not phase.observe(ClockSample(1.0, 1.1, 9_030.0, 9_010.0))
    assert 9_009 <= server_time(phase, 1.1) <= 9_011


def test_a_date_that_contradicts_its_reset_is_ignored() -> None:
    phase = Phase(30.0)
    phase.observe(ClockSample(0.0, 0.1, 1_030.0, 5_000.0))
    assert 999 <= server_time(phase, 0.1) <= 1_030


def test_a_date_alone_narrows_the_phase_but_shows_no_segment() -> None:
    phase = Phase(30.0)
    phase.observe(ClockSample(0.0, 0.1, None, 1_000.0))
    assert not phase.is_known
    phase.observe(ClockSample(1.0, 1.1, 1_030.0))
    before = phase.interval(2.0)
    phase.observe(ClockSample(2.0, 2.1, None, 1_003.0))
    low, high = phase.interval(2.1)
    assert (low, high) == pytest.approx((1_000.9, 1_002.0))
    assert before[1] - before[0] > high - low


def test_a_phase_can_be_restored() -> None:
    phase = Phase(30.0)
    phase.recall((999.0, 1_001.0), 1_020.0, 5.0)
    assert phase.earliest(5.0) == SegmentTime(-1, 14.0)
    assert phase.latest(5.0) == SegmentTime(-1, 16.0)
    assert phase.reset_of(-1) == 1_020.0


def test_a_clock_that_is_set_shows_in_a_date_alone() -> None:
    """Without a reset, the ends of segments stay where they were."""
    phase = Phase(30.0)
    phase.observe(ClockSample(0.0, 0.1, 1_030.0, 1_000.0))
    assert not phase.observe(ClockSample(1.0, 1.1, None, 5_000.0))
    assert phase.reset_of(0) == 1_060.0
