"""Between two long steps of a run, the event loop runs other tasks: answers that come together are used one by one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.run import ingest
from woowup_async._ingest.settler import Settler
from woowup_async._ingest.unopened import Block
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

TOGETHER = 4


class BunchingShop(Shop):
    """Answers when four requests have come."""

    def __init__(self) -> None:
        super().__init__()
        self.by, self._came, self._four = self._together, 0, anyio.Event()

    async def _together(self, request: Request) -> Response | Exception:
        self._came += 1
        if self._came == TOGETHER:
            self._four.set()
        await self._four.wait()
        return await self._answer(request)


class Iterations:
    """Counts the long steps in each iteration of the event loop."""

    def __init__(self) -> None:
        self.steps = Counter[int]()
        self._now, self._handle = 0, asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        self._now, self._handle = self._now + 1, asyncio.get_running_loop().call_soon(self._next)

    def counted(self, work: Callable[..., Any]) -> Callable[..., Any]:
        async def counts(*arguments: Any, **named: Any) -> Any:
            self.steps[self._now] += 1
            return await work(*arguments, **named)

        return counts

    def end(self) -> None:
        self._handle.cancel()


@pytest.mark.parametrize("has_journal", [False, True], ids=["alone", "with a journal"])
async def test_an_iteration_has_at_most_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, has_journal: bool) -> None:
    iterations, journal = Iterations(), tmp_path / "journal" if has_journal else None
    monkeypatch.setattr(Settler, "settle", iterations.counted(Settler.settle))
    monkeypatch.setattr(Block, "stretch", iterations.counted(Block.stretch))
    policy = RunPolicy(BatchPolicy(max_items=50), IngestPolicy(), in_flight=TOGETHER)
    purchases = [purchase_line(invoice_number=str(number)) for number in range(TOGETHER * 50)]
    report = await ingest(sender(BunchingShop(), FakeClock()), policy, Inputs(purchases=purchases, journal=journal))
    iterations.end()
    assert report.accepted + report.rejected == len(purchases)
    assert iterations.steps.total() > len(purchases) / 32 + TOGETHER
    assert max(iterations.steps.values()) == 1
