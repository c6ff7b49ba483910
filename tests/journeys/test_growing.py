"""Bulk requests that grow, over real sockets, on accounts with several ceilings."""

from statistics import median
from typing import Any

import pytest

from tests.support.official import purchase_line
from woowup_async import BatchPolicy, RateLimit, RetryPolicy, Timeouts, WoowUp
from woowup_async.events import RequestSent, RunEvent
from woowup_async.testing import BulkCeiling, Simulator

pytestmark = pytest.mark.untraced
QUICK = RetryPolicy(base=0.01, cap=0.1)
COUNT = 20_000


async def run(simulator: Simulator, timeouts: Timeouts = Timeouts()) -> list[int]:
    """Send 20,000 purchases of a known customer. Return the purchases of each request."""
    sizes = list[int]()

    def hear(event: RunEvent) -> None:
        if isinstance(event, RequestSent):
            sizes.append(len(event.records))

    limit, batch = RateLimit(limit=2_000, segment=simulator.segment), BatchPolicy(grow_to=1_000)
    policies: dict[str, Any] = {"rate_limit": limit, "retry": QUICK, "batch": batch, "timeouts": timeouts}
    async with simulator, WoowUp(simulator.api_key, base_url=simulator.url, **policies) as woowup:
        await woowup.users.create({"email": "ana@example.com"})
        report = await woowup.ingest(purchases=(purchase_line(number) for number in range(COUNT)), on_event=hear)
    assert report.purchases.accepted == len(simulator.purchases) == COUNT
    assert simulator.requests == report.requests + 1
    return sizes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ceiling", "low", "high", "most"),
    [
        pytest.param(BulkCeiling(items=100), 100, 100, 215, id="100", marks=pytest.mark.long),
        pytest.param(BulkCeiling(items=137), 121, 137, 190, id="137", marks=pytest.mark.long),
        pytest.param(BulkCeiling(items=137, says="mute 400"), 121, 137, 215, id="mute", marks=pytest.mark.long),
        pytest.param(BulkCeiling(items=500), 400, 500, 75, id="500"),
        pytest.param(BulkCeiling(), 1_000, 1_000, 42, id="none", marks=pytest.mark.long),
        pytest.param(BulkCeiling(size_bytes=60_000), 220, 330, 120, id="60 KB", marks=pytest.mark.long),
    ],
)
async def test_a_run_learns_a_ceiling(ceiling: BulkCeiling, low: int, high: int, most: int) -> None:
    """Without growing, each of these runs costs 200 requests."""
    sizes = await run(Simulator(RateLimit(limit=2_000), speed=20, bulk=ceiling))
    assert low <= median(sizes[len(sizes) // 2 :]) <= high
    assert len(sizes) <= most


@pytest.mark.long
async def test_a_run_learns_how_large_an_answer_in_time_may_be() -> None:
    """At 1 ms for each purchase and a timeout of 1.5 s, an answer to 500 purchases is slow."""
    simulator = Simulator(RateLimit(limit=2_000), speed=20, bulk=BulkCeiling(seconds_per_item=0.001))
    sizes = await run(simulator, Timeouts(total=1.5))
    assert max(sizes) <= 500
    assert len(sizes) < 200
