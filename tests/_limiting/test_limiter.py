"""Admission in virtual time: lanes, order, cancellation, cooldown."""

import logging

import anyio
import pytest

from tests.support.oracle import Oracle
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.permit import Permit
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import FakeClock

INTERACTIVE, BULK = Lane.INTERACTIVE, Lane.BULK


def limiter(clock: FakeClock, **policy: float) -> AccountLimiter:
    return AccountLimiter(RateLimit(**policy), clock, random=lambda: 0.5)  # type: ignore[arg-type]


def served(permit: Permit, oracle: Oracle, clock: FakeClock) -> int:
    status, headers = oracle.arrive(clock.now())
    permit.answered(status, headers)
    return status


async def saturate(mine: AccountLimiter, clock: FakeClock, oracle: Oracle) -> None:
    """Four tasks send as much as they may for five minutes, to a server 50 ms away."""
    until = clock.now() + 300

    async def work() -> None:
        while clock.now() < until:
            permit = await mine.admit(BULK)
            await clock.sleep_until(clock.now() + 0.05)
            assert served(permit, oracle, clock) == 200

    async with anyio.create_task_group() as tasks:
        for _ in range(4):
            tasks.start_soon(work)


@pytest.mark.untraced
async def test_saturated_it_spends_the_budget_without_a_refusal() -> None:
    clock, oracle = FakeClock(), Oracle(skew=1.7e9)
    mine = limiter(clock)
    await saturate(mine, clock, oracle)
    assert len(oracle.accepted) >= 0.93 * 700
    assert mine.statistics().spent == len(oracle.accepted)
    assert mine.statistics().throttled == 0


class Watched(FakeClock):
    """A clock that counts how often a task waits for a deadline or an event."""

    looks = 0

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        self.looks += unless is not None
        await super().sleep_until(deadline, unless)


@pytest.mark.untraced
async def test_the_next_task_looks_once_for_each_permit_even_with_many_answers() -> None:
    clock = Watched()
    mine = limiter(clock)
    await saturate(mine, clock, Oracle(skew=1.7e9))
    assert clock.looks < 1.1 * mine.statistics().spent


async def test_an_idle_accounts_burst_goes_at_once_when_the_phase_is_known() -> None:
    clock, oracle = FakeClock(), Oracle(skew=1.7e9)
    mine = limiter(clock)
    served(await mine.admit(INTERACTIVE), oracle, clock)
    started = clock.now()
    for _ in range(60):
        permit = await mine.admit(INTERACTIVE)
        assert served(permit, oracle, clock) == 200
    assert clock.now() - started < 0.1


async def spent_window(clock: FakeClock) -> AccountLimiter:
    """Return a limiter whose next permit comes in several seconds."""
    mine, oracle = limiter(clock, limit=10, margin=0), Oracle(limit=10, skew=1.7e9)
    for _ in range(10):
        served(await mine.admit(INTERACTIVE), oracle, clock)
    return mine


async def test_interactive_calls_take_priority_in_order_and_bulk_keeps_a_tenth() -> None:
    clock = FakeClock()
    mine, order = await spent_window(clock), list[str]()

    async def wait(lane: Lane, name: str) -> None:
        permit = await mine.admit(lane)
        order.append(name)
        permit.unused()

    async with anyio.create_task_group() as tasks:
        for number in range(2):
            tasks.start_soon(wait, BULK, f"b{number}")
        await anyio.lowlevel.checkpoint()
        for number in range(20):
            tasks.start_soon(wait, INTERACTIVE, f"i{number}")
    interactive = [name for name in order if name.startswith("i")]
    assert interactive == [f"i{number}" for number in range(20)]
    assert [name for name in order if name.startswith("b")] == ["b0", "b1"]
    assert order.index("b0") < 10
    assert order.index("b1") < 20


async def test_a_cancelled_waiter_costs_nothing_and_wakes_the_next() -> None:
    clock = FakeClock()
    mine = await spent_window(clock)
    before = mine.statistics().spent
    got = list[str]()

    async def wait(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            await mine.admit(INTERACTIVE)
            got.append(name)

    first, second = anyio.CancelScope(), anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, "first", first)
        tasks.start_soon(wait, "second", second)
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()
        assert mine.statistics().interactive.waiting == 2
        first.cancel()
    assert got == ["second"]
    assert mine.statistics().spent == before + 1
    assert mine.statistics().interactive.waiting == 0


