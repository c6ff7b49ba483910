"""Tasks that send batches: their number is limited, and only few of them wait for a permit."""

import asyncio
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from tests.support.fakes import ScriptedTransport, reply, sender
from tests.support.official import purchase_line
from woowup_async._flow import Batch, Route
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._ingest.workers import PermitQueue, Workers
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.testing import FakeClock

BATCH = Batch((), "items", Route.PLAIN)


async def settle() -> None:
    for _ in range(10):
        await checkpoint()


class Tasks:
    """Carries batches at once, and keeps the task of each."""

    def __init__(self) -> None:
        self.of_batches: list[asyncio.Task[Any] | None] = []

    async def carry(self, batch: Batch) -> None:
        await checkpoint()
        self.of_batches.append(asyncio.current_task())


class Road:
    """Batches that wait for permits, then for answers. The test gives both."""

    def __init__(self) -> None:
        self.queue = PermitQueue()
        self.permits, self.answers = anyio.Semaphore(0), anyio.Semaphore(0)
        self.begun = self.left = 0

    async def carry(self, batch: Batch) -> None:
        self.begun += 1
        self.queue.join()
        await self.permits.acquire()
        self.queue.leave()
        self.left += 1
        await self.answers.acquire()


async def test_at_most_two_batches_wait_for_permits() -> None:
    road = Road()

    async def feed(workers: Workers) -> None:
        for _ in range(5):
            await workers.hand(BATCH)

    async with anyio.create_task_group() as tasks:
        workers = Workers(tasks, road.queue, 8, road.carry)
        tasks.start_soon(feed, workers)
        for left in range(6):
            await settle()
            assert (road.left, road.begun) == (left, min(5, left + 2))
            road.permits.release()
        for _ in range(5):
            road.answers.release()
        await workers.done()


async def test_a_task_sends_one_batch_after_the_other() -> None:
    seen = Tasks()
    async with anyio.create_task_group() as tasks:
        workers = Workers(tasks, PermitQueue(), 8, seen.carry)
        for _ in range(3):
            await workers.hand(BATCH)
            await settle()
        await workers.done()
    assert len(seen.of_batches) == 3
    assert len(set(seen.of_batches)) == 1


@pytest.mark.parametrize("is_before", [True, False])
async def test_a_batch_that_comes_together_with_a_cancellation_is_not_sent(is_before: bool) -> None:
    """Whichever is first, the batch counts no longer, and nothing waits for it."""
    seen = Tasks()
    async with anyio.create_task_group() as tasks:
        workers = Workers(tasks, PermitQueue(), 1, seen.carry)
        await workers.hand(BATCH)
        await settle()
        task = seen.of_batches[0]
        assert task is not None
        if is_before:
            task.cancel()
        workers.hand_nowait(BATCH)
        if not is_before:
            task.cancel()
        await settle()
        assert workers.is_idle
        assert len(seen.of_batches) == (2 if is_before else 1)  # a cancelled task is replaced by another
        await workers.done()


async def test_a_cancelled_task_gets_no_batch() -> None:
    seen = Tasks()
    async with anyio.create_task_group() as tasks:
        workers = Workers(tasks, PermitQueue(), 1, seen.carry)
        await workers.hand(BATCH)
        await settle()
        task = seen.of_batches[0]
        assert task is not None
        task.cancel()
        await settle()
        await workers.hand(BATCH)
        await settle()
        assert seen.of_batches[1] is not task
        await workers.done()


async def test_at_most_size_batches_are_under_way() -> None:
    road = Road()

    async def feed(workers: Workers) -> None:
        for _ in range(5):
            await workers.hand(BATCH)
            road.permits.release()

    async with anyio.create_task_group() as tasks:
        workers = Workers(tasks, road.queue, 3, road.carry)
        tasks.start_soon(feed, workers)
        for answered in range(6):
            await settle()
            assert road.begun == min(5, answered + 3)
            assert not workers.is_idle or answered >= 3
            road.answers.release()
        await workers.done()
        assert workers.is_idle


async def test_with_a_slow_limiter_the_source_is_not_read_ahead() -> None:
    clock, read = FakeClock(), list[int]()
    most = [0]

    def source() -> Iterator[dict[str, Any]]:
        for number in range(1_000):
            read.append(number)
            most[0] = max(most[0], len(read) - 10 * len(transport.requests))
            yield purchase_line(number)

    transport = ScriptedTransport(*[reply()] * 100)
    mine = sender(transport, clock)
    report = await ingest(mine, RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), 8), Inputs(purchases=source()))
    assert report.accepted == len(read) == 1_000
    assert most[0] <= 100 + 30  # a block of the source, two waiting batches and an open one
