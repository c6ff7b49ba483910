"""Virtual time: deadlines are reached in order, and only when all tasks wait."""

import anyio
import anyio.lowlevel
import pytest

from woowup_async._clock import MonotonicClock
from woowup_async.testing import FakeClock


async def test_sleepers_wake_in_the_order_of_their_deadlines() -> None:
    clock, woken = FakeClock(start=0), list[float]()

    async def sleep(deadline: float) -> None:
        await clock.sleep_until(deadline)
        woken.append(clock.now())

    async with anyio.create_task_group() as tasks:
        for deadline in (3_600.0, 5.0, 60.0):
            tasks.start_soon(sleep, deadline)
    assert woken == [5.0, 60.0, 3_600.0]


@pytest.mark.parametrize("turns", range(0, 32, 3))
async def test_a_task_that_wakes_runs_before_time_moves_again(turns: int) -> None:
    clock = FakeClock(start=0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(clock.sleep_until, 500)
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        await clock.sleep_until(1)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        assert clock.now() == 1


async def test_the_time_can_be_moved_by_hand() -> None:
    clock = FakeClock(start=0)
    clock.advance(10)
    await clock.sleep_until(9)
    assert clock.now() == 10


async def test_the_real_clock_moves_forward() -> None:
    clock = MonotonicClock()
    before = clock.now()
    await clock.sleep_until(before - 1)
    await clock.sleep_until(before + 0.001)
    assert clock.now() >= before + 0.001
