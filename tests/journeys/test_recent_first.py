"""A backfill with the newest buyers first, over real sockets, with the counts of what is useful when."""

import pytest

from tests.support.official import purchase_line
from woowup_async import RateLimit, RetryPolicy, WoowUp
from woowup_async.testing import Simulator

pytestmark = pytest.mark.untraced
USERS, BUYERS, PURCHASES = 300, 100, 300


def name(number: int) -> str:
    return f"u{number}@example.com"


def bought(number: int) -> dict[str, object]:
    """A purchase of one of the last customers of the file. The later the number, the newer it is."""
    made = f"2024-{1 + number // 100:02}-{1 + number % 28:02} 10:00:00"
    return purchase_line(number, email=name(USERS - 1 - number % BUYERS), createtime=made)


async def useful_after(order: str, requests: int) -> tuple[int, int]:
    """Return the purchases that are on the account after some requests, and all requests of the run."""
    limit = RateLimit(limit=2_000)
    async with Simulator(limit, speed=20) as simulator:
        mine = RateLimit(limit=2_000, segment=simulator.segment)
        key, quick = simulator.api_key, RetryPolicy(base=0.01, cap=0.1)
        async with WoowUp(key, base_url=simulator.url, rate_limit=mine, retry=quick) as woowup:
            useful, users = 0, [{"email": name(number)} for number in range(USERS)]
            async with woowup.outcomes(users, [bought(number) for number in range(PURCHASES)], order=order) as outcomes:  # type: ignore[arg-type]
                async for _ in outcomes:
                    if simulator.requests <= requests:
                        useful = len(simulator.purchases)
        assert (len(simulator.users), len(simulator.purchases)) == (USERS, PURCHASES)
        assert not simulator.orphans
        assert not simulator.duplicates
        assert outcomes.report.accepted == outcomes.report.submitted == USERS + PURCHASES
        return useful, simulator.requests


@pytest.mark.slow
async def test_all_purchases_are_there_after_a_third_of_the_requests() -> None:
    """Each of the 300 users costs a request. 100 of them have all purchases."""
    (given, cost), (recent, cost_of_recent) = await useful_after("given", 150), await useful_after("recent", 150)
    assert (given, recent) == (0, PURCHASES)
    assert abs(cost_of_recent - cost) <= 3
