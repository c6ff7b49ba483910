"""An app in the tests of its own project: with a simulated account, or with other dependencies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.support.asgi import post
from tests.support.official import purchase_line
from tests.support.secrets import places_of
from woowup_async import RateLimit, Timeouts
from woowup_async.contrib.fastapi import (
    ClientDependency,
    IngesterDependency,
    PurchaseBody,
    UserBody,
    WoowUpPlugin,
    accept,
    client_of,
    ingester_of,
)
from woowup_async.contrib.fastapi_testing import simulated
from woowup_async.testing import Simulator

ORDER: dict[str, Any] = purchase_line(7)


def app_of(woowup: WoowUpPlugin) -> FastAPI:
    app = FastAPI(lifespan=woowup.lifespan)
    woowup.install(app)

    @app.post("/orders", status_code=202)
    async def order(order: PurchaseBody, ingester: IngesterDependency) -> str:
        return str(accept(ingester, order).record.position)

    @app.post("/users", status_code=202)
    async def user(user: UserBody, ingester: IngesterDependency) -> str:
        return str(accept(ingester, user).record.position)

    @app.post("/known")
    async def known(email: str, client: ClientDependency) -> bool:
        return await client.users.exists(email=email)

    return app


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(speed=60).run_in_thread() as simulator:
        yield simulator


def test_the_whole_app_with_a_simulated_account(simulator: Simulator, tmp_path: Path) -> None:
    woowup = WoowUpPlugin("the-real-key", outbox=tmp_path / "real", dead_letters=tmp_path / "real.jsonl")
    app = app_of(woowup)
    with simulated(woowup, simulator, outbox=tmp_path / "mine"), TestClient(app) as client:
        assert woowup.is_open
        assert places_of("the-real-key", woowup) == []
        assert client.post("/users", json={"email": ORDER["email"]}).status_code == 202
        assert client.post("/orders", json=ORDER).status_code == 202
        assert client.post("/orders", json={}).json()["errors"][0]["pointer"] == "#/invoice_number"
        assert client.portal is not None
        client.portal.call(woowup.ingester.flush)
        assert [key for _, key in simulator.purchases] == [ORDER["invoice_number"]]
        assert client.post("/known", params={"email": ORDER["email"]}).json() is True
    assert (tmp_path / "mine").exists()
    assert not [*tmp_path.glob("real*")]


def test_its_budget_is_not_shared_with_real_apps(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path / "state"))
    woowup = WoowUpPlugin("the-real-key", budget="host")
    with simulated(woowup, simulator), TestClient(app_of(woowup)) as client:
        client.post("/known", params={"email": "ana@example.com"})
    assert not (tmp_path / "state").exists()


def test_it_is_as_before_afterwards(simulator: Simulator) -> None:
    woowup = WoowUpPlugin("the-real-key", base_url="https://example.com", timeouts=Timeouts(admit=2))
    before = vars(woowup).copy()
    with pytest.raises(KeyError), simulated(woowup, simulator, rate_limit=RateLimit(limit=7)) as same:
        assert same is woowup
        assert woowup._options.get("rate_limit") == RateLimit(limit=7)
        assert woowup._options.get("timeouts") == Timeouts(admit=2)
        raise KeyError
    assert vars(woowup) == before


def test_a_running_app_cannot_change_its_account(simulator: Simulator) -> None:
    woowup = WoowUpPlugin(simulator.api_key, base_url=simulator.url)
    with TestClient(app_of(woowup)), pytest.raises(RuntimeError, match="the app is running"):
        simulated(woowup, simulator).__enter__()
    assert not woowup.is_open


class Recorder:
    """Stands in for an ingester."""

    def __init__(self) -> None:
        self.records = list[object]()

    def submit_nowait(self, record: object, *, entity: str | None = None) -> Any:
        self.records.append(record)
        return type("Receipt", (), {"outcome": None, "record": type("Record", (), {"position": "fake:1"})})


async def test_dependencies_can_be_replaced() -> None:
    """Then no lifespan and no account are needed."""
    app, recorder = app_of(WoowUpPlugin("key")), Recorder()
    app.dependency_overrides[ingester_of] = lambda: recorder
    assert (await post(app, "/orders", ORDER)).body == "fake:1"
    assert len(recorder.records) == 1
    with pytest.raises(RuntimeError, match="not open"):
        await post(app, "/known", {})
    app.dependency_overrides[client_of] = lambda: None
    assert (await post(app, "/known", {})).status == 422  # the query is missing
