"""A window that is written and read again between any two steps is the same window."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.oracle import Oracle
from woowup_async._limiting.gate import BURST, STEADY
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.spending import Limits, Spent
from woowup_async._limiting.window import Window
from woowup_async._limiting.window_state import WindowState
from woowup_async.policies import RateLimit


def through(window: Window, now: float) -> Window:
    """Return a copy by way of bytes."""
    written = msgspec.msgpack.encode(window.state(now))
    copy = Window(RateLimit())
    copy.restore(msgspec.msgpack.decode(written, type=WindowState), window._own.in_flight)
    return copy


COURSES = (
    st.integers(0, 2**32), st.booleans(), st.sampled_from([0.0, 0.5, 1.5]), st.sampled_from(["", "date", "all"])
)  # fmt: skip


@pytest.mark.untraced
@settings(max_examples=25)
@given(*COURSES)
def test_it_says_the_same_after_each_step(seed: int, weighs: bool, foreign: float, headers: str) -> None:
    compare(seed, weighs, foreign, headers)


@pytest.mark.long
@settings(max_examples=1_000, derandomize=False)
@given(*COURSES)
def test_the_same_with_many_more_examples(seed: int, weighs: bool, foreign: float, headers: str) -> None:
    compare(seed, weighs, foreign, headers)


def compare(seed: int, weighs: bool, foreign: float, headers: str) -> None:
    """Use one window, and a second one that is written and read again between any two steps."""
    rng, oracle, now = random.Random(seed), Oracle(skew=1.7e9, weighs_remaining=weighs), 1_000.0
    window, written = Window(RateLimit()), Window(RateLimit())
    for _ in range(60):
        now = max(now + rng.expovariate(1.0), window.ready_at(now, rng.choice((BURST, STEADY))))
        while rng.random() < foreign / (1 + foreign):
            oracle.arrive(now)
        spent = Spent(now)
        window.take(spent)
        written = through(written, now)
        written.take(spent)
        status, answer = oracle.arrive(now + 0.1)
        seen = limits_of({name: answer[name] for name in answer if headers == "all" or name == headers})
        now += 0.2
        if rng.random() < 0.1:
            window.lose(spent, now)
            written.lose(spent, now)
        else:
            window.observe(spent, now, seen, refused=status == 429)
            written = through(written, now)
            written.observe(spent, now, seen, refused=status == 429)
        for pace in (BURST, STEADY):
            assert written.ready_at(now, pace) == window.ready_at(now, pace)
        assert written.estimated(now) == window.estimated(now)
    assert written.state(now) == through(window, now).state(now)


def test_a_held_judgement_takes_nothing_as_foreign_for_two_segments() -> None:
    window = Window(RateLimit())
    window.hold_judgement(0.0)  # without a phase there is nothing to hold
    window.observe(window.spend(0.0), 0.1, Limits(70, 69.0, 1_030.0, 1_000.0), refused=False)
    window.hold_judgement(0.1)
    for at in (31.0, 61.0):
        window.observe(window.spend(at), at, Limits(70, 40.0, 1_030.0 + at // 30 * 30, 1_000.0 + at), refused=False)
        assert not window.foreign.is_present
    window.observe(window.spend(91.0), 91.0, Limits(70, 40.0, 1_120.0, 1_091.0), refused=False)
    assert window.foreign.is_present


def test_a_state_stays_small_however_many_requests_were_answered() -> None:
    window = Window(RateLimit(limit=10_000))
    for number in range(2_000):
        at = 1_000.0 + number / 1_000
        window.observe(window.spend(at), at, Limits(10_000, None, 1_030.0, 1_000.0), refused=False)
    assert window._own.counts(-1, 1_010.0, 1_010.0).accepted == 2_000
    assert len(msgspec.msgpack.encode(window.state(1_010.0))) < 1_000
    assert through(window, 1_010.0)._own.counts(-1, 1_010.0, 1_010.0) == window._own.counts(-1, 1_010.0, 1_010.0)


def test_answers_that_are_reported_late_are_put_in_order() -> None:
    window = Window(RateLimit())
    first, second = window.spend(0.0), window.spend(1.0)
    for spent, at in ((second, 1.5), (first, 0.5)):
        window.observe(spent, at, Limits(reset=1_030.0), refused=False)
    assert window._own.counts(-1, 1.0, 1.0).before == 2
    blind = Window(RateLimit())
    first, second = blind.spend(0.0), blind.spend(1.0)
    for spent, at in ((second, 1.5), (first, 0.5)):
        blind.observe(spent, at, Limits(), refused=False)
    assert list(blind._blind.answered) == [0.5, 1.5]


@pytest.mark.parametrize("damage", [{1: ["x"]}, {0: 0}, {12: 1}])
def test_a_damaged_state_is_an_error(damage: dict[int, object]) -> None:
    parts = msgspec.msgpack.decode(msgspec.msgpack.encode(Window(RateLimit()).state(0.0)))
    parts = [damage.get(place, part) for place, part in enumerate(parts)] + [1] * (12 in damage)
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(parts), type=WindowState)
