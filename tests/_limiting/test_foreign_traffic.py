"""Others in the same account: proof, reading, rate and caution."""

import pytest

from tests.support.observations import observation
from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Reading


class TestCompany:
    def test_alone_costs_nothing(self) -> None:
        company = ForeignTraffic(30.0)
        company.observe(observation(60, answered=10))
        assert (company.is_present, company.rate, company.total(0), company.caution) == (False, 0.0, 0.0, 0.0)

    def test_it_is_counted_and_its_rate_is_learned(self) -> None:
        company = ForeignTraffic(30.0)
        company.recall(Reading.CURRENT)
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

    def test_an_answer_without_a_count_corrects_nothing(self) -> None:
        company = ForeignTraffic(30.0)
        company.recall(Reading.CURRENT)
        company.observe(observation(40.0, segment=1, answered=1))
        before = company.total(1)
        company.observe(observation(None, 12.0, segment=1, answered=2))
        assert company.is_present
        assert company.total(1) == before > 0
