"""Requested cancellations are passed on. If foreign code raises one without a request, it becomes an error."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from anyio import from_thread, to_thread

from woowup_async._cancellation import Border, in_thread, was_asked_for
from woowup_async.errors import WoowUpError


async def forever() -> None:
    await anyio.sleep_forever()


async def stray() -> None:
    raise asyncio.CancelledError


async def crossed(foreign: Callable[[], Awaitable[None]]) -> None:
    with Border("the source"):
        await foreign()


async def test_a_stray_cancellation_is_an_error_that_names_the_code_and_the_remedy() -> None:
    with pytest.raises(WoowUpError, match="the source raised CancelledError, and nothing was cance") as info:
        await crossed(stray)
    assert isinstance(info.value.__cause__, asyncio.CancelledError)


async def test_a_cancelled_future() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    with pytest.raises(WoowUpError, match="the source raised CancelledError"):
        await crossed(lambda: future)


async def test_other_errors_and_results_pass() -> None:
    async def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await crossed(fail)
    with Border("the source"):
        pass


@pytest.mark.parametrize("times", [1, 2])
async def test_a_cancelled_task(times: int) -> None:
    task = asyncio.ensure_future(crossed(forever))
    await asyncio.sleep(0)
    for _ in range(times):
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_task_that_was_cancelled_before() -> None:
    async def late() -> None:
        current: Any = asyncio.current_task()
        current.cancel()
        await crossed(forever)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.ensure_future(late())


async def test_a_timeout_of_asyncio() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await crossed(forever)
    with pytest.raises(WoowUpError):  # the cancellation was undone
        await crossed(stray)


async def test_a_scope_of_anyio() -> None:
    with anyio.CancelScope() as scope:
        asyncio.get_running_loop().call_soon(scope.cancel)
        await crossed(forever)
    assert scope.cancelled_caught
    with pytest.raises(WoowUpError):  # the scope has ended
        await crossed(stray)


async def test_a_thread_that_checks_the_cancellation_of_its_caller() -> None:
    def wait() -> None:
        from_thread.run_sync(scope.cancel)
        from_thread.check_cancelled()

    with anyio.CancelScope() as scope:
        with pytest.raises(asyncio.CancelledError):  # the scope does not recognize it as its own
            await crossed(lambda: to_thread.run_sync(wait))
        await anyio.sleep_forever()
    assert scope.cancelled_caught


async def test_a_scope_around_a_task_group() -> None:
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(crossed, forever)
            tasks.start_soon(crossed, forever)
            await asyncio.sleep(0)
            scope.cancel()
    assert scope.cancelled_caught


async def test_scopes_outside_a_shield_do_not_count() -> None:
    with anyio.CancelScope() as outer:
        outer.cancel()
        with anyio.CancelScope(shield=True) as inner:
            with pytest.raises(WoowUpError):
                await crossed(stray)
            inner.cancel()
            await crossed(forever)
    assert inner.cancelled_caught


async def test_a_callback_is_not_a_task() -> None:
    seen = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(lambda: seen.set_result(was_asked_for()))
    assert await seen


class TestInThread:
    async def test_it_returns_what_the_call_returns(self) -> None:
        assert await in_thread(lambda one, other: (one, other), 1, 2) == (1, 2)

    async def test_its_error_is_raised(self) -> None:
        with pytest.raises(KeyError):
            await in_thread({}.__getitem__, "x")

    @pytest.mark.parametrize("times", [1, 2])
    async def test_a_cancelled_task_waits_for_the_thread(self, times: int) -> None:
        began, may_end, has_ended = threading.Event(), threading.Event(), list[bool]()

        def work() -> None:
            began.set()
            may_end.wait(30)
            has_ended.append(True)

        task = asyncio.ensure_future(in_thread(work))
        await to_thread.run_sync(began.wait, 30)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        assert not task.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert has_ended

    async def test_a_cancelled_scope_begins_nothing(self) -> None:
        calls = list[int]()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await in_thread(calls.append, 1)
        assert scope.cancelled_caught
        assert calls == []
