"""The port of budget stores, and the store in memory that keeps its contract."""

from woowup_async.budget import Snapshot
from woowup_async.testing import FakeClock, MemoryStore
from woowup_async.testing.contract import check_budget_store


async def test_the_store_in_memory_keeps_the_contract() -> None:
    store = MemoryStore()
    await check_budget_store(lambda: store)


async def test_its_time_is_that_of_its_clock() -> None:
    assert await MemoryStore(FakeClock(5.0)).read("a") == Snapshot(5.0, 0, None)
