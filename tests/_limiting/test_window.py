"""The window, compared with an oracle that stores all timestamps and runs the vendor's pseudo-code."""

import heapq
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from tests.support.oracle import Oracle
from woowup_async._limiting.gate import BURST, STEADY, Pace
from woowup_async._limiting.headers import limits_of
from woowup_async._limiting.reading import Reading
from woowup_async._limiting.spending import Limits, Spent
from woowup_async._limiting.window import Window
from woowup_async.policies import RateLimit


@dataclass
class Drive:
    """A saturating client in virtual time: up to `in_flight` requests, each sent as soon as the window allows it."""

    window: Window
    oracle: Oracle
    rng: random.Random
    round_trip: tuple[float, float]
    in_flight: int = 8
    evenly: bool = True
    headers: bool = True

    def run(self, start: float, seconds: float) -> None:
        """Send for a number of seconds."""
        now, under_way = start, list[tuple[float, int, str, Spent]]()
        arrivals: dict[int, tuple[int, dict[str, str]]] = {}
        number = 0
        while now < start + seconds:
            ready = self.window.ready_at(now, STEADY if self.evenly else BURST)
            if ready <= now and self.window.in_flight < self.in_flight:
                number += 1
                spent = self.window.spend(now)
                arrival = now + self.rng.uniform(*self.round_trip) / 2
                heapq.heappush(under_way, (arrival, number, "arrive", spent))
                continue
            times = [under_way[0][0]] if under_way else []
            if self.window.in_flight < self.in_flight:
                times.append(ready)
            now = max(now, min(times))
            while under_way and under_way[0][0] <= now:
                at, which, what, spent = heapq.heappop(under_way)
                if what == "arrive":
                    arrivals[which] = self.oracle.arrive(at)
                    heapq.heappush(under_way, (at + self.rng.uniform(*self.round_trip) / 2, which, "answer", spent))
                else:
                    self.answer(spent, at, *arrivals.pop(which))

    def answer(self, spent: Spent, at: float, status: int, headers: dict[str, str]) -> None:
        """Learn from an answer, like the limiter."""
        seen = limits_of(headers if self.headers else {})
        self.window.observe(spent, at, seen, refused=status == 429)
        if status == 429:
            self.window.cool_until(at + float(headers["retry-after"]))


def drive(
    oracle: Oracle,
    seed: int,
    round_trip: tuple[float, float],
    policy: RateLimit,
    *,
    segments: int = 20,
    **options: bool,
) -> Oracle:
    rng = random.Random(seed)
    start = rng.uniform(1_000, 2_000)
    Drive(Window(policy), oracle, rng, round_trip, **options).run(start, segments * policy.segment)
    return oracle


def blind(skew: float, seed: int, limit: int) -> Oracle:
    return drive(Oracle(limit, skew=skew), seed, (0.0, 0.2), RateLimit(limit=limit), segments=5, headers=False)


@dataclass(frozen=True)
class Situation:
    """A server, its distance, and our spending."""

    skew: float
    seed: int
    segment: float
    limit: int
    slowest: float
    counts_refused: bool
    weighs_remaining: bool
    evenly: bool
    offset: float

    def drive(self, segments: int = 20) -> Oracle:
        """Saturate the server."""
        is_real = self.segment == 30.0  # whole seconds, and segments on multiples of thirty
        oracle = Oracle(
            self.limit, self.segment, self.skew, 0.0 if is_real else self.offset, self.counts_refused,
            self.weighs_remaining, whole_seconds=is_real,
        )  # fmt: skip
        policy = RateLimit(limit=self.limit, segment=self.segment)
        return drive(
            oracle, self.seed, (0.0, self.slowest * self.segment), policy, segments=segments, evenly=self.evenly
        )


SITUATIONS = st.builds(
    Situation,
    skew=st.floats(-1e5, 2e9),
    seed=st.integers(0, 2**32),
    segment=st.sampled_from([0.5, 1.5, 30.0]),
    limit=st.integers(2, 90),
    slowest=st.floats(0.001, 0.2),
    counts_refused=st.booleans(),
    weighs_remaining=st.booleans(),
    evenly=st.booleans(),
    offset=st.floats(0, 29),
)


