"""One worker's turn on the shared window."""

import itertools
import math
from collections.abc import Mapping

import pytest

from woowup_async._limiting.gate import STEADY, Pace
from woowup_async._limiting.own_log import Fate, Sending
from woowup_async._limiting.shared_state import MOST_WORKERS, SharedState, Worker, decoded, encoded
from woowup_async._limiting.shared_window import SharedWindow, Turn
from woowup_async._limiting.spending import Limits
from woowup_async._limiting.window import Window
from woowup_async.policies import Lane, RateLimit

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK
POLICY = RateLimit()


class Account:
    """A store in one variable."""

    def __init__(self, policy: RateLimit = POLICY, latency: float = 0.0) -> None:
        self.policy, self.latency = policy, latency
        self.state = SharedState.fresh(policy)
        self._numbers = itertools.count(1)
        self.turns = 0

    def view(self, me: int, now: float) -> SharedWindow:
        return SharedWindow(self.policy, decoded(encoded(self.state)), now, me, self.latency)

    def turn(self, me: int, now: float, wants: Mapping[Lane, int], *sendings: Sending, most: int = 8) -> Turn:
        shared = self.view(me, now)
        shared.settle(sendings)
        turn = shared.serve(wants, most, lambda: next(self._numbers))
        self.turns += 1
        self.state = shared.finished(self.turns)
        return turn

    def warm(self, now: float, lane: Lane = INTERACTIVE) -> None:
        """Let a worker send the first request, so that the phase is known."""
        number = self.turn(1, now, {lane: 1}).granted[0].number
        self.turn(1, now + 0.1, {}, answered(number, now, now + 0.1, lane))


