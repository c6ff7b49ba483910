"""Long steps: one in each iteration of the event loop, in their order."""

from __future__ import annotations

import asyncio

from woowup_async._transport.long_steps import LongSteps


async def iterations_of(steps: LongSteps, names: str, cancelled: str = "") -> dict[str, int]:
    """Return the iteration of the event loop in which each step began."""
    loop, now, began = asyncio.get_running_loop(), 0, dict[str, int]()

    def count() -> None:
        nonlocal now
        now += 1
        ticking = loop.call_soon(count)
        ends.append(ticking)

    async def step(name: str) -> None:
        await steps.begin()
        began[name] = now

    ends: list[asyncio.Handle] = []
    tasks = {name: asyncio.ensure_future(step(name)) for name in names}
    count()
    await asyncio.sleep(0)
    for name in cancelled:
        tasks[name].cancel()
    await asyncio.gather(*tasks.values(), return_exceptions=True)
    ends[-1].cancel()
    return began


async def test_each_has_an_iteration_of_its_own_in_their_order() -> None:
    began = await iterations_of(LongSteps(), "abcd")
    assert list(began) == list("abcd")
    assert len(set(began.values())) == 4


async def test_one_that_is_cancelled_is_left_out() -> None:
    steps = LongSteps()
    began = await iterations_of(steps, "abcd", cancelled="bd")
    assert list(began) == list("ac")
    await asyncio.sleep(0)
    assert list(await iterations_of(steps, "e")) == ["e"]


async def test_the_first_one_does_not_wait() -> None:
    step = LongSteps().begin()
    try:
        step.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")
