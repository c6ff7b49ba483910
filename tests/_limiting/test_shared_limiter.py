"""Workers that share one budget over a store, in virtual time, against the vendor's pseudo-code."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from benchmarks.virtual import VirtualClock, run
from tests.support.examples import some
from tests.support.oracle import Oracle
from tests.support.workers import OwnClock, Store, Worker, workers
from woowup_async._limiting.permit import Permit
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async._limiting.shared_state import decoded
from woowup_async._limiting.spending import Memory
from woowup_async.budget import Snapshot
from woowup_async.errors import AdmissionTimeout, BudgetUnavailable
from woowup_async.policies import Lane, RateLimit
from woowup_async.statistics import LimiterStatistics


@dataclass(frozen=True)
class Situation:
    """A server, a store, and workers, some of which die."""

    seed: int
    number: int
    limit: int
    slowest: float
    trip: float
    weighs_remaining: bool
    deaths: tuple[int, ...]
    lost: float
    is_lossy: bool

    def run(self, segments: int) -> Oracle:
        """Saturate the server."""
        oracle = Oracle(self.limit, 3.0, 1.7e9 + self.seed % 100 / 33, weighs_remaining=self.weighs_remaining)
        oracle.whole_seconds = False
        store = Store((0.0, self.trip), self.seed, is_lossy=self.is_lossy)
        all_workers = workers(
            self.number, store, oracle, seed=self.seed, round_trip=(0.0, self.slowest), lost=self.lost
        )

        async def main() -> None:
            ends = [3.0 * (self.deaths[n] if n < len(self.deaths) else segments) for n in range(self.number)]
            await asyncio.gather(*(worker.saturate(end) for worker, end in zip(all_workers, ends, strict=True)))

        run(main())
        return oracle


SITUATIONS = st.builds(
    Situation,
    seed=st.integers(0, 2**32),
    number=st.integers(1, 6),
    limit=st.integers(2, 30),
    slowest=st.floats(0.01, 0.6),
    trip=st.floats(0.0, 0.1),
    weighs_remaining=st.booleans(),
    deaths=st.lists(st.integers(1, 4), max_size=5).map(tuple),
    lost=st.sampled_from([0.0, 0.0, 0.05]),
    is_lossy=st.booleans(),
)


@pytest.mark.untraced
class TestAgainstTheOracle:
    @pytest.mark.slow
    @settings(max_examples=some(10), deadline=None)
    @given(SITUATIONS)
    def test_no_request_is_refused_whatever_the_workers_and_the_store_do(self, situation: Situation) -> None:
        oracle = situation.run(6)
        assert oracle.refused == []
        assert oracle.accepted

    @pytest.mark.long
    @pytest.mark.timeout(1_800)
    @settings(max_examples=1_000, derandomize=False)
    @given(SITUATIONS)
    def test_the_same_with_many_more_examples(self, situation: Situation) -> None:
        assert situation.run(12).refused == []


def segments(
    number: int, minutes: float = 2.0, **options: Any
) -> tuple[Oracle, Store, list[Worker], LimiterStatistics]:
    """Saturate an account, and return what happened."""
    oracle, store = Oracle(skew=1.7e9), Store()
    crew = workers(number, store, oracle, seed=3, **options)

    async def main() -> LimiterStatistics:
        await asyncio.gather(*(worker.saturate(60 * minutes) for worker in crew))
        return crew[0].limiter.statistics()

    return oracle, store, crew, run(main())


@pytest.mark.untraced
class TestTogether:
    @pytest.mark.slow
    @pytest.mark.parametrize("number", [*(pytest.param(number, marks=pytest.mark.long) for number in (1, 2)), 5])
    def test_workers_spend_the_budget_of_one_and_get_equal_parts(self, number: int) -> None:
        oracle, store, crew, _ = segments(number)
        assert oracle.refused == []
        assert len(oracle.accepted) >= 0.95 * 280
        parts = [len(worker.statuses) for worker in crew]
        assert max(parts) <= 1.2 * min(parts)
        assert store.trips <= 6 * len(oracle.accepted)

    def test_each_knows_how_the_budget_is_shared(self) -> None:
        _, _, crew, statistics = segments(4)
        assert statistics.budget is not None
        assert statistics.budget.workers == 4
        assert statistics.budget.part == pytest.approx(0.25, abs=0.1)
        assert 0 < statistics.budget.latency < 0.01
        assert statistics.budget.trips > 50
        assert not statistics.budget.is_fallen_back
        assert statistics.limit == 70
        assert statistics.bulk.spent == len(crew[0].statuses)
        assert statistics.phase_uncertainty is not None

    def test_a_share_is_the_part_of_all_workers_of_the_store(self) -> None:
        oracle, *_ = segments(3, policy=RateLimit(share=0.5))
        assert oracle.refused == []
        assert 0.9 * 140 <= len(oracle.accepted) <= 175

    def test_an_interactive_call_goes_before_the_bulk_of_others(self) -> None:
        oracle, store = Oracle(skew=1.7e9), Store()
        crew, waits = workers(4, store, oracle, seed=1), list[float]()

        async def calls() -> None:
            clock = VirtualClock()
            for _ in range(20):
                await asyncio.sleep(5)
                began = clock.now()
                permit = await crew[3].limiter.admit(Lane.INTERACTIVE)
                waits.append(clock.now() - began)
                permit.answered(*oracle.arrive(clock.now()))

        async def main() -> None:
            await asyncio.gather(*(worker.saturate(105) for worker in crew[:3]), calls())

        run(main())
        assert oracle.refused == []
        assert sorted(waits)[-2] <= 0.5


class TestOneWorker:
    """One worker, by a store that the test controls."""

    def run(self, play: Callable[[SharedLimiter, Store, Oracle], Awaitable[None]], **options: Any) -> Store:
        store, oracle = Store(), Oracle(skew=1.7e9)

        async def main() -> None:
            limiter = SharedLimiter(RateLimit(**options), VirtualClock(), store, "a", random=lambda: 0.5)
            await play(limiter, store, oracle)
            await limiter.aclose()
            assert len(asyncio.all_tasks()) == 1

        run(main())
        return store

    def test_a_permit_is_reported_and_the_keeper_ends(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            permit = await limiter.admit(Lane.INTERACTIVE)
            permit.answered(*oracle.arrive(0.0))
            await asyncio.sleep(3)
            assert len(asyncio.all_tasks()) == 1
            assert limiter.clock_skew(5e8) == pytest.approx(1.7e9 - 5e8, abs=30)
            assert not limiter.is_idle()
            await asyncio.sleep(70)
            assert limiter.is_idle()
            assert store.trips == 4

        self.run(play)

    def test_what_is_not_reported_yet_is_reported_at_the_end(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            first = await limiter.admit(Lane.INTERACTIVE)
            first.answered(*oracle.arrive(0.0))
            await asyncio.sleep(1)
            (await limiter.admit(Lane.INTERACTIVE)).unused()

        store = self.run(play)
        assert decoded(store.inner.blobs["a"][1]).permits == []

    def test_a_permit_of_a_cancelled_task_goes_to_the_next_one_or_back(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            first = await limiter.admit(Lane.BULK)
            first.answered(*oracle.arrive(0.0))
            tasks = [asyncio.create_task(limiter.admit(Lane.BULK)) for _ in range(2)]
            await asyncio.sleep(0.1)  # the permit of the first was given in advance
            tasks[0].cancel()
            assert isinstance(await tasks[1], Permit)
            last = asyncio.create_task(limiter.admit(Lane.BULK))
            await asyncio.sleep(0.05)
            last.cancel()
            await asyncio.sleep(3)
            assert limiter.statistics().in_flight == 1
            assert limiter.waiting(Lane.BULK) == 0

        self.run(play)

    def test_a_permit_for_a_task_that_has_gone_is_given_back(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.trip = (0.2, 0.2)
            task = asyncio.create_task(limiter.admit(Lane.BULK))
            await asyncio.sleep(0.3)  # the swap is under way
            task.cancel()
            await asyncio.sleep(4)
            assert decoded(store.inner.blobs["a"][1]).permits == []

        self.run(play)

    def test_an_unused_limiter_has_nothing_to_end(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            limiter.kill()
            assert limiter.statistics().spent == 0

        assert self.run(play).trips == 0

    def test_a_permit_that_comes_too_late_is_an_error(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            oracle.limit = 0
            permit = await limiter.admit(Lane.INTERACTIVE)
            permit.answered(*oracle.arrive(0.0))
            await asyncio.sleep(0.1)
            with pytest.raises(AdmissionTimeout) as caught:
                await limiter.admit(Lane.INTERACTIVE, timeout=1.0)
            assert caught.value.retry_after > 1
            assert VirtualClock().now() < 0.5  # it was known at once
            assert limiter.statistics().cooling > 1
            assert limiter.statistics().throttled == 1
            store.trip = (2.0, 2.0)
            with pytest.raises(AdmissionTimeout):
                await limiter.admit(Lane.INTERACTIVE, timeout=0.2)

        self.run(play)

    def test_a_refusal_without_a_date_pauses_for_a_segment(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            (await limiter.admit(Lane.INTERACTIVE)).answered(429, {})
            assert limiter.statistics().cooling == pytest.approx(30.5, abs=0.01)

        self.run(play)

    def test_answers_without_headers_are_logged_once(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            for status in (429, 200, 200):
                (await limiter.admit(Lane.INTERACTIVE)).answered(status, {})
                assert ("no usable rate-limit headers" in caplog.text) is (status == 200)
                await asyncio.sleep(40)
            other = SharedLimiter(RateLimit(), VirtualClock(), store, "a")
            (await other.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(VirtualClock().now()))
            await asyncio.sleep(3)
            (await other.admit(Lane.INTERACTIVE)).answered(200, {})  # the phase is known
            await other.aclose()

        self.run(play)
        assert sum("no usable rate-limit headers" in message for message in caplog.messages) == 1

    def test_a_long_pause_is_logged_once_and_has_a_beginning(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            other = SharedLimiter(RateLimit(), VirtualClock(), store, "a", random=lambda: 0.0)
            permits = [await limiter.admit(Lane.INTERACTIVE) for _ in range(2)]
            assert limiter.cooling_since() is None
            began = VirtualClock().now()
            for permit in permits:
                permit.answered(429, {"retry-after": "40"})
            await asyncio.sleep(5)
            assert limiter.cooling_since() == began
            with pytest.raises(AdmissionTimeout):  # the other worker reads of the pause
                await other.admit(Lane.INTERACTIVE, timeout=0.5)
            seen = other.cooling_since()
            assert seen is not None
            assert seen > began
            await asyncio.sleep(1)
            assert other.cooling_since() == seen
            assert (limiter.statistics().cooldowns, other.statistics().cooldowns) == (1, 0)
            assert other.statistics().cooling == pytest.approx(limiter.statistics().cooling, abs=0.5)
            await asyncio.sleep(40)
            assert limiter.cooling_since() is other.cooling_since() is None
            await other.aclose()

        self.run(play)
        text = "the account pauses for 40 s"
        assert sum(text in message for message in caplog.messages) == 1

    def test_the_segment_is_shown_when_an_answer_has_shown_it(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            assert limiter.statistics().segment is None
            (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(0.0))
            await asyncio.sleep(3)
            seen = limiter.statistics().segment
            assert seen is not None
            assert (seen.current, seen.seconds) == (1, 30.0)

        self.run(play)

    def test_a_journal_s_memory_counts_only_where_the_store_has_none(self) -> None:
        memory = Memory(70, (1.7e9, 1.7e9), 1.7e9 + 30, {1.7e9 + 30: 69}, (), None)

        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            wall = VirtualClock().now()
            limiter.recall(memory, wall)
            (await limiter.admit(Lane.INTERACTIVE)).unused()
            await asyncio.sleep(3)
            assert limiter.statistics().estimated == pytest.approx(69, abs=0.01)
            other = SharedLimiter(RateLimit(margin=0), VirtualClock(), store, "a")
            other.recall(replace(memory, spent={1.7e9 + 30: 1}), wall)
            (await other.admit(Lane.INTERACTIVE, timeout=1)).unused()
            assert limiter.remember(wall).spent == other.remember(wall).spent
            await other.aclose()

        self.run(play, margin=0)

    def test_it_ends_even_if_the_store_swallows_a_cancellation(self) -> None:
        class Swallowing(Store):
            is_reading = False

            async def read(self, account: str) -> Snapshot:
                self.is_reading = True
                try:
                    await asyncio.sleep(10)
                except asyncio.CancelledError:
                    raise BudgetUnavailable("no answer in time") from None
                finally:
                    self.is_reading = False
                raise AssertionError

        async def main() -> float:
            store = Swallowing()
            limiter = SharedLimiter(RateLimit(), VirtualClock(), store, "a")
            (await limiter.admit(Lane.INTERACTIVE)).answered(200, {})  # there is something to report
            await asyncio.sleep(10)
            while not store.is_reading:
                await asyncio.sleep(0.1)
            began = VirtualClock().now()
            with anyio.move_on_after(20):
                await limiter.aclose()
            return VirtualClock().now() - began

        assert run(main()) < 3

    def test_a_journal_s_memory_counts_if_the_store_never_worked(self) -> None:
        memory = Memory(70, (1.7e9, 1.7e9), 1.7e9 + 30, {1.7e9 + 30: 69}, (), None)

        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.broken = ConnectionRefusedError()
            limiter.recall(memory, VirtualClock().now())
            (await limiter.admit(Lane.INTERACTIVE)).unused()
            assert limiter.statistics().estimated == pytest.approx(69, abs=0.01)

        self.run(play, margin=0)

    def test_permits_go_on_while_the_store_is_down(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.broken = ConnectionRefusedError("redis://:secret@host")
            for lane in (Lane.BULK, Lane.INTERACTIVE) * 10:
                (await limiter.admit(lane)).answered(*oracle.arrive(VirtualClock().now()))
            statistics = limiter.statistics()
            assert statistics.budget is not None
            assert statistics.budget.is_fallen_back
            assert (statistics.budget.workers, statistics.budget.fallbacks) == (1, 1)
            assert statistics.estimated >= 19
            store.broken = None
            await asyncio.sleep(6)
            back = limiter.statistics()
            assert back.budget is not None
            assert not back.budget.is_fallen_back
            assert back.estimated >= 18  # what was spent meanwhile is counted

        self.run(play)
        text = "does not work (ConnectionRefusedError): using 100.0 % of the account's budget, for 1 worker seen"
        assert sum(text in message for message in caplog.messages) == 1
        assert sum("works again" in message for message in caplog.messages) == 1
        assert "secret" not in caplog.text

    def test_a_store_says_why_it_is_not_available(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.broken = BudgetUnavailable("the folder is on a network")
            (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(0.0))

        self.run(play)
        assert "does not work (the folder is on a network)" in caplog.text

    def test_bulk_requests_in_flight_are_bounded_without_the_store_too(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.broken = ConnectionRefusedError()
            first = await limiter.admit(Lane.BULK)
            first.answered(*oracle.arrive(0.0))
            permits = [await limiter.admit(Lane.BULK) for _ in range(8)]
            waiting = asyncio.create_task(limiter.admit(Lane.BULK))
            await asyncio.sleep(5)
            assert not waiting.done()
            permits[0].lost()
            assert isinstance(await waiting, Permit)

        self.run(play)

    def test_a_store_that_does_not_answer_is_down(self) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.trip = (1e6, 1e6)
            (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(0.0))
            assert 0.9 < VirtualClock().now() < 1.5

        self.run(play)

    def test_a_store_that_forgot_gets_it_back(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            for _ in range(20):
                (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(VirtualClock().now()))
            await asyncio.sleep(3)
            store.forget()
            (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(VirtualClock().now()))
            assert limiter.statistics().estimated >= 20
            assert limiter.statistics().budget.forgotten == 1  # type: ignore[union-attr]
            store.inner.blobs["a"] = (1, store.inner.blobs["a"][1])  # an old copy came back
            (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(VirtualClock().now()))

        self.run(play)
        assert "forgot" in caplog.text

    def test_the_worker_that_knows_most_writes_a_forgotten_state_again(self) -> None:
        async def main() -> None:
            oracle, store = Oracle(skew=1.7e9), Store()
            old, busy, new = (worker.limiter for worker in workers(3, store, oracle))

            def stored() -> float:
                return sum(decoded(store.inner.blobs["account"][1]).window.own.answered.values())

            async def send(limiter: SharedLimiter) -> None:
                (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(VirtualClock().now()))
                await asyncio.sleep(2.5)  # it is reported

            for limiter in (busy, old, *[busy] * 3, new):
                await asyncio.gather(*(send(limiter) for _ in range(5)))
            assert stored() == 30
            store.forget()
            await send(old)
            assert stored() == 10
            # `busy` sends nothing more, and only `new` saw what it had sent
            await send(new)
            assert stored() >= 30

        run(main())

    def test_a_damaged_blob_is_written_anew(self, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.inner.blobs["a"] = (4, b"nonsense")
            (await limiter.admit(Lane.INTERACTIVE)).answered(*oracle.arrive(0.0))

        store = self.run(play)
        assert decoded(store.inner.blobs["a"][1]).workers
        assert "cannot be read" in caplog.text

    def test_a_newer_version_is_left_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        newer = msgspec.msgpack.encode([99])

        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.inner.blobs["a"] = (4, newer)
            for _ in range(3):
                (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(VirtualClock().now()))
            await asyncio.sleep(10)

        store = self.run(play)
        assert store.inner.blobs["a"] == (4, newer)
        assert sum("schema 99" in message for message in caplog.messages) == 1

    @pytest.mark.parametrize("jump", [60.0, -60.0, 1e6])
    def test_a_store_whose_clock_was_set_is_reported(self, jump: float, caplog: pytest.LogCaptureFixture) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            for number in range(40):
                if number == 20:
                    await asyncio.sleep(3)
                    store.ahead = jump
                (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(VirtualClock().now()))
            assert limiter.statistics().estimated >= 35
            assert oracle.refused == []
            assert VirtualClock().now() < 35

        self.run(play)
        assert sum("clock of the budget store was set" in message for message in caplog.messages) == 1

    @pytest.mark.parametrize("ahead", [float("nan"), float("inf")])
    def test_a_store_without_a_time_is_down(self, ahead: float) -> None:
        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            store.ahead = ahead
            (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(0.0))
            assert limiter.statistics().budget.is_fallen_back  # type: ignore[union-attr]

        self.run(play)

    def test_a_state_that_is_too_large_is_not_written(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("woowup_async._limiting.transactions.MAX_BLOB_BYTES", 10)

        async def play(limiter: SharedLimiter, store: Store, oracle: Oracle) -> None:
            (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(0.0))

        assert self.run(play).inner.blobs == {}

    def test_it_can_be_used_in_another_event_loop(self) -> None:
        store, oracle = Store(), Oracle()
        limiter = SharedLimiter(RateLimit(), OwnClock(), store, "a")

        async def call() -> None:
            (await limiter.admit(Lane.BULK)).answered(*oracle.arrive(0.0))

        async def spent() -> int:
            return limiter.statistics().bulk.spent

        for _ in range(2):
            run(call())
        assert run(spent()) == 2


def test_workers_meet_again_after_a_few_seconds_without_the_store() -> None:
    """A smaller test of the same, with coverage."""
    oracle, store = Oracle(skew=1.7e9), Store()
    crew = workers(3, store, oracle, seed=5)

    async def outage() -> None:
        await asyncio.sleep(8)
        store.broken = ConnectionRefusedError()
        await asyncio.sleep(4)
        store.broken = None

    async def main() -> list[LimiterStatistics]:
        await asyncio.gather(*(worker.saturate(30) for worker in crew), outage())
        return [worker.limiter.statistics() for worker in crew]

    for seen in run(main()):
        assert seen.budget is not None
        assert (seen.budget.fallbacks, seen.budget.is_fallen_back, seen.budget.workers) == (1, False, 3)
        assert seen.budget.conflicts
    assert oracle.refused == []


def test_each_worker_notices_that_the_store_s_clock_was_set_and_one_moves_the_times() -> None:
    oracle, store = Oracle(skew=1.7e9), Store()
    crew = workers(2, store, oracle, seed=5)

    async def set_clock() -> None:
        await asyncio.sleep(5)
        store.ahead = 500.0

    async def main() -> None:
        await asyncio.gather(*(worker.saturate(12) for worker in crew), set_clock())

    run(main())
    (blob,) = (blob for _, blob in store.inner.blobs.values())
    assert decoded(blob).epoch == 1
    assert oracle.refused == []


@pytest.mark.slow
@pytest.mark.untraced
class TestFailures:
    """Several workers, and a store that fails."""

    def crew(self, play: Callable[[Store], Awaitable[None]], minutes: float = 3.0, number: int = 3) -> Oracle:
        oracle, store = Oracle(skew=1.7e9), Store()
        crew = workers(number, store, oracle, seed=5)

        async def main() -> None:
            await asyncio.gather(*(worker.saturate(60 * minutes) for worker in crew), play(store))

        run(main())
        return oracle

    def test_a_minute_without_the_store_costs_little_and_no_refusal(self) -> None:
        async def play(store: Store) -> None:
            await asyncio.sleep(80)
            store.broken = ConnectionRefusedError()
            await asyncio.sleep(60)
            store.broken = None

        oracle = self.crew(play)
        assert oracle.refused == []
        assert len(oracle.accepted) >= 0.9 * 420

    def test_a_store_that_forgets_costs_no_refusal(self) -> None:
        async def play(store: Store) -> None:
            await asyncio.sleep(80)
            store.forget()

        oracle = self.crew(play)
        assert oracle.refused == []
        assert len(oracle.accepted) >= 0.94 * 420

    def test_a_clock_that_is_set_is_moved_once(self) -> None:
        async def play(store: Store) -> None:
            await asyncio.sleep(80)
            store.ahead = 500.0

        oracle = self.crew(play)
        assert oracle.refused == []
        assert len(oracle.accepted) >= 0.94 * 420
