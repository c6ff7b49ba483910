"""Accounts share the sockets fairly."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._transport.sockets import Sockets


@asynccontextmanager
async def place(sockets: Sockets, account: Hashable) -> AsyncIterator[None]:
    await sockets.take(account)
    try:
        yield
    finally:
        sockets.release(account)


async def settle() -> None:
    for _ in range(5):
        await checkpoint()


async def test_the_account_with_the_fewest_places_is_next_and_none_starves() -> None:
    sockets, order, gate = Sockets(2), list[str](), anyio.Event()

    async def use(account: str) -> None:
        async with place(sockets, account):
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
    assert order[:5] == ["greedy", "greedy", "b", "c", "greedy"]
    assert (sockets.held, sockets.waiting) == (0, 0)


async def test_accounts_take_turns() -> None:
    sockets, order = Sockets(1), list[str]()

    async def use(account: str) -> None:
        async with place(sockets, account):
            order.append(account)
            await checkpoint()

    async with anyio.create_task_group() as tasks, place(sockets, "first"):
        for account in "aaabbb":
            tasks.start_soon(use, account)
        await settle()
    assert order == list("ababab")


async def test_a_cancelled_waiter_leaves_its_place_to_the_next() -> None:
    sockets, got = Sockets(1), list[str]()

    async def use(name: str, scope: anyio.CancelScope) -> None:
        with scope:
            async with place(sockets, "account"):
                got.append(name)

    first, second = anyio.CancelScope(), anyio.CancelScope()
    async with anyio.create_task_group() as tasks, place(sockets, "other"):
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
        async with place(sockets, "account"):
            pytest.fail("it was cancelled before")

    async with place(sockets, "other"):
        task = asyncio.ensure_future(use())
        await settle()
    task.cancel()  # in the same step as the release
    await asyncio.wait([task])
    assert task.cancelled()
    assert (sockets.held, sockets.waiting) == (0, 0)
    async with place(sockets, "other"):
        assert sockets.held == 1


class Counted:
    """An account that counts how often it is looked up."""

    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return id(self)


async def test_the_cost_of_a_place_does_not_grow_with_the_waiters() -> None:
    async def looks(count: int) -> float:
        sockets, Counted.looks = Sockets(4), 0

        async def use(account: Counted) -> None:
            for _ in range(3):
                async with place(sockets, account):
                    await checkpoint()

        async with anyio.create_task_group() as tasks:
            for account in [Counted() for _ in range(count)]:
                for _ in range(2):
                    tasks.start_soon(use, account)
        assert (sockets.held, sockets.waiting) == (0, 0)
        return Counted.looks / count

    assert await looks(200) == pytest.approx(await looks(20), rel=0.1)


@given(st.lists(st.integers(0, 4), min_size=3, max_size=12), st.integers(1, 3), st.data())
def test_an_account_that_is_served_has_no_more_places_than_one_that_waits(
    accounts: list[int], places: int, data: st.DataObject
) -> None:
    async def run() -> None:
        sockets, holding, waiting = Sockets(places), list[tuple[int, anyio.Event]](), Counter[int]()

        async def use(account: int) -> None:
            done = anyio.Event()
            waiting[account] += 1
            async with place(sockets, account):
                waiting[account] -= 1
                holding.append((account, done))
                await done.wait()

        async with anyio.create_task_group() as tasks:
            for account in accounts:
                tasks.start_soon(use, account)
            await settle()
            while holding:
                assert len(holding) == min(places, len(holding) + waiting.total())
                holding.pop(data.draw(st.integers(0, len(holding) - 1)))[1].set()
                held = Counter(account for account, _ in holding)
                fewest = min((held[account] for account in +waiting), default=0)
                await settle()
                if len(holding) > held.total():
                    assert held[holding[-1][0]] == fewest
        assert (sockets.held, sockets.waiting) == (0, 0)

    anyio.run(run)
