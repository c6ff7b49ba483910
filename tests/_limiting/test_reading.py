"""The meaning of `remaining`, learned from answers that refute a reading."""

import pytest

from tests.support.observations import observation
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Observation, OwnCounts, Reading, ReadingLearner


class TestReading:
    def test_more_left_than_our_weight_leaves_is_no_estimate(self) -> None:
        learner = ReadingLearner()
        learner.observe(observation(69, previous=60, elapsed=3.0))
        assert learner.reading is Reading.CURRENT

    def test_a_count_that_does_not_grow_is_not_a_count(self) -> None:
        learner = ReadingLearner()
        learner.observe(observation(10, elapsed=10.0, sent=1.0))
        assert learner.reading is None
        learner.observe(observation(11, elapsed=12.0, sent=3.0, answered=2))
        assert learner.reading is Reading.ESTIMATED

    def test_unordered_answers_refute_nothing(self) -> None:
        learner = ReadingLearner()
        learner.observe(observation(10, sent=1.0))
        learner.observe(observation(11, sent=1.05, answered=2))
        assert learner.reading is None

    def test_our_refused_requests_do_not_refute_a_reading(self) -> None:
        """They may not be counted, so a remaining that ignores them refutes nothing."""
        learner = ReadingLearner()
        own = OwnCounts(previous=30, previous_accepted=2, before=1, accepted=1, answered=1, in_flight=0)
        learner.observe(Observation(70, 66.0, SegmentTime(0, 1.0), (0.96, 0.97), 0.0, 0.1, was_refused=False, own=own))
        assert learner.reading is None

    def test_after_the_other_reading_is_refuted_too_it_is_learned_again(self) -> None:
        learner = ReadingLearner()
        learner.recall(Reading.CURRENT)
        learner.observe(observation(10, elapsed=10.0, sent=1.0))
        learner.observe(observation(12, elapsed=12.0, sent=3.0, answered=2))
        assert learner.reading is Reading.ESTIMATED

    def test_the_first_segment_refutes_nothing(self) -> None:
        learner = ReadingLearner()
        for count in range(1, 30):
            learner.observe(observation(70 - count, elapsed=float(count), answered=count, sent=float(count)))
        assert learner.reading is None


class TestProof:
    @pytest.mark.parametrize("reading", Reading)
    def test_our_own_requests_are_not_a_proof(self, reading: Reading) -> None:
        """The server may already have counted all eight requests in flight."""
        seen = observation(61, answered=1, in_flight=8)
        assert seen.proof(reading) <= 0

    def test_only_the_excess_is_a_proof(self) -> None:
        assert observation(50, answered=10, in_flight=5).proof(Reading.CURRENT) == 5
        assert observation(50, answered=10, in_flight=5).proof(Reading.ESTIMATED) == 4  # rounded down
        assert observation(50, answered=10, in_flight=5).proof(None) == 4

    def test_a_refusal_proves_the_rest_of_the_limit(self) -> None:
        assert observation(0, answered=10, refused=True).proof(None) == 61

    def test_a_lost_one_counted_by_the_server_shows_in_the_total(self) -> None:
        assert observation(60, answered=9, in_flight=1).least_total(Reading.CURRENT) == 10
        assert observation(60, elapsed=29.9, previous=70, answered=9).least_total(Reading.ESTIMATED) == 9
        assert observation(60).least_total(None) == 0
