"""The example app as a service: in its own process or processes, under load."""

from __future__ import annotations

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

from tests.support.official import purchase_line
from woowup_async.testing import Simulator

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi_app"
CLIENTS = 200


class Service:
    """The app in its own process, or with several workers."""

    def __init__(self, simulator: Simulator, folder: Path, workers: int = 1) -> None:
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
        self._command += ["--workers", str(workers)] if workers > 1 else []

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


async def load(url: str, orders: int, taken: set[str], waits: list[float], clients: int = CLIENTS) -> None:
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
        for _ in range(clients):
            tasks.start_soon(client, session)
