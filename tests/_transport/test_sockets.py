"""A fair share of the sockets."""

import asyncio

import anyio
import pytest
from anyio.lowlevel import checkpoint

from woowup_async._transport.sockets import Sockets


async def settle() -> None:
    for _ in range(5):
        await checkpoint()


async def test_who_holds_fewest_is_next_and_nobody_starves() -> None:
    sockets, order, gate = Sockets(2), list[str](), anyio.Event()

    async def use(account: str) -> None:
        async with sockets.place(account):
            order.append(account)
            if len(order) <= 2:
                await gate.wait()
            else:
                await checkpoint()

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(use, "greedy")
        await settle()
        for account in ("b", "c"):
            tasks.start_soon(use, account)
        await settle()
        assert (sockets.held, sockets.waiting) == (2, 6)
        gate.set()
    assert order[:5] == ["greedy", "greedy", "b", "greedy", "c"]
    assert (sockets.held, sockets.waiting) == (0, 0)


async def test_accounts_take_turns() -> None:
    sockets, order = Sockets(1), list[str]()

    async def use(account: str) -> None:
        async with sockets.place(account):
            order.append(account)
            await checkpoint()

    async with anyio.create_task_group() as tasks, sockets.place("first"):
        for account in "aaabbb":
            tasks.start_soon(use, account)
        await settle()
    assert order == list("ababab")


async def test_a_cancelled_waiter_leaves_its_place_to_the_next() -> None:
    sockets, got = Sockets(1), list[str]()

    async def use(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with sockets.place("account"):
                got.append(name)

    first, second = anyio.CancelScope(), anyio.CancelScope()
    async with anyio.create_task_group() as tasks, sockets.place("other"):
        tasks.start_soon(use, "first", first)
        tasks.start_soon(use, "second", second)
        await settle()
        first.cancel()
        await settle()
        assert sockets.waiting == 1
    assert got == ["second"]
    assert (sockets.held, sockets.waiting) == (0, 0)


async def test_a_place_that_comes_with_the_cancellation_is_not_lost() -> None:
    sockets = Sockets(1)

    async def use() -> None:
        async with sockets.place("account"):
            pytest.fail("it was cancelled before")

    async with sockets.place("other"):
        task = asyncio.ensure_future(use())
        await settle()
    task.cancel()  # in the same step as the release
    await asyncio.wait([task])
    assert task.cancelled()
    assert (sockets.held, sockets.waiting) == (0, 0)
    async with sockets.place("other"):
        assert sockets.held == 1