@pytest.mark.untraced
class TestAgainstTheOracle:
    @pytest.mark.parametrize("segments", [10, pytest.param(20, marks=pytest.mark.long)])
    @pytest.mark.parametrize(
        ("round_trip", "skew", "evenly"),
        [
            pytest.param(latency, skew, evenly, marks=[pytest.mark.long] * ((row + column + evenly) % 3 > 0))
            for row, latency in enumerate([(0.04, 0.06), (0.1, 0.4), (0.4, 4.0)])
            for column, skew in enumerate([1.7e9, 1.7e9 + 9_000.3, 1.7e9 - 8_123.9])
            for evenly in (True, False)
        ],
    )
    def test_alone_it_is_never_refused_and_uses_the_budget(
        self, round_trip: tuple[float, float], skew: float, evenly: bool, segments: int
    ) -> None:
        oracle = drive(Oracle(skew=skew), 1, round_trip, RateLimit(), segments=segments, evenly=evenly)
        assert oracle.refused == []
        # the run begins anywhere in the first segment
        expected = 0.96 if round_trip[1] < 1 else 0.9
        assert len(oracle.accepted) >= expected * 70 * segments

    @given(SITUATIONS)
    @pytest.mark.slow
    def test_it_is_never_refused_with_any_phase_latency_or_reading(self, situation: Situation) -> None:
        """This holds for any phase, any skew, a latency up to a fifth of a segment, and any meaning of `remaining`."""
        oracle = situation.drive(segments=6)
        assert oracle.refused == []
        assert oracle.accepted

    @pytest.mark.long
    @pytest.mark.timeout(1_800)
    @settings(max_examples=3_000, derandomize=False)
    @given(SITUATIONS)
    def test_the_same_with_many_more_examples(self, situation: Situation) -> None:
        assert situation.drive().refused == []

    @settings(max_examples=some(12))
    @given(skew=st.floats(-1e5, 2e9), seed=st.integers(0, 2**32), limit=st.integers(2, 90))
    @pytest.mark.slow
    def test_without_headers_the_pace_is_safe_for_every_phase(self, skew: float, seed: int, limit: int) -> None:
        assert blind(skew, seed, limit).refused == []

    @pytest.mark.long
    @pytest.mark.timeout(900)
    @settings(max_examples=500, derandomize=False)
    @given(skew=st.floats(-1e5, 2e9), seed=st.integers(0, 2**32), limit=st.integers(2, 90))
    def test_the_same_without_headers(self, skew: float, seed: int, limit: int) -> None:
        """The 500 examples take one to two minutes, so the limit of 30 s that other tests have is too short.

        A search over 13,056 cases beside this test found no refusal. The closest request arrived 0.0017 requests below
        the limit. Rounding can only matter below 1e-6 requests: Unix times as floats are exact to 2.4e-7 s.
        """
        assert blind(skew, seed, limit).refused == []

    @pytest.mark.parametrize("segments", [8, pytest.param(20, marks=pytest.mark.long)])
    def test_without_headers_it_still_uses_most_of_the_budget(self, segments: int) -> None:
        oracle = drive(Oracle(), 3, (0.05, 0.2), RateLimit(), segments=segments, headers=False)
        assert len(oracle.accepted) >= 0.9 * 70 * segments

    def test_a_share_of_the_budget(self) -> None:
        oracle = drive(Oracle(), 5, (0.05, 0.1), RateLimit(share=0.5))
        assert oracle.refused == []
        assert 0.9 * 700 <= len(oracle.accepted) <= 705

    @pytest.mark.parametrize("announced", [30, 210])
    @pytest.mark.parametrize("segments", [8, pytest.param(20, marks=pytest.mark.long)])
    def test_the_announced_limit_is_followed(self, announced: int, segments: int) -> None:
        oracle = drive(Oracle(limit=announced), 7, (0.02, 0.05), RateLimit(limit=70), segments=segments)
        if announced > 70:
            assert oracle.refused == []
        assert len(oracle.accepted) >= 0.9 * segments * announced
        assert len(oracle.refused) <= 5


class TestForeignTraffic:
    @pytest.mark.parametrize("counts_refused", [False, True])
    def test_a_loaded_account_costs_few_refusals_and_never_locks_us_out(self, counts_refused: bool) -> None:
        """Another program spends half of the budget."""
        oracle, rng, window = Oracle(counts_refused=counts_refused), random.Random(11), Window(RateLimit())
        now, ours, refused = 5_000.0, 0, 0
        foreign = sorted(rng.uniform(5_000, 5_600) for _ in range(600))
        while now < 5_600:
            now = max(now, window.ready_at(now))
            while foreign and foreign[0] <= now:
                oracle.arrive(foreign.pop(0))
            spent = window.spend(now)
            status, headers = oracle.arrive(now + 0.02)
            window.observe(spent, now + 0.05, limits_of(headers), refused=status == 429)
            if status == 429:
                refused += 1
                window.cool_until(now + float(headers["retry-after"]))
            else:
                ours += 1
        assert ours >= 300
        assert refused <= 40

    def test_our_own_requests_are_not_counted_as_foreign(self) -> None:
        window = Window(RateLimit())
        spent = [window.spend(1_000.0) for _ in range(10)]
        oracle = Oracle(skew=500.0)
        answers = [oracle.arrive(1_000.01) for _ in spent]
        for one, (_, headers) in zip(spent, reversed(answers), strict=True):
            window.observe(one, 1_000.1, limits_of(headers), refused=False)
        assert window.estimated(1_000.1) == 10