async def test_a_bounded_wait_fails_at_once_if_no_permit_can_come_in_time() -> None:
    clock = FakeClock()
    mine = await spent_window(clock)
    started = clock.now()
    with pytest.raises(AdmissionTimeout, match="no permit within 0.5 s") as excinfo:
        await mine.admit(INTERACTIVE, timeout=0.5)
    assert clock.now() - started < 0.5
    assert excinfo.value.retry_after > 0.5


async def test_a_bounded_wait_behind_others_ends_in_time() -> None:
    clock = FakeClock()
    mine = await spent_window(clock)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(mine.admit, INTERACTIVE)
        await anyio.lowlevel.checkpoint()
        started = clock.now()
        with pytest.raises(AdmissionTimeout):
            await mine.admit(INTERACTIVE, timeout=0.25)
        assert clock.now() - started == pytest.approx(0.25, abs=0.01)
        tasks.cancel_scope.cancel()


async def test_a_429_pauses_both_lanes_for_as_long_as_it_says() -> None:
    clock = FakeClock()
    mine = limiter(clock)
    permit = await mine.admit(INTERACTIVE)
    permit.answered(429, {"retry-after": "18"})
    started = clock.now()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(mine.admit, INTERACTIVE)
        tasks.start_soon(mine.admit, BULK)
        await anyio.lowlevel.checkpoint()
        assert mine.statistics().cooling == pytest.approx(18.5)
        assert mine.cooling_since() == started
    assert clock.now() - started >= 18.5
    assert mine.cooling_since() is None
    assert mine.statistics().throttled == 1


async def test_a_429_without_retry_after_pauses_for_a_segment() -> None:
    clock = FakeClock()
    mine = limiter(clock)
    (await mine.admit(INTERACTIVE)).answered(429, {})
    assert mine.statistics().cooling == pytest.approx(30.5)


async def test_after_a_429_work_resumes_by_the_mirror_not_in_a_burst() -> None:
    """At the boundary the previous segment still counts in full, so obeying only Retry-After is not enough."""
    clock, oracle = FakeClock(), Oracle(skew=1.7e9)
    for _ in range(70):
        oracle.arrive(clock.now())  # foreign
    mine = limiter(clock)
    assert served(await mine.admit(INTERACTIVE), oracle, clock) == 429
    statuses = [served(await mine.admit(INTERACTIVE), oracle, clock) for _ in range(40)]
    assert statuses == [200] * 40


async def test_only_the_first_report_of_a_permit_counts() -> None:
    clock = FakeClock()
    mine = limiter(clock)
    permit = await mine.admit(BULK)
    permit.lost()
    permit.unused()
    permit.answered(429, {})
    assert mine.statistics().in_flight == 0
    assert mine.statistics().throttled == 0


async def test_missing_headers_are_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    mine = limiter(clock)
    with caplog.at_level(logging.WARNING, "woowup_async.limiting"):
        for _ in range(3):
            (await mine.admit(BULK)).answered(200, {"x-rate-limit-limit": "many"})
    assert len(caplog.records) == 1
    assert mine.statistics().phase_uncertainty is None


async def test_bulk_leaves_a_reserve_while_the_interactive_lane_is_used() -> None:
    clock, oracle = FakeClock(), Oracle(limit=20, skew=1.7e9)
    mine = limiter(clock, limit=20, margin=0, reserve=10)
    served(await mine.admit(INTERACTIVE), oracle, clock)
    with anyio.move_on_after(0.2):
        while True:
            served(await mine.admit(BULK), oracle, clock)
            if clock.now() > 1_025:
                break
    assert mine.statistics().estimated <= 12


async def test_a_cancelled_task_gets_no_permit() -> None:
    mine = limiter(FakeClock())
    with anyio.CancelScope() as scope:
        scope.cancel()
        await mine.admit(BULK)
    assert mine.statistics().spent == 0


