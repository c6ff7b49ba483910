"""Four workers with one setting: one is killed, all are stopped in mid-load, and nothing is missing."""

import os
import signal
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.service import Service, load
from woowup_async import RateLimit, WoowUp
from woowup_async._journal.slots import _has_records, slots
from woowup_async.contrib.outbox_slots import OutboxSlots
from woowup_async.testing import Simulator

pytestmark = [
    pytest.mark.untraced,
    pytest.mark.skipif(os.name != "posix", reason="it needs ps and SIGKILL"),
    pytest.mark.usefixtures("real_marks"),
]
#: Bulk requests of one worker at a time (`SessionPool(in_flight=8)`).
IN_FLIGHT = 8
CLIENTS = 50


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """Return the processes that uvicorn started for the app, but not its helper process."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    lines = (line.split(maxsplit=2) for line in listed.splitlines())
    return sorted(int(pid) for pid, parent, *args in lines if int(parent) == process.pid and "spawn_main" in str(args))


def counting_repeats(simulator: Simulator) -> list[int]:
    """Count the bulk requests that had a purchase which was there before: one entry for each."""
    send, repeats = simulator._account.create_purchases, list[int]()

    def counted(body: Any) -> Any:
        before = simulator.duplicates
        answer = send(body)
        if simulator.duplicates > before:
            repeats.append(simulator.duplicates - before)
        return answer

    simulator._account.create_purchases = counted  # type: ignore[method-assign,assignment]
    return repeats


async def emptied(path: Path, simulator: Simulator) -> None:
    """Be the only worker of the next start: take a slot, and adopt those of the others."""
    limit = RateLimit(segment=simulator.segment)
    async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) as client, AsyncExitStack() as stack:
        outbox = OutboxSlots(path, lambda each: client.ingester(outbox=each))
        await (await outbox.take(stack)).flush()
        tasks = await stack.enter_async_context(anyio.create_task_group())
        tasks.start_soon(outbox.adopt, 0.01)
        # one that is being emptied is locked, so it is not left over
        while any(map(_has_records, slots(path))):
            await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()


@pytest.mark.timeout(90)
@pytest.mark.slow
async def test_four_workers_of_which_one_is_killed_lose_nothing(tmp_path: Path) -> None:
    taken, waits = set[str](), list[float]()
    async with Simulator(speed=60, latency=0.2) as simulator:
        simulator._account.create_user({"email": "ana@example.com"})
        repeats = counting_repeats(simulator)
        service = Service(simulator, tmp_path, workers=4)
        async with service.running() as process, anyio.create_task_group() as tasks:
            while len(names := sorted(each.name for each in tmp_path.glob("*.outbox"))) < 4:
                await anyio.sleep(0.02)
            assert names == ["orders.1.outbox", "orders.2.outbox", "orders.3.outbox", "orders.outbox"]
            tasks.start_soon(load, service.url, 1_000, taken, waits, CLIENTS)
            while len(taken) < 100:
                await anyio.sleep(0.01)
            os.kill(workers_of(process)[0], signal.SIGKILL)
            while len(taken) < 400:
                await anyio.sleep(0.01)
            process.send_signal(signal.SIGTERM)
        assert 400 <= len(taken) < 1_000
        stored = len(simulator.purchases)
        await emptied(tmp_path / "orders.outbox", simulator)
    numbers = [number for _, number in simulator.purchases]
    assert set(numbers) >= taken
    assert len(numbers) <= len(taken) + CLIENTS  # some were accepted, but the answer did not arrive
    assert len(repeats) <= IN_FLIGHT
    print(f"{len(taken)} taken, {stored} stored before the second start, {len(repeats)} requests repeated")
