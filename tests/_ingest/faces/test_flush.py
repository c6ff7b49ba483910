"""`flush` returns when all earlier records have an answer, and raises if the ingester ends before that."""

import asyncio
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._transport.drain import Drain
from woowup_async.errors import ReplyLost, WoowUpError
from woowup_async.outcomes import Accepted, InDoubt, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request, Response

ANA = {"email": "ana@example.com"}


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def ingester(shop: Shop, most: int = 1, doubt: Any = "resend", **inputs: Any) -> Ingester:
    policy = RunPolicy(BatchPolicy(max_items=most, linger=0), IngestPolicy(drain=0, doubt=doubt), 1)
    return Ingester(sender(shop), policy, Inputs(**inputs))


async def turns() -> None:
    for _ in range(100):
        await asyncio.sleep(0)


class Gate:
    """A transport that raises an error when the gate opens, or never answers."""

    def __init__(self, error: Exception | None = None) -> None:
        self.open, self.error = anyio.Event(), error

    async def __call__(self, request: Request) -> Response:
        await self.open.wait()
        if self.error is not None:
            raise self.error
        await anyio.sleep_forever()
        raise AssertionError


#: Purchases, and how many of them are in one batch. The last one of "same" waits for the outcome of the first.
WAYS: dict[str, tuple[list[int], int]] = {
    "one under way": ([1], 1),
    "all in a batch": ([1, 2, 3], 3),
    "behind it": ([1, 2, 3], 1),
    "same": ([1, 1], 1),
}
ways = pytest.mark.parametrize(("numbers", "most"), WAYS.values(), ids=WAYS)


def changed(numbers: list[int]) -> list[dict[str, Any]]:
    return [{**purchase_line(number), "points": place} for place, number in enumerate(numbers)]


@ways
@pytest.mark.parametrize("has_outbox", [False, True])
async def test_an_ingester_that_is_closed(
    shop: Shop, tmp_path: Path, numbers: list[int], most: int, has_outbox: bool
) -> None:
    shop.by = Gate()
    opened = ingester(shop, most, outbox=tmp_path / "o" if has_outbox else None)
    async with opened:
        receipts = [await opened.submit(line) for line in changed(numbers)]
        flushing = asyncio.ensure_future(opened.flush())
        await turns()
        shop.by.open.set()
        await opened.aclose()
        rest = "the rest stays in the outbox" if has_outbox else "submit the Released and InDoubt ones again"
        with pytest.raises(WoowUpError, match=f"closed before all records were settled: {rest}"):
            await flushing
        assert {type(await receipt) for receipt in receipts} <= {InDoubt, Released}


@ways
@pytest.mark.parametrize("has_outbox", [False, True])
async def test_an_ingester_that_fails(
    shop: Shop, tmp_path: Path, numbers: list[int], most: int, has_outbox: bool
) -> None:
    shop.by = Gate(LookupError("defect"))
    late = list[asyncio.Task[None]]()
    opened = ingester(shop, most, outbox=tmp_path / "o" if has_outbox else None)
    with pytest.raises(WoowUpError, match="LookupError: defect"):
        async with opened:
            receipts = [await opened.submit(line) for line in changed(numbers)]
            flushing = asyncio.ensure_future(opened.flush())
            await turns()
            shop.by.open.set()
            while not opened._service.ended.is_set():  # a flush may begin at any moment
                if opened._service.failure is None:
                    late.append(asyncio.ensure_future(opened.flush()))
                await asyncio.sleep(0)
            for each in (flushing, *late):
                with pytest.raises(WoowUpError, match="LookupError: defect"):
                    await each
            assert {type(await receipt) for receipt in receipts} <= {InDoubt, Released}


@pytest.mark.parametrize("is_late", [False, True], ids=["", "the drain notices it last"])
async def test_a_record_that_waits_for_a_late_answer_is_cut_off(
    shop: Shop, is_late: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scope around it is cancelled while the second content of a key waits for the answer to the first."""
    answer, inner = anyio.Event(), shop._answer

    async def by(request: Request) -> Any:
        await answer.wait()
        return await inner(request)

    async def watch(self: Drain, is_over: object) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await turns()
            self.stop()

    if is_late:
        monkeypatch.setattr(Drain, "watch", watch)
    shop.by = by
    flushing = None
    with anyio.CancelScope() as scope:
        policy = RunPolicy(BatchPolicy(max_items=1, linger=0), IngestPolicy(drain=60), 1)
        async with Ingester(sender(shop), policy, Inputs()) as opened:
            first, second = [await opened.submit(line) for line in changed([1, 1])]
            flushing = asyncio.ensure_future(opened.flush())
            await turns()
            asyncio.get_running_loop().call_soon(answer.set)
            scope.cancel()
            await anyio.sleep_forever()
    assert flushing is not None
    assert (type(await first), type(await second)) == (Accepted, Released)
    with pytest.raises(WoowUpError, match="closed before all records were settled"):
        await flushing


async def test_records_whose_answers_are_lost_while_it_is_open_are_settled(shop: Shop) -> None:
    lost = ReplyLost("purchases.create", "the connection broke")
    async with ingester(shop, doubt="report") as opened:
        assert isinstance(await (await opened.submit(purchase_line(0))), Accepted)
        shop.faults["purchases.create"] = [lost]
        receipt = await opened.submit(purchase_line(1))
        await opened.flush()
        assert isinstance(receipt.outcome, InDoubt)
        flushing = asyncio.ensure_future(opened.flush())  # the ingester is closed before this continues
        await asyncio.sleep(0)
        await opened.aclose()
        await flushing


async def test_it_does_not_wait_for_later_records(shop: Shop) -> None:
    gate = Gate()
    async with ingester(shop) as opened:
        await opened.submit(purchase_line(1))
        flushing = asyncio.ensure_future(opened.flush())
        await turns()
        shop.by = gate
        late = await opened.submit(purchase_line(2))
        await turns()
        await flushing
        await opened.aclose()
    assert isinstance(late.outcome, InDoubt)
