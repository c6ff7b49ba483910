"""What a request costs beside aiohttp, part by part. `python -m benchmarks request` shows them.

Each part is called by itself with the objects of a run, as often as a request calls it, and the time of an empty loop
is taken off. Together they are less than a request, which also passes from one to the next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import anyio.abc
import anyio.lowlevel

from benchmarks.common import lines
from woowup_async._clock import MonotonicClock
from woowup_async._flow import Batch, Entity, Item, Position, Record, digest_of
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.assembly import Resources, RunPolicy, assembled
from woowup_async._ingest.rules.batching import Batcher, BatchLimits
from woowup_async._ingest.rules.verdicts import QUEUED
from woowup_async._ingest.workers import PermitQueue, Workers
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._resources.endpoints import PURCHASES_CREATE
from woowup_async._transport.call import Call
from woowup_async._transport.credentials import ApiKey
from woowup_async._transport.drain import Drain
from woowup_async._transport.sender import Sender
from woowup_async._transport.turns import Turn, Turns
from woowup_async._wire.purchase_shape import PurchaseShape
from woowup_async._wire.reply import reply_of
from woowup_async._wire.shape import Encoded
from woowup_async.events import BatchSealed, PermitSpent, ReplyReceived, RequestSent
from woowup_async.policies import BatchPolicy, IngestPolicy, Lane, RateLimit
from woowup_async.ports import Request, Response

_TIMES = 500
_ANSWER = Response(200, {"x-rate-limit-limit": "1000000"}, b'{"payload":[],"message":"ok","code":"ok","time":"1ms"}')


class AtOnce:
    """Answers in the next turn of the event loop, as a socket does at the earliest."""

    async def send(self, request: Request) -> Response:
        """Answer."""
        await asyncio.sleep(0)
        return _ANSWER

    async def aclose(self) -> None:
        """Do nothing."""


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    await work()
    began = time.process_time()
    for _ in range(_TIMES):
        await work()
    return (time.process_time() - began) / _TIMES * 1e6


async def parts() -> dict[str, float]:
    """Return the CPU of each part, in µs."""
    found: dict[str, float] = {}
    async with anyio.create_task_group() as tasks:  # the scopes of a run have a parent, too

        async def measure() -> None:
            empty = await _timed(_nothing)
            for name, work in _works(tasks).items():
                found[f"part: {name}"] = max(0.0, await _timed(work) - empty)
            tasks.cancel_scope.cancel()

        tasks.start_soon(measure)
    return found


async def _nothing() -> None:
    return


def _works(tasks: anyio.abc.TaskGroup) -> dict[str, Callable[[], Awaitable[object]]]:
    clock, key = MonotonicClock(), ApiKey("benchmark")
    limiter = AccountLimiter(RateLimit(limit=10_000_000), clock)
    sender = Sender("http://127.0.0.1:9/apiv3", key, AtOnce(), limiter, clock, "benchmark")
    announcer = Announcer(None, None, None)
    run = assembled(sender, RunPolicy(BatchPolicy(), IngestPolicy(), 8), Resources(), announcer)
    drain, turns, item = Drain(clock, 30.0), Turns(64, None, None), _item()
    workers = Workers(tasks, PermitQueue(), 8, lambda batch: _nothing())
    batcher = Batcher(BatchLimits(BatchPolicy(max_items=1)), 1.0)
    in_bulk = run.pipeline._carriers.items
    call = Call(PURCHASES_CREATE, body=item.body)

    async def one_turn() -> None:
        await asyncio.sleep(0)

    async def task() -> None:
        await workers.hand(Batch((item,), "items"))

    async def permit() -> None:
        # bulk would wait: it spends evenly, and this asks faster than a run does
        (await limiter.admit(Lane.INTERACTIVE)).answered(200, _ANSWER.headers)

    async def shield() -> None:
        await anyio.lowlevel.checkpoint_if_cancelled()
        await drain.shielded(_nothing())

    async def place() -> None:
        async with Turn(turns, key, sender.base_url):
            pass

    async def answer() -> None:
        assert reply_of(_ANSWER, PURCHASES_CREATE.form).is_success

    async def events() -> None:
        announcer.hear(BatchSealed(1, 1_600, "items"))
        announcer.hear(PermitSpent("purchases.create", "bulk", 0.0))
        announcer.hear(RequestSent("purchases.create", 1, "POST", 200, "", 0.0, (item.record,), "http://127.0.0.1:9/"))
        announcer.hear(ReplyReceived("purchases.create", 1, 200, "ok", 0.0))

    async def batch() -> None:
        for sealed in batcher.add(item, 0.0):
            run.pipeline._sealed(sealed)

    async def settle() -> None:
        run.settler.unsettled.open(item)
        await run.settler.settle(Entity.PURCHASE, (item,), QUEUED)

    async def sent() -> None:
        await in_bulk.send(call, Entity.PURCHASE, (item,))
        run.settler.unsettled._trails.clear()

    return {
        "a turn of the event loop, which a socket needs too": one_turn,
        "wake the task of a batch, and let its request join the queue": task,
        "permit, window and the answer's headers": permit,
        "shield against a cancellation, and the look for one before sending": shield,
        "place among the sockets of the pool": place,
        "decode the answer": answer,
        "four events, and their counts": events,
        "batch": batch,
        "settle: outcome, counts, memory of the run": settle,
        "all of sending: the five parts above from the permit on, health, trail, headers": sent,
    }


def _item() -> Item:
    (raw,) = lines(1)
    encoded = PurchaseShape(262_144).encode(raw)
    assert isinstance(encoded, Encoded)
    return Item(Record(Position("purchases", 0), raw), encoded.key, encoded.body, digest_of(encoded.body))
