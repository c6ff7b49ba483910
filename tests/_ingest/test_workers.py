"""Tasks that send batches: their number is limited, and only few of them wait for a permit."""

from collections.abc import Iterator
from typing import Any

import anyio
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
