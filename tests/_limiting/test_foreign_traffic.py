"""Others in the same account: proof, reading, rate and caution."""

import pytest

from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Observation, Own, Reading, ReadingLearner


def observation(
    remaining: float | None,
    elapsed: float = 10.0,
    *,
    segment: int = 0,
    previous: int = 0,
    answered: int = 1,
    in_flight: int = 0,
    sent: float = 0.0,
    refused: bool = False,
) -> Observation:
    weight = 1 - elapsed / 30
    own = Own(previous, previous, answered, answered, answered, in_flight)
    return Observation(70, remaining, SegmentTime(segment, elapsed), (weight, weight), sent, sent + 0.1, refused, own)


class TestReading:
    def test_more_left_than_our_weight_leaves_is_no_estimate(self) -> None:
        learner = ReadingLearner()
        learner.observe(observation(69, previous=60, elapsed=3.0))
        assert learner.reading is Reading.CURRENT

    def test_a_count_that_does_not_grow_is_none(self) -> None:
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

    def test_refused_requests_of_ours_do_not_make_it_up(self) -> None:
        """They may not be counted, so a remaining that ignores them refutes nothing."""
        learner = ReadingLearner()
        own = Own(previous=30, previous_accepted=2, before=1, accepted=1, answered=1, in_flight=0)
        learner.observe(Observation(70, 66.0, SegmentTime(0, 1.0), (0.96, 0.97), 0.0, 0.1, was_refused=False, own=own))
        assert learner.reading is None

    def test_a_reading_that_is_refuted_in_turn_is_learned_anew(self) -> None:
        learner = ReadingLearner()
        learner.assume(Reading.CURRENT)
        learner.observe(observation(10, elapsed=10.0, sent=1.0))
        learner.observe(observation(12, elapsed=12.0, sent=3.0, answered=2))
        assert learner.reading is Reading.ESTIMATED

    def test_the_first_segment_tells_nothing(self) -> None:
        learner = ReadingLearner()
        for count in range(1, 30):
            learner.observe(observation(70 - count, elapsed=float(count), answered=count, sent=float(count)))
        assert learner.reading is None


class TestProof:
    @pytest.mark.parametrize("reading", Reading)
    def test_our_own_requests_are_no_proof(self, reading: Reading) -> None:
        """Eight in flight may all have been counted already."""
        seen = observation(61, answered=1, in_flight=8)
        assert seen.proof(reading) <= 0

    def test_only_the_excess_is(self) -> None:
        assert observation(50, answered=10, in_flight=5).proof(Reading.CURRENT) == 5
        assert observation(50, answered=10, in_flight=5).proof(Reading.ESTIMATED) == 4  # told rounded down
        assert observation(50, answered=10, in_flight=5).proof(None) == 4

    def test_a_refusal_proves_the_rest_of_the_limit(self) -> None:
        assert observation(0, answered=10, refused=True).proof(None) == 61

    def test_a_lost_one_counted_by_the_server_shows_in_the_total(self) -> None:
        assert observation(60, answered=9, in_flight=1).least_total(Reading.CURRENT) == 10
        assert observation(60, elapsed=29.9, previous=70, answered=9).least_total(Reading.ESTIMATED) == 9
        assert observation(60).least_total(None) == 0


class TestCompany:
    def test_alone_costs_nothing(self) -> None:
        company = ForeignTraffic(30.0)
        company.observe(observation(60, answered=10))
        assert (company.is_present, company.rate, company.total(0), company.caution) == (False, 0.0, 0.0, 0.0)

    def test_it_is_counted_and_its_rate_is_learned(self) -> None:
        company = ForeignTraffic(30.0)
        company.assume(Reading.CURRENT)
        for segment in range(6):
            for second in range(1, 30):
                total = 2 * second  # one of ours and one of theirs each second
                company.observe(observation(70 - total, float(second), segment=segment, answered=second))
        assert company.is_present
        assert company.total(5) == pytest.approx(29, abs=0.5)
        assert company.rate == pytest.approx(1.0, rel=0.05)
        assert company.unseen(SegmentTime(5, 29.5)) == pytest.approx(0.5, rel=0.1)

    def test_it_leaves_after_four_silent_segments(self) -> None:
        company = ForeignTraffic(30.0)
        company.observe(observation(0, answered=1))
        assert company.is_present
        company.enter(4)
        assert company.is_present
        company.enter(5)
        assert not company.is_present
        assert company.total(5) == 0

    def test_refusals_raise_caution_once_a_round_trip_and_acceptance_wears_it_down(self) -> None:
        company = ForeignTraffic(30.0)
        company.observe(observation(20, answered=1))
        company.observe(observation(0, sent=1.0, answered=2, refused=True))
        raised = company.caution
        company.observe(observation(0, sent=1.05, answered=3, refused=True))  # left before the first refusal came
        assert company.caution == raised > 0
        for _ in range(2_000):
            company.observe(observation(20, elapsed=11.0, sent=2.0, answered=2))
        assert company.caution == 0

    def test_while_the_reading_is_open_nobody_locks_himself_out(self) -> None:
        """5 of 70 left at the segment's start is a full account by one reading, an empty one by the other."""
        company = ForeignTraffic(30.0)
        company.observe(observation(30, elapsed=29.0, answered=30, segment=0))
        company.observe(observation(5, elapsed=2.0, previous=30, answered=1, segment=1))
        assert company.total(1) < 30
