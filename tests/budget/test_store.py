"""The port of budget stores, and the store in memory that keeps its contract."""

import pytest

from woowup_async.budget import BudgetStore, Snapshot
from woowup_async.testing import FakeClock, MemoryStore
from woowup_async.testing.contract import check_budget_store


async def test_the_store_in_memory_keeps_the_contract() -> None:
    await check_budget_store(MemoryStore())


async def test_its_time_is_that_of_its_clock() -> None:
    assert await MemoryStore(FakeClock(5.0)).read("a") == Snapshot(5.0, 0, None)


class Broken(MemoryStore):
    """Does one thing wrong."""

    def __init__(self, wrong: str) -> None:
        super().__init__()
        self.wrong = wrong

    async def read(self, account: str) -> Snapshot:
        snapshot = await super().read(account)
        blob = snapshot.blob
        if self.wrong == "cuts blobs":
            blob = blob and blob[:1_000]
        if self.wrong == "counts from 1":
            return Snapshot(snapshot.time, snapshot.version + 1, blob)
        if self.wrong == "milliseconds":
            return Snapshot(snapshot.time * 1_000, snapshot.version, blob)
        return Snapshot(0.0 if self.wrong == "no time" else snapshot.time, snapshot.version, blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        if self.wrong == "the last one wins":
            version = self.blobs.get(account, (0, b""))[0]
        return await super().swap(account, version, blob)


@pytest.mark.parametrize(
    ("wrong", "broken"),
    [
        ("cuts blobs", "unchanged"),
        ("counts from 1", "version 0 and no blob"),
        ("the last one wins", "no version 7"),
        ("milliseconds", "in seconds"),
        ("no time", "in seconds"),
    ],
)
async def test_a_store_that_breaks_the_contract_is_told_which_rule(wrong: str, broken: str) -> None:
    store: BudgetStore = Broken(wrong)
    with pytest.raises(AssertionError, match=broken):
        await check_budget_store(store)
