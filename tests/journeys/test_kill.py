"""A real `woowup backfill` is killed at random moments and started again: nothing is missing, little is sent twice."""

import json
import os
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random

import anyio
import pytest

from tests.support.official import purchase_line
from tests.support.processes import started
from woowup_async.testing import Simulator

pytestmark = pytest.mark.untraced
USERS = 100
BATCH, IN_FLIGHT = 100, 8
KILLS = [
    # one process is killed after 67 requests, while users are sent, and one after 39 more, while purchases are
    pytest.param(2, 1_500, 17, marks=pytest.mark.timeout(180)),
    *(
        # twenty starts of a process take two minutes on a free machine
        pytest.param(kills, purchases, seed, marks=[pytest.mark.long, pytest.mark.timeout(900)])
        for kills, purchases, seed in [
            (3, 3_000, 1),
            *((kills, 20_000, each) for kills in (3, 20) for each in (1, 2, 3)),
        ]
    ),
]


def files(folder: Path, count: int) -> list[str]:
    users = [{"document": str(number)} for number in range(USERS)]
    purchases = [purchase_line(number, document=str(number % USERS)) for number in range(count)]
    for purchase in purchases:
        purchase.pop("email")
    for name, records in (("users", users), ("purchases", purchases)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return ["--users", str(folder / "users.jsonl"), "--purchases", str(folder / "purchases.jsonl")]


class Backfill:
    """Several processes, one after the other, with the same files and journal."""

    def __init__(self, simulator: Simulator, folder: Path, purchases: int) -> None:
        self._simulator = simulator
        self._command = [
            sys.executable, "-m", "woowup_async", "backfill", "--base-url", simulator.url,
            "--segment", str(simulator.segment), "--journal", str(folder / "shop.journal"), *files(folder, purchases),
        ]  # fmt: skip
        self._environment = os.environ | {"WOOWUP_API_KEY": simulator.api_key}

    def running(self) -> AbstractContextManager[subprocess.Popen[str]]:
        return started(self._command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    async def killed_after(self, requests: int, seconds: float) -> bool:
        """Start it, and kill it after a number of requests and seconds. Return whether it was still alive."""
        before = self._simulator.requests
        with self.running() as process:
            while process.poll() is None and self._simulator.requests < before + requests:
                await anyio.sleep(0.005)
            await anyio.sleep(seconds)
            is_alive = process.poll() is None
            process.send_signal(signal.SIGKILL)
            await anyio.to_thread.run_sync(process.communicate)
        return is_alive


@pytest.mark.parametrize(("kills", "purchases", "seed"), KILLS)
@pytest.mark.slow
async def test_nothing_is_missing_after_any_number_of_kills(
    kills: int, purchases: int, seed: int, tmp_path: Path
) -> None:
    rng, done = Random(seed), 0
    async with Simulator(speed=60, latency=0.05) as simulator:
        backfill = Backfill(simulator, tmp_path, purchases)
        for _ in range(kills):
            done += await backfill.killed_after(
                rng.randrange(1, 2 * (USERS + purchases // BATCH) // kills), rng.uniform(0, 0.03)
            )
        ending = await anyio.to_thread.run_sync(lambda: subprocess_ended(backfill))
        assert ending[0] == 0, ending
        documents = {user["document"] for user in simulator.users.values()}
        assert documents == {str(number) for number in range(USERS)}
        assert len(simulator.users) == USERS
        assert {number for _, number in simulator.purchases} == {f"F-{number:04}" for number in range(purchases)}
        bulk = [path for _, path, _ in simulator.exchanges if path.endswith("/bulk")]
        assert len(bulk) <= purchases // BATCH + (IN_FLIGHT + 1) * done  # one more for the batch that was interrupted
        assert simulator.duplicates <= BATCH * IN_FLIGHT * done
        assert simulator.throttled == 0
    assert (tmp_path / "shop.journal").stat().st_mode & 0o777 == 0o600
    print(f"{done} kills: {simulator.requests} requests, {simulator.duplicates} purchases sent twice")


def subprocess_ended(backfill: Backfill) -> tuple[int, str, str]:
    with backfill.running() as process:
        output, problems = process.communicate(timeout=60)
    return process.returncode, output, problems


@pytest.mark.slow
async def test_two_processes_never_share_a_journal(tmp_path: Path) -> None:
    async with Simulator(speed=2) as simulator:  # slow, so that the first is still running
        backfill = Backfill(simulator, tmp_path, 1_000)
        with backfill.running() as first:
            while simulator.requests < 5:
                await anyio.sleep(0.01)
            code, _, problems = await anyio.to_thread.run_sync(lambda: subprocess_ended(backfill))
            first.kill()
            await anyio.to_thread.run_sync(first.communicate)
    assert code == 2
    assert "another process writes to it; one run at a time" in problems


@pytest.mark.slow
async def test_the_second_signal_does_not_wait(tmp_path: Path) -> None:
    async with Simulator(speed=60, latency=5) as simulator:
        with Backfill(simulator, tmp_path, 1_000).running() as process:
            while simulator.requests < 8:
                await anyio.sleep(0.01)
            for _ in range(2):
                process.send_signal(signal.SIGINT)
                await anyio.sleep(0.2)
            _, problems = await anyio.to_thread.run_sync(process.communicate)
    assert process.returncode == 3
    assert "run the same command again to continue" in problems.replace("\n", " ")
    assert "Traceback" not in problems
