"""The example app as a service, with a real uvicorn, a real load and a real SIGTERM."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import anyio
import pytest

from tests.support.official import purchase_line
from woowup_async.testing import Simulator

pytestmark = pytest.mark.untraced
EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_app"
CLIENTS = 200


class Service:
    """The app in its own process."""

    def __init__(self, simulator: Simulator, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = os.environ | {
            "WOOWUP_API_KEY": simulator.api_key, "WOOWUP_BASE_URL": simulator.url,
            "WOOWUP_SEGMENT": str(simulator.segment), "ORDERS_OUTBOX": str(folder / "orders.outbox"),
            "ORDERS_REJECTED": str(folder / "rejected.jsonl"),
        }  # fmt: skip
        self._command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(self.port), "--log-level", "warning"]

    def _started(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(self._command, cwd=EXAMPLE, env=self._environment, text=True, stderr=pipe)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[subprocess.Popen[str]]:
        process = self._started()
        try:
            async with aiohttp.ClientSession() as session:
                await until(lambda: answers(session, f"{self.url}/health/woowup"))
                yield process
        finally:
            process.send_signal(signal.SIGTERM)
            _, problems = await anyio.to_thread.run_sync(process.communicate)
            assert "Traceback" not in problems, problems


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def until(condition: Callable[[], Any]) -> None:
    while not await condition():
        await anyio.sleep(0.05)


async def load(url: str, orders: int, taken: set[str], waits: list[float]) -> None:
    """Let several clients post orders one after the other, until all are posted or the app stops answering."""
    numbers = iter(range(orders))

    async def client(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            began = time.perf_counter()
            try:
                async with session.post(f"{url}/orders", data=json.dumps(purchase_line(number))) as response:
                    body = await response.json()
            except aiohttp.ClientError:
                return  # the app is gone: it did not accept this order
            assert response.status in (202, 500, 503), body
            if response.status == 202:
                taken.add(f"F-{number:04}")
                waits.append(time.perf_counter() - began)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, anyio.create_task_group() as tasks:
        for _ in range(CLIENTS):
            tasks.start_soon(client, session)


@pytest.mark.timeout(90)
@pytest.mark.parametrize("orders", [1_500, pytest.param(5_000, marks=pytest.mark.long)])
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
    orders, early = 1_500, 500
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