def answered(number: int, sent: float, received: float, lane: Lane = BULK, refused: bool = False) -> Sending:
    limits = Limits(70, None, 1_000.0 + received // 30 * 30 + 30, 1_000.0 + received // 1)
    cool = received + 9.0 if refused else -1e12
    return Sending(number, lane, sent, Fate.ANSWERED, received, limits, refused, cool)


def in_flight(number: int, sent: float) -> Sending:
    return Sending(number, BULK, sent)


def test_a_first_worker_gets_a_permit_at_once() -> None:
    turn = Account().turn(1, 50.0, {BULK: 1})
    assert [(grant.lane, grant.at) for grant in turn.granted] == [(BULK, 50.0)]
    assert turn.look_at == math.inf


def test_a_permit_comes_in_advance_and_counts_at_once() -> None:
    account = Account()
    account.warm(20.0, BULK)
    first = account.turn(1, 20.2, {BULK: 3})
    assert [grant.at for grant in first.granted] == [pytest.approx(20.214, abs=1e-3), pytest.approx(20.429, abs=1e-3)]
    assert first.look_at > 20.2
    second = account.turn(2, 20.2, {BULK: 3})
    assert second.granted == []
    assert second.look_at > first.granted[1].at - 0.4
    assert account.view(2, 20.2).window.in_flight == 2


def test_a_worker_with_a_distant_store_takes_two_permits_in_its_turn() -> None:
    for latency, permits in (0.0, 1), (0.05, 2):
        account = Account(latency=latency)
        account.warm(20.0, BULK)
        account.turn(1, 20.2, {BULK: 9})
        account.turn(2, 20.25, {BULK: 9})
        turn = account.turn(1, 20.5, {BULK: 5})
        assert len(turn.granted) == permits
        # the other worker is next, and may take as many
        assert turn.next_at - turn.granted[-1].at == pytest.approx((1 + permits) * 0.214, abs=0.01)


def test_a_call_does_not_bring_a_bulk_permit_along() -> None:
    account = Account(latency=0.1)
    account.warm(20.0, BULK)
    account.turn(1, 20.2, {BULK: 9})
    account.turn(2, 20.25, {BULK: 9})
    turn = account.turn(2, 20.3, {INTERACTIVE: 1, BULK: 9})
    assert [grant.lane for grant in turn.granted] == [INTERACTIVE]


def test_while_there_are_calls_permits_come_less_far_in_advance() -> None:
    account = Account()
    account.warm(20.0)
    turn = account.turn(1, 20.2, {BULK: 3})
    assert [grant.at for grant in turn.granted] == [pytest.approx(20.214, abs=1e-3)]
    assert account.turn(1, turn.look_at, {BULK: 2}, in_flight(2, 20.214)).granted


def test_interactive_goes_before_bulk_of_any_worker() -> None:
    account = Account()
    account.warm(20.0)
    granted = account.turn(1, 20.2, {BULK: 5}).granted
    account.turn(1, 20.25, {BULK: 5}, *(in_flight(grant.number, grant.at) for grant in granted))
    assert [grant.lane for grant in account.turn(2, 20.3, {INTERACTIVE: 2, BULK: 1}).granted][:2] == [INTERACTIVE] * 2


def test_bulk_gets_one_permit_in_ten() -> None:
    account = Account()
    account.warm(20.0)
    account.state.in_a_row = 9
    account.state.workers[2] = Worker(1, 20.0, due=99.0, bulk_since=19.0)
    # the other worker's bulk task is next, and interactive takes nothing of another lane
    turn = account.turn(1, 20.2, {INTERACTIVE: 1})
    assert turn.granted == []
    assert 20.2 < turn.look_at <= 20.7
    assert account.turn(2, 20.3, {BULK: 1}).granted
    assert account.turn(1, 20.4, {INTERACTIVE: 1}).granted


def test_the_worker_that_was_served_longest_ago_is_next() -> None:
    account = Account()
    account.warm(20.0, BULK)
    account.state.workers[2] = Worker(1, 20.1, due=21.0, bulk_since=20.0)
    assert account.turn(1, 20.2, {BULK: 1}).granted == []  # the other worker has until then to come
    assert account.turn(1, 20.25, {BULK: 1}).granted  # it did not come, and the permit is valid now
    assert account.turn(1, 20.3, {BULK: 1}, in_flight(2, 20.25)).granted == []
    assert account.turn(2, 20.35, {BULK: 1}).granted


def test_a_worker_that_does_not_come_is_passed_over() -> None:
    account = Account()
    account.warm(20.0)
    account.turn(1, 20.2, {BULK: 1})
    account.state.workers[2] = Worker(1, 20.1, due=20.2, bulk_since=20.0)
    assert account.turn(1, 20.25, {BULK: 1}, in_flight(2, 20.2)).granted == []
    assert account.turn(1, 20.51, {BULK: 1}, in_flight(2, 20.2)).granted


def test_bulk_requests_in_flight_are_bounded_over_all_workers() -> None:
    account = Account()
    account.warm(20.0)
    first = account.turn(1, 20.2, {BULK: 1}, most=1)
    turn = account.turn(2, 21.5, {BULK: 1}, most=1)
    assert (len(first.granted), turn.granted) == (1, [])
    assert turn.look_at == pytest.approx(21.75)
    assert account.turn(2, 21.5, {INTERACTIVE: 1}, most=1).granted
    # a worker without a sign of life does not block the others
    assert account.turn(2, 36.0, {BULK: 1}, most=1).granted


def test_the_permit_of_a_dead_worker_is_lost_after_its_lease() -> None:
    account = Account()
    account.warm(0.0)
    account.turn(1, 1.0, {BULK: 1})
    account.turn(2, 45.9, {})
    assert account.view(2, 45.9).window.in_flight == 1
    account.turn(2, 46.1, {})
    shared = account.view(2, 46.1)
    assert shared.window.in_flight == 0
    # it may have arrived as late as second 16: in the first segment, which has the request of `warm` already
    assert dict(shared.window._own.answered) == {-1: 2}


def test_a_worker_without_a_sign_of_life_is_forgotten() -> None:
    account = Account()
    account.warm(0.0)
    account.turn(2, 134.0, {})
    assert set(account.state.workers) == {1, 2}
    account.turn(2, 136.0, {})
    assert set(account.state.workers) == {2}


def test_the_number_of_workers_is_bounded() -> None:
    account = Account()
    account.state.workers = {number: Worker(1, float(number)) for number in range(MOST_WORKERS + 5)}
    kept = account.view(1, 40.0).state.workers
    assert set(kept) == set(range(5, MOST_WORKERS + 5))


def test_an_unknown_permit_of_mine_was_never_used() -> None:
    account = Account()
    account.warm(20.0)
    account.turn(1, 21.0, {BULK: 1})  # the answer of this swap was lost
    shared = account.view(1, 21.2)
    shared.settle([])
    assert shared.is_changed
    assert shared.window.in_flight == 0


def test_what_a_history_lacks_is_counted() -> None:
    account = Account()
    account.warm(20.0)
    shared = account.view(2, 22.0)
    unused = Sending(9, BULK, 21.0, Fate.UNUSED, 21.5)
    lost = Sending(8, BULK, 21.0, Fate.LOST, 21.5)
    shared.settle([answered(7, 21.0, 21.2), in_flight(6, 21.6), unused, lost])
    assert shared.window.in_flight == 1
    assert shared.window.estimated(22.0) == pytest.approx(4, abs=0.01)
    # what others sent meanwhile is not known either, so it is not taken as foreign
    assert shared.window.state(22.0).unjudged_until is not None


def test_an_unused_permit_is_free_again_and_a_refused_one_cools_all() -> None:
    account = Account()
    account.warm(20.0)
    granted = account.turn(1, 20.2, {INTERACTIVE: 2}).granted
    unused = Sending(granted[0].number, INTERACTIVE, 20.2, Fate.UNUSED, 20.3)
    refused = answered(granted[1].number, 20.2, 20.4, INTERACTIVE, refused=True)
    account.turn(1, 20.5, {}, unused, refused)
    turn = account.turn(2, 20.5, {INTERACTIVE: 1})
    assert turn.granted == []
    assert turn.next_at >= 29.4


def test_a_far_turn_is_looked_at_again_on_the_way() -> None:
    account = Account()
    account.warm(20.0)
    account.state.workers |= {number: Worker(1, 20.1, due=99.0, bulk_since=20.0) for number in range(2, 40)}
    account.turn(50, 20.2, {BULK: 1})
    turn = account.turn(50, 20.3, {BULK: 1}, in_flight(1, 20.2))
    assert turn.next_at > 28
    assert 25 < turn.look_at < turn.next_at - 1
    assert account.state.workers[50].due > turn.look_at
    shared = account.view(50, 20.35)
    shared.settle([in_flight(1, 20.2)])
    shared.is_changed = False
    shared.serve({BULK: 1}, 8, lambda: 0)
    assert not shared.is_changed  # the others know it already


def test_a_permit_whose_time_is_not_certain_is_not_given_in_advance() -> None:
    class Later(Window):
        def ready_at(self, now: float, pace: Pace = STEADY) -> float:
            return now + 0.01

    shared = Account().view(1, 20.0)
    assert shared._settled(Later(POLICY), 20.1, STEADY) > 20.4


def test_workers_gather_after_a_failure_unless_all_were_seen() -> None:
    account = Account()
    account.warm(20.0)
    account.turn(2, 21.0, {})
    shared = account.view(1, 30.0)
    shared.gather(20.5)  # the other one was seen since
    assert not shared.is_gathering
    shared.gather(25.0)
    assert shared.is_gathering
    assert shared.state.gathers_until == 36.0
    shared.gather(25.0)
    assert shared.state.gathers_until == 36.0
    serial = account.state.serial
    assert shared.finished(3).serial == serial  # it shows how much was known when it began


def test_after_a_gathering_all_report_before_the_first_permit() -> None:
    account = Account()
    account.warm(20.0)
    account.state.gathers_until = 30.0
    assert account.turn(1, 30.1, {BULK: 1}) == Turn([], 30.4, 30.4)
    assert account.turn(2, 30.1, {}) == Turn([], math.inf, math.inf)
    assert account.turn(1, 30.4, {BULK: 1}).granted


def test_gathering_remembers_workers_from_before_a_long_failure() -> None:
    account = Account()
    account.warm(20.0)
    account.turn(2, 21.0, {})
    shared = account.view(1, 500.0)
    shared.gather(25.0)
    assert shared.is_gathering
