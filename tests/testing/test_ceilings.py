"""A simulated account that takes bulk requests only up to a size."""

import pytest

from tests.support.official import purchase_line
from woowup_async import RetryPolicy, WoowUp, errors
from woowup_async.testing import BulkCeiling, Simulator


def client(simulator: Simulator) -> WoowUp:
    return WoowUp(simulator.api_key, base_url=simulator.url, retry=RetryPolicy(attempts=1))


@pytest.mark.parametrize(
    ("says", "status", "message"),
    [
        ("413", 413, "not the API's JSON (application/json; charset=utf-8, 2 bytes)"),
        ("400", 400, "too large: at most 2 purchases in one request"),
        ("mute 400", 400, "bad request"),
        ("500", 500, ""),
    ],
)
async def test_items(says: str, status: int, message: str) -> None:
    ceiling = BulkCeiling(items=2, says=says)  # type: ignore[arg-type]
    async with Simulator(rate_limit=None, bulk=ceiling) as simulator, client(simulator) as woowup:
        await woowup.purchases.create_bulk([purchase_line(1), purchase_line(2)])
        with pytest.raises(errors.ApiError) as refused:
            await woowup.purchases.create_bulk([purchase_line(number) for number in range(3)])
        await woowup.purchases.create_bulk([purchase_line(1)])
    assert (refused.value.status, refused.value.message) == (status, message)


async def test_bytes_and_seconds() -> None:
    ceiling = BulkCeiling(size_bytes=500, seconds_per_item=0.001)
    async with Simulator(rate_limit=None, bulk=ceiling) as simulator, client(simulator) as woowup:
        await woowup.purchases.create_bulk([purchase_line(1), purchase_line(2)])
        with pytest.raises(errors.ApiError, match="413"):
            await woowup.purchases.create_bulk([purchase_line(number) for number in range(4)])
    assert await ceiling.refusal("POST", "/apiv3/purchases/bulk", b"{") is None
