"""Processes of one machine share one budget in real time: segments of 30 seconds, real commands, a real service.

Each test takes two to three minutes. `tests/_limiting/test_shared_limiter.py` has the same promises in virtual time.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import anyio
import pytest

from tests.support.service import Service
from tests.support.valkey import Valkey
from woowup_async.testing import Simulator

pytestmark = [
    pytest.mark.long,
    pytest.mark.untraced,
    pytest.mark.timeout(400),
    pytest.mark.skipif(os.name != "posix", reason="it needs SIGKILL and a host store"),
]
WORKERS, LIMIT, SEGMENT = 4, 70, 30.0
#: Segments that are measured, after one in which the workers meet.
MEASURED = 4


@dataclass
class Seen:
    """What the server saw in the measured segments."""

    accepted: int
    refused: int

    def check(self, what: str) -> None:
        used = self.accepted / (MEASURED * LIMIT)
        print(f"{what}: {used:.3f} of the budget, {self.refused} refused in all")
        assert used >= 0.97
        assert self.refused <= 1


async def measured(simulator: Simulator, victim: subprocess.Popen[str] | None = None) -> Seen:
    """Count the requests of whole segments. The victim is killed in the middle of them."""
    begin = (time.time() // SEGMENT + 2) * SEGMENT  # a whole segment after the one that began without workers
    await anyio.sleep(begin - time.time())
    before = simulator.requests - simulator.throttled
    await anyio.sleep(begin + MEASURED * SEGMENT / 2 - time.time())
    if victim is not None:
        assert victim.poll() is None, victim.communicate()
        victim.kill()
    await anyio.sleep(begin + MEASURED * SEGMENT - time.time())
    return Seen(simulator.requests - simulator.throttled - before, simulator.throttled)


def started(simulator: Simulator, folder: Path, worker: int, options: tuple[str, ...]) -> subprocess.Popen[str]:
    """Start a backfill of more users than it can send in the measured time."""
    users = folder / f"{worker}.jsonl"
    users.write_text("".join(f'{{"document": "{worker}{number:06}"}}\n' for number in range(1_000)))
    command = [sys.executable, "-m", "woowup_async", "backfill", "--base-url", simulator.url, "--users", str(users)]
    environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key, "WOOWUP_STATE_DIR": str(folder / "state")}
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, *options], text=True, env=environment, stdout=pipe, stderr=pipe)


@asynccontextmanager
async def backfills(simulator: Simulator, folder: Path, *options: str) -> AsyncIterator[list[subprocess.Popen[str]]]:
    """Run some backfills of one account at the same time. At the end, none may have complained about its store."""
    processes = [started(simulator, folder, worker, options) for worker in range(WORKERS)]
    try:
        yield processes
        for process in processes:
            process.send_signal(signal.SIGTERM)
        problems = [(await anyio.to_thread.run_sync(process.communicate))[1] for process in processes]
        assert not any("budget" in problem for problem in problems), problems
    finally:
        for process in processes:
            process.kill()
            await anyio.to_thread.run_sync(process.communicate)


@pytest.mark.parametrize("where", ["host", "valkey"])
async def test_four_backfills_of_which_one_is_killed(where: str, tmp_path: Path) -> None:
    with Valkey() as server:
        # an address without a password, as on a command line
        options = ("--budget", f"redis://127.0.0.1:{server.port}/0") if where == "valkey" else ()
        async with (
            Simulator(latency=0.2) as simulator,
            backfills(simulator, tmp_path, *options) as processes,
        ):
            (await measured(simulator, victim=processes[0])).check(f"four backfills, {where}")


async def test_the_example_app_with_four_workers_needs_no_configuration(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(latency=0.2))
        service = Service(simulator, tmp_path, workers=WORKERS)
        await stack.enter_async_context(service.running())
        # a new connection for each, so that all workers get some
        connector = aiohttp.TCPConnector(force_close=True)
        async with aiohttp.ClientSession(connector=connector) as session:
            for number in range(3 * MEASURED * LIMIT):
                async with session.post(f"{service.url}/customers", json={"document": f"{number:08}"}) as response:
                    assert response.status == 202, await response.text()
            seen = await measured(simulator)
            seen.check("the example app")
            async with session.get(f"{service.url}/health/woowup") as response:
                assert (await response.json())["limiter"]["budget"]["workers"] == WORKERS
