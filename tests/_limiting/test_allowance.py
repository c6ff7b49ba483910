"""Exactly the allowed number of requests is sent, with any results and any delays."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._limiting.allowance import Allowance
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async._limiting.memory import recalled, remembered
from woowup_async._limiting.permit import Permit
from woowup_async.errors import AdmissionTimeout
from woowup_async.policies import Lane, RateLimit
from woowup_async.testing import FakeClock


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Bounded:
    """An allowance that counts how often it was reached."""

    def __init__(self, most: int) -> None:
        self.limiter = AccountLimiter(RateLimit(), FakeClock())
        self.reached = 0
        self.allowance = Allowance(self.limiter, most, self._reach)

    def _reach(self) -> None:
        self.reached += 1

    async def permit(self) -> Permit:
        return await self.allowance.admit(Lane.BULK)

    def ask(self) -> "asyncio.Task[Permit]":
        return asyncio.ensure_future(self.permit())


async def test_a_request_above_the_maximum_waits_until_the_others_have_ended() -> None:
    bounded = Bounded(2)
    first, second = await bounded.permit(), await bounded.permit()
    waiting = bounded.ask()
    await turns()
    first.answered(200, {})
    await turns()
    assert (waiting.done(), bounded.reached) == (False, 0)  # the second one is not sent yet
    second.lost()
    await turns()
    assert (waiting.done(), bounded.reached) == (False, 1)
    waiting.cancel()


async def test_the_maximum_is_not_reached_if_no_more_is_needed() -> None:
    bounded = Bounded(1)
    (await bounded.permit()).answered(200, {})
    await turns()
    assert bounded.reached == 0


async def test_a_request_that_was_not_sent_gives_its_permit_to_the_next() -> None:
    bounded = Bounded(1)
    first, waiting = await bounded.permit(), bounded.ask()
    await turns()
    first.unused()
    (await waiting).answered(200, {})
    assert bounded.reached == 0
    assert bounded.limiter.statistics().estimated == 1


class Slow:
    """An account that gives its permits, or an error, on demand."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[Permit]] = []

    async def admit(self, lane: Lane, timeout: float | None = None) -> Permit:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]


@pytest.mark.parametrize("how", ["cancelled", "too late"])
async def test_a_request_that_gets_no_permit_of_the_account_gives_its_place_back(how: str) -> None:
    account, reached = Slow(), list[str]()
    allowance = Allowance(account, 1, lambda: reached.append("now"))
    first, second = (asyncio.ensure_future(allowance.admit(Lane.BULK)) for _ in range(2))
    await turns()
    assert len(account.asked) == 1
    if how == "cancelled":
        first.cancel()
    else:
        account.asked[0].set_exception(AdmissionTimeout(1.0, 1.0))
    await turns()
    assert len(account.asked) == 2
    account.asked[1].set_result(Permit(AccountLimiter(RateLimit(), FakeClock()), Lane.BULK, None))
    (await second).answered(200, {})
    assert reached == []
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], BaseException)


async def test_the_memory_belongs_to_the_account() -> None:
    bounded, other = Bounded(5), Bounded(5)
    (await bounded.permit()).answered(200, {})
    assert recalled(other.allowance, remembered(bounded.allowance))
    assert other.limiter.statistics().estimated >= 1


@given(most=st.integers(1, 6), fates=st.lists(st.sampled_from(["answered", "lost", "unused"]), max_size=30))
def test_exactly_the_maximum_is_sent(most: int, fates: list[str]) -> None:
    """All tasks ask at once, and each uses its permit for a while."""
    left = 0

    async def request(bounded: Bounded, fate: str) -> None:
        nonlocal left
        permit = await bounded.permit()
        await turns()
        left += fate != "unused"
        if fate == "answered":
            permit.answered(200, {})
        elif fate == "lost":
            permit.lost()
        else:
            permit.unused()

    async def all_of_them() -> bool:
        bounded = Bounded(most)
        tasks = [asyncio.ensure_future(request(bounded, fate)) for fate in fates]
        while not bounded.reached and not all(task.done() for task in tasks):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        return bounded.reached > 0

    wanted = sum(fate != "unused" for fate in fates)
    is_reached = asyncio.run(all_of_them())
    assert left == min(most, wanted)
    assert is_reached >= (wanted > most)
