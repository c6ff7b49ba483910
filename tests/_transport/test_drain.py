"""Runs that asyncio stops with one cancellation end within the drain; a second cancellation ends them at once."""

from __future__ import annotations

import asyncio

import anyio
import pytest

from tests.support.fakes import ScriptedTransport, reply, run_sender
from woowup_async import errors
from woowup_async._resources.endpoints import PURCHASES_CREATE
from woowup_async._transport.call import Call
from woowup_async._transport.drain import Drain
from woowup_async._transport.sender import Sender
from woowup_async._transport.trail import Trail
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

CALL = Call(PURCHASES_CREATE, body=b"{}")


async def host(mine: Sender, trails: list[Trail]) -> None:
    """Send like a pipeline: several tasks in one task group, and the watch in the same group."""
    assert mine.drain is not None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(mine.drain.watch)
        for trail in trails:
            tasks.start_soon(mine.send, CALL, trail)


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def hanging(clock: FakeClock, seconds: float) -> ScriptedTransport:
    async def answer(request: Request) -> Response:
        await clock.sleep_until(clock.now() + seconds)
        return reply()

    return ScriptedTransport(by=answer)


async def test_one_native_cancellation_waits_for_answers() -> None:
    clock, trails = FakeClock(), [Trail()]
    transport = hanging(clock, 5)
    task = asyncio.ensure_future(host(run_sender(transport, clock), trails))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(transport.requests) == 1
    assert not trails[0].is_open


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_native_cancellations_end_within_the_drain(times: int) -> None:
    clock, trails = FakeClock(), [Trail()]
    began = clock.now()
    transport = hanging(clock, 1_000_000)
    task = asyncio.ensure_future(host(run_sender(transport, clock, drain=3), trails))
    await settle()
    for _ in range(times):
        task.cancel()
        await settle()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert trails[0].is_open
    assert clock.now() - began == pytest.approx(3, abs=0.5)
    assert len(transport.requests) == 1


async def test_a_watch_that_is_cancelled_twice_aborts_at_once() -> None:
    """At its end, `asyncio.run` cancels each task in this way."""
    drain = Drain(clock := FakeClock(), 60.0)
    began, never = clock.now(), asyncio.Event()

    async def stuck() -> bool:
        return await never.wait()

    exchange = asyncio.ensure_future(drain.shielded(stuck()))
    watch = asyncio.ensure_future(drain.watch())
    await settle()
    for _ in range(2):
        watch.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await watch
    assert await exchange is None
    assert clock.now() - began < 1


async def test_an_answer_that_waits_for_its_step_is_not_lost_when_the_time_is_over() -> None:
    drain = Drain(FakeClock(), 60.0)

    async def answered() -> str:
        await drain.steps.begin()  # another step has this iteration
        drain.abort()
        return "answer"

    assert await drain.shielded(answered(), is_long=True) == "answer"


async def test_abort_ends_each_exchange_at_once() -> None:
    clock = FakeClock()
    transport, trails = hanging(clock, 1_000_000), [Trail(), Trail()]
    mine = run_sender(transport, clock)
    assert mine.drain is not None
    drain, lost = mine.drain, list[BaseException]()

    async def send(trail: Trail) -> None:
        response = drain.shielded(transport.send(mine._request(CALL)))
        if await response is None:
            lost.append(errors.ReplyLost("x", "stopped"))

    async with anyio.create_task_group() as tasks:
        for trail in trails:
            tasks.start_soon(send, trail)
        await settle()
        drain.abort()
    assert len(lost) == 2


async def test_a_request_that_gets_its_connection_after_the_stop_is_not_sent() -> None:
    """The run waits for the connection, which is part of the exchange, but sends no bytes over it."""
    clock, connected, trail = FakeClock(), anyio.Event(), Trail()

    async def connects(request: Request) -> Response | Exception:
        await clock.sleep_until(clock.now() + 5)
        connected.set()
        assert request.may_leave is not None
        return reply() if request.may_leave() else errors.NotSent("x", "the run stopped before it was sent")

    task = asyncio.ensure_future(host(run_sender(ScriptedTransport(by=connects), clock), [trail]))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert connected.is_set()
    assert not trail.is_open


async def test_the_end_of_one_part_of_a_run_does_not_stop_the_next_part() -> None:
    """Each part ends by cancelling its watch."""
    drain = Drain(FakeClock(), 3.0)
    for is_over in (True, False):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(drain.watch, lambda is_over=is_over: is_over)
            await settle()
            assert drain.may_leave()
            tasks.cancel_scope.cancel()
        assert drain.may_leave() is is_over


async def test_an_exchange_that_is_cancelled_natively_is_in_doubt() -> None:
    clock = FakeClock()
    trail, mine = Trail(), run_sender(hanging(clock, 1_000_000), clock)
    never = asyncio.Event()

    async def hang(request: Request) -> Response:
        await never.wait()
        raise AssertionError

    mine.transport.send = hang  # type: ignore[method-assign]
    task = asyncio.ensure_future(mine.send(CALL, trail))
    await settle()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert trail.is_open
    assert mine.limiter.statistics().in_flight == 0  # type: ignore[attr-defined]
