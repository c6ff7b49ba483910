"""The budget over real sockets: a short segment, several accounts, several clients, and a clean end."""

import asyncio
from collections import Counter

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.support.load import Share
from woowup_async import RateLimit, SessionPool, User, WoowUp
from woowup_async.errors import WoowUpError
from woowup_async.testing import Simulator

pytestmark = pytest.mark.untraced
#: A segment of 30 s becomes half a second.
SPEED = 60.0


def user(number: int) -> User:
    return User(email=f"ana{number}@example.com")


def accepted(simulator: Simulator) -> int:
    return simulator.requests - simulator.throttled


async def saturate(woowup: WoowUp, seconds: float, offset: int = 0) -> None:
    """Send as many users as the budget allows."""
    users = ({"email": f"ana{number}@example.com"} for number in range(offset, offset + 100_000))
    with anyio.move_on_after(seconds):
        await woowup.ingest(users=users)


@pytest.mark.parametrize("weighs_remaining", [False, True])
@pytest.mark.slow
async def test_the_whole_budget_without_a_refusal(weighs_remaining: bool) -> None:
    async with Simulator(speed=SPEED, weighs_remaining=weighs_remaining) as simulator:
        limit = RateLimit(segment=simulator.segment)
        async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) as woowup:
            share = Share()
            await saturate(woowup, 6 * simulator.segment)
            part, seen = share.part, woowup.statistics()
        assert simulator.throttled == 0
        # six segments, of which the first has already begun; a machine with other work gives only a part of a core
        assert accepted(simulator) >= 0.75 * 6 * 70 * part
        assert seen.bulk.spent >= accepted(simulator)
        assert seen.phase_uncertainty is not None
        assert seen.phase_uncertainty < simulator.segment
        assert seen.reading in (None, "limit - current", "limit - estimated")


async def test_a_burst_on_an_idle_account_goes_at_once() -> None:
    async with Simulator() as simulator, WoowUp(simulator.api_key, base_url=simulator.url) as woowup:
        await woowup.users.create(user(0))
        async with anyio.create_task_group() as tasks:
            for number in range(1, 50):
                tasks.start_soon(woowup.users.create, user(number))
        assert simulator.throttled == 0
        assert len(simulator.users) == 50
        assert woowup.statistics().interactive.waits.quantile(0.99) <= 1.0


@pytest.mark.slow
async def test_accounts_of_one_pool_each_have_their_own_budget_and_share_the_sockets() -> None:
    async with (
        Simulator(speed=SPEED, api_key="a") as first,
        Simulator(speed=SPEED, api_key="b") as second,
        SessionPool(max_connections=4) as pool,
    ):
        limit = RateLimit(segment=first.segment)
        a = pool.account("a", base_url=first.url, rate_limit=limit)
        b = pool.account("b", base_url=second.url, rate_limit=limit)
        async with anyio.create_task_group() as tasks:
            for woowup in (a, b):
                tasks.start_soon(saturate, woowup, 4 * first.segment)
        seen = pool.statistics()
        assert first.throttled == second.throttled == 0
        share = accepted(first) / (accepted(first) + accepted(second))
        assert 0.4 <= share <= 0.6
        assert seen.spent >= accepted(first) + accepted(second)
        assert (len(seen.accounts), seen.under_way, seen.waiting) == (2, 0, 0)


async def test_all_clients_of_a_key_share_one_budget() -> None:
    async with Simulator() as simulator, SessionPool() as pool:
        clients = [pool.account(simulator.api_key, base_url=simulator.url) for _ in range(3)]
        for number, woowup in enumerate(clients):
            await woowup.users.create(user(number))
        assert {woowup.statistics().spent for woowup in clients} == {3}


@pytest.mark.slow
async def test_a_second_program_costs_few_refusals_and_neither_is_locked_out() -> None:
    """Two separate pools, like those of two worker processes of one shop."""
    async with Simulator(speed=40) as simulator:
        limit = RateLimit(segment=simulator.segment)
        clients = [WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) for _ in range(2)]
        share = Share()
        async with anyio.create_task_group() as tasks, clients[0], clients[1]:
            async with anyio.create_task_group() as runs:
                for number, woowup in enumerate(clients):
                    runs.start_soon(saturate, woowup, 6 * simulator.segment, number * 1_000_000)
            tasks.cancel_scope.cancel()
        total = sum(woowup.statistics().spent for woowup in clients)
        assert total >= 0.6 * 6 * 70 * share.part
        assert simulator.throttled <= 0.1 * total
        assert all(woowup.statistics().spent >= 0.15 * total for woowup in clients)


async def test_closing_with_requests_in_flight_is_clean(caplog: pytest.LogCaptureFixture) -> None:
    ends = Counter[str]()

    async def call(woowup: WoowUp, number: int) -> None:
        try:
            await woowup.users.create(user(number))
        except (WoowUpError, RuntimeError) as error:
            ends[type(error).__name__] += 1
        else:
            ends["done"] += 1

    async with Simulator(latency=0.5) as simulator:
        pool = SessionPool()
        await pool.__aenter__()
        woowup = pool.account(simulator.api_key, base_url=simulator.url)
        tasks = [asyncio.create_task(call(woowup, number)) for number in range(5)]
        while woowup.statistics().in_flight < 1:
            await checkpoint()
        await pool.aclose()
        _, pending = await asyncio.wait(tasks, timeout=5)
        assert not pending
        assert pool.statistics().under_way == 0
    assert sum(ends.values()) == 5
    # the server of the simulator may log that the client closed the connection
    assert not [record for record in caplog.records if record.name.startswith(("woowup_async", "asyncio"))]
