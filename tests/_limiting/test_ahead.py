"""How far ahead a worker takes its permits."""

import pytest

from woowup_async._limiting.ahead import Ahead, ahead_of


def test_a_near_store_needs_little() -> None:
    assert ahead_of(30.0, 0.02, has_calls=False) == Ahead(0.4, 0.4, 0.3, 1)


def test_a_distant_store_leaves_time_for_two_transactions_and_two_permits_in_a_turn() -> None:
    assert ahead_of(30.0, 0.1, has_calls=False) == pytest.approx(Ahead(0.8, 0.8, 0.6, 2))


def test_while_there_are_calls_there_are_fewer_permits_ahead() -> None:
    ahead = ahead_of(30.0, 0.1, has_calls=True)
    assert ahead == pytest.approx(Ahead(0.5, 0.8, 0.6, 1))


def test_a_store_that_answers_slowly_does_not_take_it_all() -> None:
    assert ahead_of(30.0, 9.0, has_calls=False).lead == pytest.approx(1.39)


def test_short_segments_have_short_leads() -> None:
    assert ahead_of(3.0, 9.0, has_calls=False) == pytest.approx(Ahead(0.139, 0.139, 0.129, 2))
