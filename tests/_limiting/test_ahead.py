"""How far ahead a worker takes its permits."""

import pytest

from woowup_async._limiting.ahead import Ahead, ahead_of, jitter_of


def test_a_near_store_needs_little() -> None:
    assert ahead_of(30.0, 0.02, has_calls=False) == Ahead(0.4, 0.4, 0.3, 1)


def test_a_distant_store_leaves_time_for_four_transactions_and_two_permits_in_a_turn() -> None:
    assert ahead_of(30.0, 0.1, has_calls=False) == pytest.approx(Ahead(1.2, 1.2, 0.9, 2))


def test_while_there_are_calls_there_are_fewer_permits_ahead() -> None:
    ahead = ahead_of(30.0, 0.1, has_calls=True)
    assert ahead == pytest.approx(Ahead(0.9, 1.2, 0.9, 1))


def test_a_store_that_answers_slowly_does_not_take_it_all() -> None:
    assert ahead_of(30.0, 9.0, has_calls=False).lead == pytest.approx(1.39)


def test_short_segments_have_short_leads() -> None:
    assert ahead_of(3.0, 9.0, has_calls=False) == pytest.approx(Ahead(0.139, 0.139, 0.129, 2))


def test_with_a_distant_store_a_worker_without_a_turn_gives_way() -> None:
    assert [jitter_of(0.1, has_turn=has_turn) for has_turn in (True, False)] == [0.0, 0.1]
    assert jitter_of(0.02, has_turn=True) == jitter_of(0.02, has_turn=False) == 0.01
