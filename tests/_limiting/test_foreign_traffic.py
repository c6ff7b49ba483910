"""Foreign traffic: when it is assumed, its count, its rate, and caution."""

from math import floor

import pytest

from tests.support.observations import observation
from woowup_async._limiting.foreign_traffic import ForeignTraffic
from woowup_async._limiting.phase import SegmentTime
from woowup_async._limiting.reading import Reading


class TestForeignTraffic:
    def test_alone_costs_nothing(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.observe(observation(60, answered=10))
        assert (foreign.is_present, foreign.rate, foreign.total(0), foreign.caution) == (False, 0.0, 0.0, 0.0)

    def test_it_is_counted_and_its_rate_is_learned(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.recall(Reading.CURRENT)
        for segment in range(6):
            for second in range(1, 30):
                total = 2 * second  # one of ours and one of theirs each second
                foreign.observe(observation(70 - total, float(second), segment=segment, answered=second))
        assert foreign.is_present
        assert foreign.total(5) == pytest.approx(29, abs=0.5)
        assert foreign.rate == pytest.approx(1.0, rel=0.05)
        assert foreign.unseen(SegmentTime(5, 29.5)) == pytest.approx(0.5, rel=0.1)

    @pytest.mark.parametrize("reading", Reading)
    def test_it_is_counted_by_either_reading(self, reading: Reading) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.recall(reading)
        for segment in range(5):
            for second in range(1, 30):
                previous, total = (58 if segment else 0), 2 * second
                weighed = previous * (1 - second / 30) if reading is Reading.ESTIMATED else 0.0
                foreign.observe(
                    observation(
                        max(0, floor(140 - total - weighed)),
                        float(second),
                        limit=140,
                        segment=segment,
                        previous=previous // 2,
                        answered=second,
                        sent=30.0 * segment + second,
                    )
                )
        assert foreign.reading is reading
        assert foreign.total(4) == pytest.approx(29, abs=1.5)
        assert foreign.rate == pytest.approx(1.0, rel=0.1)

    def test_an_answer_that_comes_late_does_not_lower_the_total(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.recall(Reading.CURRENT)
        foreign.observe(observation(30, elapsed=10.0, answered=10))
        assert foreign.total(0) == 30
        foreign.observe(observation(35, elapsed=9.0, answered=12))  # of the 40 requests, 12 are ours after all
        assert foreign.total(0) == 28

    @pytest.mark.parametrize(("segment", "lowered"), [(0, 0.0), (2, 2.0)])
    def test_estimates_are_put_in_order_once_the_previous_total_is_sure(self, segment: int, lowered: float) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.recall(Reading.ESTIMATED)
        foreign.observe(observation(30, elapsed=10.0, answered=10))
        foreign.observe(observation(11, elapsed=20.0, segment=segment, answered=10))
        before = foreign.total(segment)
        foreign.observe(observation(14, elapsed=19.0, segment=segment, answered=12))
        assert before - foreign.total(segment) == pytest.approx(lowered)

    def test_it_is_gone_after_four_segments_without_foreign_requests(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.observe(observation(0, answered=1))
        assert foreign.is_present
        foreign.enter(4)
        assert foreign.is_present
        foreign.enter(5)
        assert not foreign.is_present
        assert foreign.total(5) == 0

    def test_refusals_raise_caution_once_a_round_trip_and_acceptance_lowers_it(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.observe(observation(20, answered=1))
        foreign.observe(observation(0, sent=1.0, answered=2, refused=True))
        raised = foreign.caution
        foreign.observe(observation(0, sent=1.05, answered=3, refused=True))  # sent before the first refusal came
        assert foreign.caution == raised > 0
        for _ in range(2_000):
            foreign.observe(observation(20, elapsed=11.0, sent=2.0, answered=2))
        assert foreign.caution == 0

    def test_while_the_reading_is_open_it_does_not_lock_us_out(self) -> None:
        """At the start of a segment, 5 of 70 left means a full account in one reading, an empty one in the other."""
        foreign = ForeignTraffic(30.0)
        foreign.observe(observation(30, elapsed=29.0, answered=30, segment=0))
        foreign.observe(observation(5, elapsed=2.0, previous=30, answered=1, segment=1))
        assert foreign.total(1) < 30

    def test_an_answer_without_a_count_corrects_nothing(self) -> None:
        foreign = ForeignTraffic(30.0)
        foreign.recall(Reading.CURRENT)
        foreign.observe(observation(40.0, segment=1, answered=1))
        before = foreign.total(1)
        foreign.observe(observation(None, 12.0, segment=1, answered=2))
        assert foreign.is_present
        assert foreign.total(1) == before > 0
