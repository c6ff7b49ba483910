"""The example app as a service, with a real uvicorn, a real load and a real SIGTERM."""

import signal
from pathlib import Path

import aiohttp
import anyio
import pytest

from tests.support.service import CLIENTS, Service, load
from woowup_async.testing import Simulator

pytestmark = pytest.mark.untraced


@pytest.mark.timeout(90)
@pytest.mark.parametrize("orders", [500, pytest.param(5_000, marks=pytest.mark.long)])
@pytest.mark.slow
async def test_orders_of_two_hundred_clients(orders: int, tmp_path: Path) -> None:
    taken, waits = set[str](), list[float]()
    async with Simulator(speed=60) as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        service = Service(simulator, tmp_path)
        async with service.running(), aiohttp.ClientSession() as session:
            await load(service.url, orders, taken, waits)
            async with session.get(f"{service.url}/orders/F-0007/outcome") as response:
                assert (await response.json())["state"] in ("in_flight", "accepted")
            async with session.get(f"{service.url}/orders/none/outcome") as response:
                assert response.status == 404
            async with session.post(f"{service.url}/orders", data=b'{"invoice_number": 1}') as response:
                assert response.status == 422
                assert response.content_type == "application/problem+json"
                errors = {error["pointer"]: error["detail"] for error in (await response.json())["errors"]}
                assert errors["#/purchase_detail"] == "is required"
            async with session.get(f"{service.url}/metrics") as response:
                metrics = await response.json()
            async with session.get(f"{service.url}/health/woowup") as response:
                assert (await response.json())["status"] == "ok"
        bulk = [path for _, path, _ in simulator.exchanges if path.endswith("/bulk")]
    assert len(taken) == orders == len(simulator.purchases)
    assert {number for _, number in simulator.purchases} == taken
    assert simulator.duplicates == simulator.throttled == 0
    assert len(bulk) <= 10 + orders // 100
    assert sum(point["value"] for point in metrics["woowup.client.permits"]) >= 1
    waits.sort()
    print(f"{len(bulk)} bulk requests; 202 after p50 {waits[orders // 2]:.3f} s, p99 {waits[orders * 99 // 100]:.3f} s")


@pytest.mark.timeout(90)
@pytest.mark.slow
async def test_a_sigterm_in_mid_load_and_a_restart_lose_nothing(tmp_path: Path) -> None:
    orders, early = 700, 200
    taken, waits = set[str](), list[float]()
    async with Simulator(speed=60, latency=0.05) as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        service = Service(simulator, tmp_path)
        async with service.running() as process, anyio.create_task_group() as tasks:
            tasks.start_soon(load, service.url, orders, taken, waits)
            while len(taken) < early:
                await anyio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
        assert early <= len(taken) < orders
        async with service.running():
            pass  # it sends at the start what was left, and drains at the end
    assert {number for _, number in simulator.purchases} >= taken
    assert len(simulator.purchases) <= len(taken) + CLIENTS  # some were accepted, but the answer did not arrive
    assert simulator.throttled == 0
