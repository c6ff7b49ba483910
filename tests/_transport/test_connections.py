"""One connection pool, and one limiter for each account."""

import gc

import pytest

from tests.support.http import request
from woowup_async._transport.connections import ConnectionPolicy, Connections
from woowup_async._transport.credentials import ApiKey
from woowup_async.policies import Lane, RateLimit
from woowup_async.ports import TakesTurns
from woowup_async.testing import FakeClock, Simulator


class TestConnections:
    def test_the_same_key_has_the_same_limiter(self) -> None:
        connections = Connections(ConnectionPolicy())
        first = connections.limiter(ApiKey("a"), RateLimit())
        assert connections.limiter(ApiKey("a"), RateLimit()) is first
        assert connections.limiter(ApiKey("b"), RateLimit()) is not first
        with pytest.raises(ValueError, match="this account's rate limit in this pool is"):
            connections.limiter(ApiKey("a"), RateLimit(limit=10))

    @pytest.mark.slow
    async def test_a_limiter_is_kept_as_long_as_its_requests_count(self) -> None:
        clock = FakeClock()
        connections = Connections(ConnectionPolicy(), clock)
        first = connections.limiter(ApiKey("a"), RateLimit())
        (await first.admit(Lane.BULK)).lost()
        del first
        gc.collect()
        clock.advance(59)
        assert connections.limiter(ApiKey("a"), RateLimit()).statistics().spent == 1
        clock.advance(2)
        connections.limiter(ApiKey("b"), RateLimit())
        gc.collect()
        assert connections.statistics().spent == 0
        assert connections.limiter(ApiKey("a"), RateLimit(limit=10)).statistics().limit == 10
        assert connections.statistics().throttled == 0

    async def test_opens_once(self) -> None:
        connections = Connections(ConnectionPolicy())
        with pytest.raises(RuntimeError, match="async with"):
            connections.transport(ApiKey("a"))
        await connections.open()
        with pytest.raises(RuntimeError, match="already open"):
            await connections.open()
        await connections.aclose()
        await connections.aclose()

    async def test_an_optional_pace_over_all_accounts(self) -> None:
        async with Simulator() as simulator:
            connections = Connections(ConnectionPolicy(requests_per_second=1_000))
            await connections.open()
            transport = connections.transport(ApiKey("a"))
            assert isinstance(transport, TakesTurns)
            async with transport.turn(request(simulator.url)):
                assert connections.statistics().under_way == 1
                response = await transport.send(request(simulator.url))
            await connections.aclose()
        assert response.status == 403
        assert connections.statistics().under_way == 0