class TestSmallRules:
    def test_unspent_and_lost_permits(self) -> None:
        window = Window(RateLimit())
        spent = window.spend(10.0)
        window.unspend(spent)
        spent = window.spend(10.0)
        window.lose(spent, 11.0)
        first = window.spend(12.0)
        window.observe(first, 12.1, Limits(70, None, 1_030.0, None), refused=False)
        assert window.is_phase_known
        assert window.estimated(12.1) == 2  # the lost one may have counted, the unspent one did not
        spent = window.spend(12.2)
        window.lose(spent, 12.3)
        assert window.estimated(12.3) == 3

    def test_the_segment_is_shown_once_an_answer_has_shown_it(self) -> None:
        window = Window(RateLimit())
        spent = [window.spend(1_000.0) for _ in range(3)]
        assert window.segment(1_000.0) is None
        for one in spent:
            window.observe(one, 1_000.1, Limits(70, None, 1_030.0, 1_000.0), refused=False)
        window.spend(1_000.2)
        seen = window.segment(1_000.2)
        assert seen is not None
        assert (seen.previous, seen.current, seen.seconds) == (0, 4, 30)
        assert seen.elapsed == pytest.approx(0.1, abs=0.01)
        later = window.segment(1_045.2)
        assert later is not None
        assert (later.previous, later.current) == (3, 1)  # the one without an answer may still come
        assert window.estimated(1_045.2) == pytest.approx(later.carried + 1)

    @pytest.mark.parametrize("is_lost", [False, True])
    def test_a_request_that_a_total_shows_counts_in_its_segment(self, is_lost: bool) -> None:
        """Of two requests, one is answered with a total of two: so the other was counted before it."""
        window = Window(RateLimit())
        window.foreign.recall(Reading.CURRENT)
        slow, quick = window.spend(1_000.0), window.spend(1_000.1)
        window.observe(quick, 1_000.2, Limits(70, 68.0, 1_030.0, 1_000.0), refused=False)
        if is_lost:
            window.lose(slow, 1_045.2)
        assert window.estimated(1_045.2) == pytest.approx(2 * 0.5, abs=1e-3)

    def test_a_lost_request_that_no_total_shows_counts_when_it_was_given_up(self) -> None:
        window = Window(RateLimit())
        window.observe(window.spend(1_000.1), 1_000.2, Limits(70, 69.0, 1_030.0, 1_000.0), refused=False)
        window.lose(window.spend(1_000.3), 1_045.2)
        assert window.estimated(1_045.2) == pytest.approx(0.5 + 1, abs=1e-3)

    @pytest.mark.parametrize(("jump", "free"), [(0.0, 10), (15.0, 9)])
    def test_after_a_jump_of_the_server_s_clock_it_keeps_a_margin(self, jump: float, free: int) -> None:
        window = Window(RateLimit(limit=10, margin=1))
        window.observe(window.spend(1_001.0), 1_001.0, Limits(10, None, 1_030.0, 1_001.0), refused=False)
        server = 1_100.0 + jump
        window.observe(window.spend(1_100.0), 1_100.0, Limits(10, None, server // 30 * 30 + 30, server), refused=False)
        taken = 1
        while window.ready_at(1_100.0, BURST) <= 1_100.0:
            window.spend(1_100.0)
            taken += 1
        assert taken == free

    def test_an_answer_without_headers_is_counted_in_the_segment_of_its_arrival(self) -> None:
        window = Window(RateLimit())
        window.observe(window.spend(1.0), 1.1, Limits(reset=1_030.0), refused=False)
        window.observe(window.spend(2.0), 2.1, Limits(), refused=False)
        assert window.estimated(2.1) == 2

    def test_a_reset_far_from_its_date_is_ignored(self) -> None:
        window = Window(RateLimit())
        window.observe(window.spend(1.0), 1.1, Limits(reset=5.0, date=1.7e9), refused=False)
        assert not window.is_phase_known

    def test_a_cooldown_is_kept_and_only_grows(self) -> None:
        window = Window(RateLimit())
        window.cool_until(50.0)
        window.cool_until(20.0)
        assert (window.ready_at(1.0), window.cooling_until) == (50.0, 50.0)

    def test_withheld_permits(self) -> None:
        window = Window(RateLimit(limit=10))
        window.observe(window.spend(1.0), 1.0, Limits(10, None, 1_030.0, 1_001.0), refused=False)
        for _ in range(5):
            window.observe(window.spend(41.0), 41.0, Limits(10, None, 1_060.0, 1_041.0), refused=False)
        assert window.ready_at(41.0, Pace(evenly=False)) == 41.0
        assert window.ready_at(41.0, Pace(evenly=False, withheld=5)) > 41.0


def test_with_a_share_no_traffic_is_counted_as_foreign() -> None:
    window = Window(RateLimit(share=0.5))
    window.observe(window.spend(0.0), 0.1, Limits(70, 3.0, 1_030.0, 1_000.0), refused=False)
    assert not window.foreign.is_present
    assert window.limit == 35
