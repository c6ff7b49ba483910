"""The documented formula, solved for time, compared with a search in small steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.observations import observation
from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.gate import BURST, STEADY, Gate, Load, Pace, chance_of
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Reading

EMPTY = Load(70, 0, 0, 0, 0, 0.2, 0.2, is_first=False, pace=STEADY, margin=0)
LOADS = st.builds(
    Load,
    limit=st.integers(2, 210),
    previous=st.integers(0, 210),
    current=st.integers(0, 210),
    own=st.just(0),
    in_flight=st.just(0),
    round_trip=st.floats(0, 5),
    uncertainty=st.just(0.0),
    is_first=st.booleans(),
    pace=st.sampled_from([STEADY, BURST, Pace(withheld=4)]),
    margin=st.sampled_from([0, 1]),
)


@given(LOADS, st.floats(0, 29.9))
def test_alone_a_permit_never_comes_before_the_formula_allows_it(load: Load, elapsed: float) -> None:
    opens = Gate(30.0).opens_alone(SegmentTime(0, elapsed), load)
    if opens is not None:
        assert elapsed <= opens <= 30
        at = min(opens + 1e-6, 30)
        assert load.previous * (1 - at / 30) + load.current < load.limit


@given(LOADS)
@pytest.mark.untraced
def test_alone_no_moment_is_missed(load: Load) -> None:
    """If a permit comes later, it does not fit at any earlier step."""
    gate = Gate(30.0)
    opens = gate.opens_alone(SegmentTime(0, 0.0), load)
    for step in range(1, 300):
        elapsed = step / 10
        if opens is None or elapsed < opens - 1e-6:
            assert gate.opens_alone(SegmentTime(0, elapsed), load) != elapsed


def test_the_slack_is_gone_before_the_end() -> None:
    gate = Gate(30.0)
    assert gate.opens_alone(SegmentTime(0, 15.0), EMPTY._replace(current=66)) == 15.0
    opens = gate.opens_alone(SegmentTime(0, 15.0), EMPTY._replace(current=69))
    assert opens == pytest.approx(27.4, abs=1.1)  # 1.2 s and two round trips before the end, three seconds long
    assert gate.opens_alone(SegmentTime(0, 15.0), EMPTY._replace(current=69, pace=BURST)) == 15.0
    assert gate.opens_alone(SegmentTime(0, 15.0), EMPTY._replace(current=70)) is None


def test_the_first_segment_leaves_more_and_lets_sixty_pass() -> None:
    gate, first = Gate(30.0), EMPTY._replace(is_first=True, pace=BURST)
    assert gate.opens_alone(SegmentTime(0, 0.0), first._replace(current=60)) == 0.0
    assert gate.opens_alone(SegmentTime(0, 0.0), first._replace(current=61)) != 0.0
    assert gate.opens_alone(SegmentTime(0, 29.9), first._replace(current=67)) is None


def test_bulk_spreads_its_permits_over_the_rest_of_the_segment() -> None:
    gate, alone = Gate(30.0), ForeignTraffic(30.0)
    assert gate.spacing(SegmentTime(0, 0.0), EMPTY, alone) == pytest.approx(28.4 / 70)
    assert gate.spacing(SegmentTime(0, 14.2), EMPTY._replace(current=35), alone) == pytest.approx(14.2 / 35)
    assert gate.spacing(SegmentTime(0, 29.9), EMPTY, alone) < 0  # nothing to spread over: at once
    assert gate.spacing(SegmentTime(0, 29.9), EMPTY._replace(is_first=True), alone) == pytest.approx(30 / 140)


@pytest.mark.parametrize(("current", "opens"), [(5, 1.0), (20, None)])
def test_others_get_what_they_still_need_of_a_segment(current: int, opens: float | None) -> None:
    """At two requests a second, others are expected to take 0.8 · 70 = 56 in each segment, so 14 are ours."""
    foreign = ForeignTraffic(30.0)
    foreign.recall(Reading.CURRENT)
    for segment in range(6):
        for second in range(1, 30):
            foreign.observe(observation(70 - 2 * second, float(second), segment=segment, answered=0))
    foreign.enter(6)
    load = EMPTY._replace(current=current, own=current // 2)

    assert foreign.rate == pytest.approx(56 / 30)
    assert Gate(30.0).opens_beside_others(SegmentTime(6, 1.0), load, foreign) == opens


@pytest.mark.parametrize(
    ("elapsed", "own", "yields", "in_flight", "risk"),
    [
        (5.0, 31, True, 0, 0.15),  # claimed from others
        (5.0, 32, True, 0, 0.01),  # with more than 0.52 of what is spent, nothing is
        (5.0, 20, False, 0, 0.01),
        (28.4, 37, True, 0, 0.01),  # the slack is just gone
        (29.1, 37, True, 0, 0.01 * 8**0.5),  # half of the way to the last moment at which a request still arrives
        (29.9, 37, True, 0, 0.08),
        (29.9, 20, False, 0, 0.08),
        (29.9, 20, True, 2, 0.15 / 2.4),
    ],
)
def test_more_is_risked_at_the_very_end(elapsed: float, own: int, yields: bool, in_flight: int, risk: float) -> None:
    load = EMPTY._replace(current=60, own=own, in_flight=in_flight)
    assert Gate(30.0)._risk(elapsed, load, yields=yields) == pytest.approx(risk, rel=1e-3)


def test_with_a_slow_network_the_end_comes_at_once() -> None:
    load = EMPTY._replace(round_trip=12.0)
    assert Gate(30.0)._risk(20.0, load, yields=False) == pytest.approx(0.01)
    assert Gate(30.0)._risk(20.1, load, yields=False) == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("room", "mean", "chance"), [(0, 1, 1.0), (1, 0, 0.0), (1, 1, 0.6321), (2, 1, 0.2642), (1.5, 1, 0.2642)]
)
def test_the_chance_of_a_crowd(room: float, mean: float, chance: float) -> None:
    assert chance_of(room, mean) == pytest.approx(chance, abs=1e-4)


@pytest.mark.parametrize("room", [230, 250, 300])
def test_the_chance_of_a_large_crowd_joins_that_of_a_small_one(room: float) -> None:
    assert chance_of(room, 200.1) == pytest.approx(chance_of(room, 200.0), abs=2e-3)


@pytest.mark.parametrize(("mean", "chance"), [(0.0, 0.0), (3.0, 0.0), (5_000.0, 0.0), (2_000_000.0, 1.0)])
def test_the_chance_is_found_at_once_if_the_limit_is_large(mean: float, chance: float) -> None:
    assert chance_of(1_000_000, mean) == chance
