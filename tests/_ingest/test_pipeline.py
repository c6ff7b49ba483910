"""An open batch leaves when it is due, also while the reader waits for something else."""

from typing import Any

import pytest

from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from woowup_async._ingest import pipeline as module
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.outcomes import Accepted
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

ANA, BEA = {"email": "ana@example.com"}, {"email": "bea@example.com"}


class SlowShop(Shop):
    """Answers requests with a word after 500 seconds, and notes when each request came."""

    def __init__(self, clock: FakeClock, word: bytes) -> None:
        super().__init__()
        self.account.create_user(ANA)
        self.came: list[tuple[float, bytes]] = []
        self._clock, self._word, self.by = clock, word, self._slowly

    async def _slowly(self, request: Request) -> Response | Exception:
        self.came.append((self._clock.now(), request.body or b""))
        answer = await self._answer(request)
        if self._word in (request.body or b"") and b"one" in (request.body or b""):
            await self._clock.sleep_until(self._clock.now() + 500)
        return answer

    def came_at(self, word: bytes) -> float:
        return min(at for at, body in self.came if word in body)


def opened(shop: Shop, clock: FakeClock, linger: float, **inputs: Any) -> Ingester:
    policy = RunPolicy(BatchPolicy(max_items=100, linger=linger), IngestPolicy(unknown_users="ask"), 4)
    return Ingester(sender(shop, clock), policy, Inputs(**inputs))


def line(number: str, **fields: Any) -> dict[str, Any]:
    return purchase_line(invoice_number=number, **fields)


async def test_an_open_batch_is_due_while_a_version_waits() -> None:
    clock = FakeClock()
    shop = SlowShop(clock, b"KEY")
    async with opened(shop, clock, linger=1) as ingester:
        await (await ingester.submit(ANA, entity="user"))
        await ingester.submit(line("KEY", metadata={"a": "one"}))
        await clock.sleep_until(clock.now() + 5)
        began = clock.now()
        other = await ingester.submit(line("OTHER"))
        await ingester.submit(line("KEY", metadata={"a": "two"}))
        await other
    assert shop.came_at(b"OTHER") - began == pytest.approx(1, abs=0.1)
    assert shop.came_at(b"two") - began > 400


async def test_an_urgent_batch_leaves_at_once_while_a_version_waits() -> None:
    """While it closes, all that an ingester holds is urgent."""
    clock = FakeClock()
    shop = SlowShop(clock, b"KEY")
    async with opened(shop, clock, linger=60) as ingester:
        await (await ingester.submit(ANA, entity="user"))
        await ingester.submit(line("KEY", metadata={"a": "one"}))
        await clock.sleep_until(clock.now() + 70)
        began = clock.now()
        other = await ingester.submit(line("OTHER"))
        await ingester.submit(line("KEY", metadata={"a": "two"}))
    assert shop.came_at(b"OTHER") - began < 1
    assert await other == Accepted("queued")


async def test_an_open_batch_is_due_while_too_many_wait_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    clock = FakeClock()
    shop = SlowShop(clock, b"bea@example.com")
    async with opened(shop, clock, linger=1) as ingester:
        await (await ingester.submit(ANA, entity="user"))
        await ingester.submit(line("B0", **BEA, metadata={"a": "one"}))
        await clock.sleep_until(clock.now() + 5)
        began = clock.now()
        await ingester.submit(line("OTHER"))
        for number in range(1, 4):
            await ingester.submit(line(f"B{number}", **BEA))
    assert shop.came_at(b"OTHER") - began == pytest.approx(1, abs=0.1)
