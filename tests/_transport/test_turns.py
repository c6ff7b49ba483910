"""The wait for a socket and for the pace, outside the exchange."""

import asyncio

import anyio
import pytest

from woowup_async import SessionPool, errors
from woowup_async._transport.connections import ConnectionPolicy, Connections
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.turns import Turn, Turns
from woowup_async.testing import Simulator

A, B = ApiKey("a"), ApiKey("b")
URL = "https://one.example.com/apiv3/users"
OTHER = "https://two.example.com/apiv3/users"


async def entered(turn: Turn) -> Turn:
    await turn.__aenter__()
    return turn


async def test_a_request_needs_a_place_of_its_host_and_one_of_the_pool() -> None:
    turns = Turns(3, 1, None)
    first = await entered(Turn(turns, A, URL))
    second = asyncio.ensure_future(entered(Turn(turns, B, URL)))
    await asyncio.sleep(0)
    assert (turns.held, turns.waiting) == (1, 1)  # a request that waits for its host takes no place of the pool
    third = await entered(Turn(turns, B, OTHER))
    assert turns.held == 2
    await first.__aexit__(None, None, None)
    await (await second).__aexit__(None, None, None)
    await third.__aexit__(None, None, None)
    assert (turns.held, turns.waiting) == (0, 0)


@pytest.mark.parametrize("per_host", [None, 1])
async def test_a_request_that_gives_up_returns_its_places(per_host: int | None) -> None:
    turns = Turns(1, per_host, 0.001)
    first = await entered(Turn(turns, A, URL))  # uses the only request of the next thousand seconds
    second = asyncio.ensure_future(entered(Turn(turns, A, URL)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({second})
    await first.__aexit__(None, None, None)
    assert turns.held == 0
    with anyio.move_on_after(0.01) as scope:  # has a place, and waits for the pace
        await entered(Turn(turns, A, URL))
    assert scope.cancelled_caught
    assert (turns.held, turns.waiting) == (0, 0)


@pytest.mark.slow
async def test_nothing_is_sent_after_a_run_was_stopped() -> None:
    """All but the first requests wait for the pool's pace."""
    async with Simulator(None) as simulator, SessionPool(requests_per_second=0.5, in_flight=4) as pool:
        woowup = pool.account(simulator.api_key, base_url=simulator.url)
        users = [{"email": f"a{number}@example.com"} for number in range(20)]
        async with woowup.outcomes(users=users) as outcomes:
            settled = [await anext(aiter(outcomes))]
            had = simulator.requests
            while pool.statistics().under_way == 0:
                await asyncio.sleep(0)
            outcomes.drain()
            with anyio.fail_after(5):
                settled += [one async for one in outcomes]
        assert simulator.requests == had
        assert woowup.statistics().in_flight == 0


class TestClosed:
    async def test_a_client_that_was_closed_raises_client_closed(self) -> None:
        async with Simulator() as simulator:
            async with SessionPool() as pool:
                woowup = pool.account(simulator.api_key, base_url=simulator.url)
                await woowup.users.exists(email="a@b.co")
            with pytest.raises(errors.ClientClosed, match="the client or its pool was closed"):
                await woowup.users.exists(email="a@b.co")
        assert issubclass(errors.ClientClosed, RuntimeError)  # the same as for a call before `async with`

    async def test_a_transport_that_was_closed_before_the_request_was_sent(self) -> None:
        connections = Connections(ConnectionPolicy())
        await connections.open()
        woowup = connections.transport(A)
        await connections.aclose()
        from tests.support.http import request

        with pytest.raises(errors.ClientClosed):
            await woowup.send(request("http://127.0.0.1:1"))

    @pytest.mark.slow
    async def test_a_pool_that_is_closed_under_a_run_ends_it_with_its_counts(self) -> None:
        async with Simulator(None, latency=30) as simulator:
            pool = SessionPool()
            await pool.__aenter__()
            woowup = pool.account(simulator.api_key, base_url=simulator.url)
            run = asyncio.ensure_future(woowup.ingest(users=[{"email": f"a{n}@b.co"} for n in range(9)]))
            while not simulator.requests:
                await asyncio.sleep(0.001)
            await pool.aclose()
            with anyio.fail_after(5), pytest.raises(errors.ClientClosed) as excinfo:
                await run
        report = excinfo.value.report
        assert getattr(report, "in_doubt", 0) == 1  # its bytes had been sent
        assert getattr(report, "accepted", None) == 0


@pytest.mark.parametrize("agent", ["a\r\nX: y", "a\x00", "\x1b[2J", "\ud800", "a\u202eb"])
def test_a_user_agent_with_control_characters_is_refused_at_once(agent: str) -> None:
    with pytest.raises(ValueError, match="user_agent must not have control characters"):
        SessionPool(user_agent=agent)
