"""Each record has one true outcome, however a run ends, and nothing is sent afterwards."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async import errors
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces import ingester as module
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._journal import versions
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport.credentials import ApiKey
from woowup_async.errors import Forbidden, JournalError, WoowUpError
from woowup_async.events import RunEvent
from woowup_async.models import User
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
TEN = BatchPolicy(max_items=10)
HASTY = IngestPolicy(drain=0.5)
KEY = ApiKey("secret-key")


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def lines(count: int) -> list[dict[str, Any]]:
    return [purchase_line(number) for number in range(count)]


def outcomes_of(events: list[RunEvent]) -> list[tuple[str, Outcome]]:
    return [(str(event.record.position), event.outcome) for event in events if isinstance(event, Settled)]


def check_once(events: list[RunEvent]) -> None:
    assert max(Counter(position for position, _ in outcomes_of(events)).values(), default=1) == 1


async def test_one_lost_answer_does_not_mean_a_wrong_host_with_doubt_report(shop: Shop) -> None:
    lost = errors.ReplyLost("purchases.create_bulk", "the connection broke")
    report_doubt: dict[str, Any] = {"batch": TEN, "in_flight": 1, "policy": IngestPolicy(doubt="report")}
    shop.faults["purchases.create_bulk"] = [lost]
    report = await run(sender(shop), purchases=lines(60), **report_doubt)
    assert (report.in_doubt, report.accepted) == (10, 50)
    shop.faults["purchases.create_bulk"] = [lost] * 100
    with pytest.raises(errors.ReplyLost):
        await run(sender(shop), purchases=lines(200), **report_doubt)
    assert len(shop.requests) == 6 + 8


class TestFailingDisk:
    @pytest.mark.parametrize("method", ["mark", "settle", "find", "finish"])
    @pytest.mark.parametrize("error", [JournalError("the disk is full"), OSError("no space"), RuntimeError("defect")])
    @pytest.mark.parametrize("call", [1, 3])
    async def test_it_changes_no_outcome_and_counts_nothing_twice(
        self, shop: Shop, tmp_path: Any, method: str, error: Exception, call: int
    ) -> None:
        calls, events = Counter[str](), list[RunEvent]()

        class Failing(FileLedger):
            def __getattribute__(self, name: str) -> Any:
                found = super().__getattribute__(name)
                return _failing(found, calls, error, call) if name == method else found

        if method in ("finish", "find") and call > 1:  # records are looked up together
            return
        ledger = Failing(SqliteLedger(tmp_path / "a.journal", KEY.mark))
        with pytest.raises((WoowUpError, type(error))) as excinfo:
            await run(
                sender(shop), events=events, users=[ANA], purchases=lines(60), journal=ledger, batch=TEN, in_flight=2
            )
        await ledger.aclose()
        check_once(events)
        there = {number for _, number in shop.account.purchases}
        for event in events:
            if isinstance(event, Settled) and event.entity == "purchase":
                if isinstance(event.outcome, InDoubt) and method == "find":  # a journal that failed cannot say
                    assert event.key not in there
                    continue
                assert isinstance(event.outcome, Released) != (event.key in there), event.outcome
        report = getattr(excinfo.value, "report", None)
        if isinstance(excinfo.value, WoowUpError):
            assert report is not None
            assert report.submitted == len(outcomes_of(events))

    async def test_a_disk_without_room_for_temporary_files(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        """A run without a journal keeps in one what it sent."""

        def fail(**_: object) -> None:
            raise OSError("no space")

        events = list[RunEvent]()
        monkeypatch.setattr(tempfile, "TemporaryFile", fail)
        monkeypatch.setattr(versions, "_MOST_RECENT", 5)
        monkeypatch.setattr(versions, "_MOVED", 2)
        given = lines(60)
        report = await run(sender(shop), events=events, purchases=[*given, *given], batch=TEN, in_flight=2)
        check_once(events)
        assert (report.submitted, report.accepted, shop.account.duplicates) == (120, 120, 0)

    async def test_an_ingesters_receipts_get_the_true_outcome(self, shop: Shop, tmp_path: Any) -> None:
        ledger, calls = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark)), Counter[str]()
        ledger.settle = _failing(ledger.settle, calls, JournalError("the disk is full"), 1)  # type: ignore[method-assign]
        policy = RunPolicy(TEN, IngestPolicy(), 2)
        with pytest.raises(JournalError, match="the disk is full"):
            async with Ingester(sender(shop), policy, Inputs(journal=ledger)) as opened:
                receipts = [await opened.submit(line) for line in lines(10)]
                assert {await receipt for receipt in receipts} == {Accepted("unconfirmed")}
                with pytest.raises(JournalError):
                    await opened.flush()
                with pytest.raises(JournalError):
                    await opened.submit(purchase_line(99))
        await ledger.aclose()
        assert (opened.report.submitted, opened.report.accepted) == (10, 10)


def _failing(found: Callable[..., Any], calls: Counter[str], error: Exception, call: int) -> Callable[..., Any]:
    def fail(*args: Any, **kwargs: Any) -> Any:
        calls["all"] += 1
        if calls["all"] >= call:
            raise error
        return found(*args, **kwargs)

    return fail


class TestCancellation:
    """A run may be cancelled by asyncio, once or twice, or by anyio."""

    @pytest.mark.parametrize("face", ["ingest", "outcomes", "ingester"])
    @pytest.mark.parametrize("kind", ["asyncio", "anyio", "twice"])
    async def test_nothing_is_sent_afterwards(self, shop: Shop, face: str, kind: str) -> None:
        """The account has a long cooldown, two batches wait for permits, and a third one is open."""
        clock, events, hushed = FakeClock(), list[RunEvent](), anyio.Event()
        shop.faults["purchases.create_bulk"] = [reply(429, "too_many_request", retry_after="100")]
        inner = shop._answer

        async def answer(request: Any) -> Any:
            result = await inner(request)
            hushed.set()
            return result

        shop.by = answer
        scope = anyio.CancelScope()

        async def go() -> None:
            with scope:
                await _faces[face](shop, clock, events)

        task = asyncio.ensure_future(go())
        await hushed.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        before = len(shop.requests)
        (scope.cancel if kind == "anyio" else task.cancel)()
        for _ in range(5):
            await asyncio.sleep(0)
        if kind == "twice":
            task.cancel()
        began = clock.now()
        with pytest.raises(asyncio.CancelledError) if kind != "anyio" else _nothing():
            await task
        assert clock.now() - began <= HASTY.drain + 0.01
        clock.advance(1_000)
        for _ in range(50):
            await asyncio.sleep(0)
        assert len(shop.requests) == before == 1
        check_once(events)
        assert {type(outcome) for _, outcome in outcomes_of(events)} == {Released}


class _nothing:  # noqa: N801
    def __enter__(self) -> None: ...
    def __exit__(self, *exc_info: object) -> None: ...


async def _source() -> AsyncIterator[dict[str, Any]]:
    for line in lines(35):
        yield line
    await anyio.sleep_forever()


async def _ingest(shop: Shop, clock: FakeClock, events: list[RunEvent]) -> None:
    await run(sender(shop, clock), events=events, purchases=_source(), batch=TEN, policy=HASTY)


async def _outcomes(shop: Shop, clock: FakeClock, events: list[RunEvent]) -> None:
    inputs = Inputs(None, _source(), None, None, events.append)
    async with Outcomes(sender(shop, clock), RunPolicy(TEN, HASTY, 3), inputs) as opened:
        async for _ in opened:
            pass


async def _ingester(shop: Shop, clock: FakeClock, events: list[RunEvent]) -> None:
    inputs = Inputs(on_event=events.append)
    async with Ingester(sender(shop, clock), RunPolicy(TEN, HASTY, 3), inputs) as opened:
        for line in lines(35):
            await opened.submit(line)
        await anyio.sleep_forever()


_faces: dict[str, Any] = {"ingest": _ingest, "outcomes": _outcomes, "ingester": _ingester}


class TestFailedIngester:
    """Any error ends it, and all callers get the error."""

    @pytest.mark.parametrize("error", [RuntimeError("surprise"), KeyError("x"), Forbidden("e", 403, "forbidden", "no")])
    async def test_receipts_settle_and_submit_raises_the_error(self, shop: Shop, error: Exception) -> None:
        async def broken(request: Any) -> Any:
            raise error

        shop.by = broken
        with pytest.raises(WoowUpError) as excinfo:
            async with Ingester(sender(shop), RunPolicy(TEN, HASTY, 2), Inputs()) as opened:
                receipt = await opened.submit(purchase_line(1))
                assert isinstance(await receipt, InDoubt | Released)
                with pytest.raises(WoowUpError):
                    await opened.submit(purchase_line(2))
                with pytest.raises(WoowUpError):
                    opened.submit_nowait(purchase_line(2))
                with pytest.raises(WoowUpError):
                    await opened.flush()
                assert opened.unsettled == 0
        assert excinfo.value is error or excinfo.value.__cause__ is error

    async def test_a_full_outbox_wakes_waiting_submitters(
        self, shop: Shop, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "MOST_ON_DISK", 5)
        gate, waited = anyio.Event(), list[Exception]()

        async def forbidden(request: Any) -> Any:
            await gate.wait()
            return reply(403, "forbidden", "forbidden")

        async def submit(opened: Ingester, number: int) -> None:
            try:
                await opened.submit(purchase_line(number))
            except WoowUpError as error:
                waited.append(error)

        shop.by = forbidden
        with pytest.raises(Forbidden):
            async with (
                Ingester(sender(shop), RunPolicy(TEN, HASTY, 2), Inputs(outbox=tmp_path / "o.db")) as opened,
                anyio.create_task_group() as tasks,
            ):
                for number in range(8):
                    tasks.start_soon(submit, opened, number)
                    await asyncio.sleep(0)
                for _ in range(20):
                    await asyncio.sleep(0)
                gate.set()
        assert [type(error) for error in waited] == [Forbidden] * 3

    async def test_flush_raises_the_error_that_ended_it(self, shop: Shop) -> None:
        gate = anyio.Event()

        async def forbidden(request: Any) -> Any:
            await gate.wait()
            return reply(403, "forbidden", "forbidden")

        shop.by = forbidden
        with pytest.raises(Forbidden):
            async with (
                Ingester(sender(shop), RunPolicy(TEN, HASTY, 2), Inputs()) as opened,
                anyio.create_task_group() as tasks,
            ):
                await opened.submit(purchase_line(1))

                async def flush() -> None:
                    with pytest.raises(Forbidden):
                        await opened.flush()

                tasks.start_soon(flush)
                await asyncio.sleep(0)
                gate.set()


class TestErrorsAreNotWrapped:
    @pytest.mark.parametrize("error", [KeyError("mine"), WoowUpError("mine"), TimeoutError("mine")])
    async def test_from_a_block(self, shop: Shop, error: Exception) -> None:
        policy = RunPolicy(TEN, IngestPolicy(), 2)
        with pytest.raises(type(error)) as excinfo:
            async with Outcomes(sender(shop), policy, Inputs(None, lines(5))) as opened:
                async for _ in opened:
                    raise error
        assert excinfo.value is error
        with pytest.raises(type(error)) as excinfo:
            async with Ingester(sender(shop), policy, Inputs()):
                raise error
        assert excinfo.value is error

    async def test_from_a_run(self, shop: Shop) -> None:
        def source() -> Any:
            yield purchase_line(1)
            raise KeyError("mine")

        events = list[RunEvent]()
        with pytest.raises(KeyError, match="mine"):
            await run(sender(shop), events=events, purchases=source())
        assert [type(outcome) for _, outcome in outcomes_of(events)] == [Accepted]

    async def test_a_defect_is_not_wrapped_in_a_group(self, shop: Shop) -> None:
        async def broken(request: Any) -> Any:
            raise LookupError("defect")

        shop.by, events = broken, list[RunEvent]()
        with pytest.raises(LookupError, match="defect"):
            await run(sender(shop), events=events, purchases=lines(30), batch=TEN)
        check_once(events)
        assert len(outcomes_of(events)) >= 10


async def test_refused_submits_have_different_positions(shop: Shop, tmp_path: Any) -> None:
    inputs = Inputs(journal=tmp_path / "a.journal")
    async with Ingester(sender(shop), RunPolicy(TEN, IngestPolicy(), 2), inputs) as opened:
        receipts = [await opened.submit(raw) for raw in ({"invoice_number": "1"}, b"{", User(document="1"), {})]
    assert len({str(receipt.record.position) for receipt in receipts}) == 4
    assert json.loads(json.dumps(opened.report.purchases.codes)) == {"invalid": 2, "malformed": 1}
