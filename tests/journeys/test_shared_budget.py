"""Clients that share one budget through a store, against the simulator."""

import logging
from pathlib import Path

import anyio
import pytest

from woowup_async import RateLimit, SessionPool, WoowUp
from woowup_async.budget import BudgetStore, Snapshot
from woowup_async.statistics import BudgetStatistics
from woowup_async.testing import MemoryStore, Simulator

LIMIT = RateLimit(limit=30, segment=2.0)


async def spend(store: str | BudgetStore | None, calls: int = 20) -> tuple[Simulator, list[BudgetStatistics]]:
    """Let two clients make calls at the same time, and return what the server saw."""
    async with Simulator(rate_limit=LIMIT) as simulator:
        key = simulator.api_key
        options = {"base_url": simulator.url, "rate_limit": LIMIT}
        first, second = (WoowUp(key, budget=store, **options) for _ in range(2))  # type: ignore[arg-type]
        async with first, second:
            async with anyio.create_task_group() as tasks:
                for number in range(calls):
                    woowup = (first, second)[number % 2]
                    tasks.start_soon(lambda woowup: woowup.users.exists(email="a@example.com"), woowup)
            budgets = [woowup.statistics().budget for woowup in (first, second)]
    return simulator, [budget for budget in budgets if budget]


@pytest.mark.slow
@pytest.mark.parametrize("where", ["memory", "host"])
async def test_two_clients_use_one_budget_without_a_refusal(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path))
    simulator, budgets = await spend(MemoryStore() if where == "memory" else "host")
    assert simulator.throttled == 0
    assert simulator.requests == 20
    assert max(budget.workers for budget in budgets) == 2  # one may be done before the other is known
    assert not any(budget.fallbacks for budget in budgets)


@pytest.mark.slow
async def test_a_store_that_does_not_work_stops_nobody_and_shows_no_password(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(MemoryStore):
        async def read(self, account: str) -> Snapshot:
            raise ConnectionRefusedError("redis://:s3cret@host")

    with caplog.at_level(logging.WARNING):
        simulator, budgets = await spend(Broken(), calls=4)
    assert simulator.requests == 4
    assert [budget.is_fallen_back for budget in budgets] == [True, True]
    assert "s3cret" not in caplog.text


async def test_the_environment_names_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("WOOWUP_BUDGET", "host")
    assert WoowUp("k").statistics().budget is not None
    assert SessionPool().account("k").statistics().budget is not None
    assert WoowUp("k", budget="none").statistics().budget is None
    monkeypatch.delenv("WOOWUP_BUDGET")
    assert WoowUp("k").statistics().budget is None


def test_a_budget_that_is_none_of_the_known_ones_is_an_error() -> None:
    with pytest.raises(ValueError, match="a budget is none, host") as caught:
        WoowUp("k", budget="mysql://user:s3cret@host")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(ValueError, match="give the budget to the SessionPool"):
        WoowUp("k", pool=SessionPool(), budget="host")


@pytest.mark.slow  # it imports the client of Redis
def test_an_address_is_not_shown() -> None:
    pool = SessionPool(budget="redis://:s3cret@host")
    assert "s3cret" not in repr(pool) + repr(pool.connections.policy)