async def test_bulk_keeps_to_its_requests_in_flight_and_interactive_does_not() -> None:
    clock, oracle = FakeClock(), Oracle(skew=1.7e9)
    mine = AccountLimiter(RateLimit(), clock, in_flight=2)
    served(await mine.admit(INTERACTIVE), oracle, clock)
    held = [await mine.admit(BULK) for _ in range(2)]
    got = list[str]()

    async def wait(lane: Lane) -> None:
        permit = await mine.admit(lane)
        got.append(lane.value)
        permit.unused()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait, BULK)
        await anyio.lowlevel.checkpoint()
        tasks.start_soon(wait, INTERACTIVE)
        for _ in range(10):
            await anyio.lowlevel.checkpoint()
        assert got == ["interactive"]
        held[0].unused()
    assert got == ["interactive", "bulk"]


async def test_statistics_have_what_a_dashboard_needs() -> None:
    clock, oracle = FakeClock(), Oracle(limit=20, skew=1.7e9)
    mine = limiter(clock, limit=20)
    served(await mine.admit(INTERACTIVE), oracle, clock)
    for _ in range(9):
        served(await mine.admit(BULK), oracle, clock)
    for _ in range(5):
        oracle.arrive(clock.now())  # foreign
    assert served(await mine.admit(INTERACTIVE), oracle, clock) == 200
    for _ in range(5):
        oracle.arrive(clock.now())
    assert served(await mine.admit(INTERACTIVE), oracle, clock) == 429
    seen = mine.statistics()
    assert (seen.spent, seen.interactive.spent, seen.bulk.spent) == (12, 3, 9)
    assert (seen.throttled, seen.cooldowns, seen.in_flight) == (1, 1, 0)
    assert seen.cooling > 0
    assert seen.foreign_rate > 0
    assert seen.estimated >= 19
    assert seen.phase_uncertainty is not None
    assert seen.phase_uncertainty <= 1.1
    assert seen.bulk.waits.total == 9
    assert seen.bulk.waits.quantile(1.0) > 0.001
    assert seen.interactive.waits.quantile(0.3) == 0.001


@pytest.mark.parametrize("knows_phase", [True, False])
async def test_a_restart_does_not_burst_onto_its_own_spending(knows_phase: bool) -> None:
    clock, oracle = FakeClock(), Oracle(skew=1.7e9)

    def answer(permit: Permit) -> int:
        status, headers = oracle.arrive(clock.now())
        permit.answered(status, headers if knows_phase else {})
        return status

    first = limiter(clock)
    for _ in range(60):
        assert answer(await first.admit(INTERACTIVE)) == 200
    await first.admit(INTERACTIVE)  # under way when the process dies
    oracle.arrive(clock.now())
    memory = first.remember(wall=5_000.0)
    clock.advance(1.0)
    second = limiter(clock)
    second.recall(memory, wall=5_001.0)
    statuses = [answer(await second.admit(INTERACTIVE)) for _ in range(60)]
    assert statuses == [200] * 60
    assert second.statistics().throttled == 0


async def test_a_hanging_first_request_does_not_stop_the_others() -> None:
    clock = FakeClock()
    mine = limiter(clock)
    await mine.admit(INTERACTIVE)
    started = clock.now()
    await mine.admit(INTERACTIVE)
    assert clock.now() - started == pytest.approx(60 / 70, abs=0.01)


@pytest.mark.slow
async def test_many_waiters_cost_little_each() -> None:
    """One timer for all: only the head looks at the window."""
    clock = FakeClock()
    mine = await spent_window(clock)
    looks = 0
    look = mine._ready_at

    def counted(lane: Lane, now: float) -> float:
        nonlocal looks
        looks += 1
        return look(lane, now)

    mine._ready_at = counted  # type: ignore[method-assign]
    async with anyio.create_task_group() as tasks:
        for _ in range(1_000):
            tasks.start_soon(mine.admit, BULK)
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        assert mine.statistics().bulk.waiting == 1_000
        tasks.cancel_scope.cancel()
    assert looks <= 2_010  # once when it starts to wait, and once when the one before leaves
    assert mine.statistics().bulk.waiting == 0


async def test_a_second_refusal_in_a_pause_is_the_same_pause() -> None:
    clock = FakeClock()
    mine = limiter(clock)
    permits = [await mine.admit(INTERACTIVE) for _ in range(2)]
    for permit in permits:
        permit.answered(429, {"retry-after": "30"})
    assert (mine.statistics().throttled, mine.statistics().cooldowns) == (2, 1)
    assert mine.waiting(INTERACTIVE) == 0
    assert mine.clock_skew(1.0) is None
