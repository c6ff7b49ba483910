"""A worker's own part of the budget."""

import pytest

from tests.support.oracle import Oracle
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.own_log import Fate, Sending
from woowup_async._limiting.own_part import OwnPart
from woowup_async._limiting.shared_state import SharedPermit, SharedState, Worker
from woowup_async._limiting.shared_window import SharedWindow
from woowup_async._limiting.spending import Limits
from woowup_async._limiting.store_clock import StoreClock
from woowup_async._limiting.window import Window
from woowup_async.policies import Lane, RateLimit

AHEAD = 5_000.0


def shared(workers: int, answered: int, in_flight: int = 0, now: float = 1_020.0) -> SharedWindow:
    """Return what a store says at its time `AHEAD + now`."""
    window, at = Window(RateLimit()), AHEAD + 1_005.0
    for _ in range(answered):
        window.observe(window.spend(at), at, Limits(70, None, 1_030.0, 1_005.0), refused=False)
    state = SharedState.fresh(RateLimit())
    state.window = window.state(at)
    state.permits = [SharedPermit(at, 2, number, is_bulk=True) for number in range(in_flight)]
    state.workers = {number: Worker(1, AHEAD + now - 1) for number in range(1, workers + 1)}
    return SharedWindow(RateLimit(), state, AHEAD + now, 1)


def clock() -> StoreClock:
    known = StoreClock()
    known.observe(1_019.9, AHEAD + 1_019.95, 1_020.0)
    return known


def test_a_worker_that_never_saw_the_store_has_the_whole_budget() -> None:
    part = OwnPart(RateLimit(), None, StoreClock(), [], 1_020.0)
    assert (part.workers, part.policy.share, part.window.limit) == (1, 1.0, 70)
    assert not part.window.is_phase_known


def test_it_is_93_percent_of_an_equal_part() -> None:
    part = OwnPart(RateLimit(share=0.5), shared(4, 40), clock(), [], 1_020.0)
    assert part.workers == 4
    assert part.policy.share == pytest.approx(0.5 * 0.93 / 4)
    assert part.window.is_phase_known


def test_it_begins_with_an_equal_part_of_what_all_spent_or_with_its_own() -> None:
    mine = [
        Sending(number, Lane.BULK, 1_004.9, Fate.ANSWERED, 1_005.0, Limits(70, None, 1_030.0, 1_005.0))
        for number in range(20)
    ]
    assert OwnPart(RateLimit(), shared(4, 42), clock(), [], 1_020.0).window.estimated(1_020.0) == pytest.approx(10.5)
    assert OwnPart(RateLimit(), shared(4, 42), clock(), mine, 1_020.0).window.estimated(1_020.0) == pytest.approx(20)
    spread = OwnPart(RateLimit(), shared(4, 42, in_flight=5), clock(), [], 1_020.0)
    assert spread.window.estimated(1_020.0) == pytest.approx(12.5)


def test_without_a_phase_the_pace_stays_blind() -> None:
    state = SharedState.fresh(RateLimit())
    state.workers = {1: Worker(1, AHEAD), 2: Worker(1, AHEAD)}
    part = OwnPart(RateLimit(), SharedWindow(RateLimit(), state, AHEAD + 1, 1), clock(), [], 1_020.0)
    assert (part.workers, part.window.is_phase_known) == (2, False)


def test_a_cooldown_goes_on() -> None:
    cooling = shared(4, 40)
    cooling.window.cool_until(AHEAD + 1_028.0)
    part = OwnPart(RateLimit(), cooling, clock(), [], 1_020.0)
    assert 1_028.0 <= part.window.cooling_until <= 1_028.2


def test_requests_in_flight_are_closed_once() -> None:
    oracle = Oracle(skew=0.0)
    sendings = [Sending(number, Lane.BULK, 1_019.0) for number in range(4)]
    part = OwnPart(RateLimit(), None, clock(), sendings, 1_020.0)
    assert part.window.in_flight == 4
    status, headers = oracle.arrive(1_020.1)
    for sending, fate in zip(sendings, (Fate.ANSWERED, Fate.LOST, Fate.UNUSED), strict=False):
        sending.fate, sending.received = fate, 1_020.2
        sending.limits, sending.cool_until = limits_of(headers), 1_022.0
        part.close(sending)
        part.close(sending)
    assert status == 200
    assert part.window.in_flight == 1
    assert part.window.estimated(1_020.2) == 3
    assert part.window.cooling_until == 1_022.0
