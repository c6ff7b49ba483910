"""If foreign code raises `CancelledError` and nothing was cancelled, this is an error, and all outcomes are true."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._ingest.faces.receipt import Receipt
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._resources.endpoints import PURCHASES_CREATE
from woowup_async._transport.call import Call
from woowup_async._transport.credentials import ApiKey
from woowup_async.errors import WoowUpError
from woowup_async.events import ReplyReceived, RunEvent
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy

ANA = {"email": "ana@example.com"}
POLICY = RunPolicy(BatchPolicy(max_items=10), IngestPolicy(drain=0.5), 3)
KEY = ApiKey("secret-key")


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def lines(count: int) -> list[dict[str, Any]]:
    return [purchase_line(number) for number in range(count)]


def raise_stray(*_: object, **__: object) -> Any:
    raise asyncio.CancelledError


def breaking(shop: Shop, request: int) -> Any:
    """Process each request, and raise a stray cancellation instead of the answer to one of them."""
    inner = shop._answer

    async def by(sent: Any) -> Any:
        answer = await inner(sent)
        if len(shop.requests) == request:
            raise asyncio.CancelledError
        return answer

    return by


async def _ingest(shop: Shop, records: Any, **inputs: Any) -> None:
    await run(sender(shop), purchases=records, batch=POLICY.batch, policy=POLICY.ingest, **inputs)


async def _outcomes(shop: Shop, records: Any, **inputs: Any) -> None:
    async with Outcomes(sender(shop), POLICY, Inputs(purchases=records, **inputs)) as opened:
        async for _ in opened:
            pass


async def _ingester(shop: Shop, records: Any, **inputs: Any) -> None:
    async with Ingester(sender(shop), POLICY, Inputs(**inputs)) as opened:
        receipts = [await opened.submit(line) for line in records]
        with anyio.fail_after(5):
            for receipt in receipts:
                await receipt
        await opened.flush()


FACES: dict[str, Any] = {"ingest": _ingest, "outcomes": _outcomes, "ingester": _ingester}
faces = pytest.mark.parametrize("face", FACES)


def outcomes_of(events: list[RunEvent]) -> dict[str, Outcome]:
    settled = [event for event in events if isinstance(event, Settled)]
    found = {str(event.record.position): event.outcome for event in settled}
    assert len(found) == len(settled), "an outcome came twice"
    return found


def check_true(shop: Shop, events: list[RunEvent]) -> None:
    released = {event.key for event in events if isinstance(event, Settled) and isinstance(event.outcome, Released)}
    assert not released & {number for _, number in shop.account.purchases}


class TestTransport:
    @faces
    @pytest.mark.parametrize("request_", [1, 2])
    async def test_the_run_ends_with_that_error(self, shop: Shop, face: str, request_: int) -> None:
        events = list[RunEvent]()
        shop.by = breaking(shop, request_)
        with pytest.raises(WoowUpError, match="the transport raised CancelledError, and nothing was cancelled"):
            await FACES[face](shop, lines(30), on_event=events.append)
        check_true(shop, events)
        assert InDoubt in {type(outcome) for outcome in outcomes_of(events).values()}

    async def test_a_transport_that_raises_while_a_request_waits_for_its_turn(self, shop: Shop) -> None:
        @asynccontextmanager
        async def turn(request: Any) -> AsyncIterator[None]:
            raise asyncio.CancelledError
            yield

        shop.turn, events = turn, list[RunEvent]()  # type: ignore[attr-defined]
        with pytest.raises(WoowUpError, match="the transport raised CancelledError"):
            await _ingester(shop, lines(5), on_event=events.append)
        assert {type(outcome) for outcome in outcomes_of(events).values()} == {Released}

    async def test_one_call_outside_a_run(self, shop: Shop) -> None:
        shop.by = raise_stray
        with pytest.raises(WoowUpError, match="the transport raised CancelledError"):
            await sender(shop).send(Call(PURCHASES_CREATE, body=b"{}"))


class TestListener:
    @faces
    @pytest.mark.parametrize("kind", [ReplyReceived, Settled])
    async def test_it_does_not_affect_the_run(self, shop: Shop, face: str, kind: type, tmp_path: Any) -> None:
        def hear(event: RunEvent) -> None:
            if isinstance(event, kind):
                raise asyncio.CancelledError

        journal = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark))
        await FACES[face](shop, lines(30), on_event=hear, journal=journal)
        await journal.aclose()
        assert len(shop.account.purchases) == 30


class TestSink:
    @faces
    async def test_the_run_ends_and_each_outcome_is_reported(self, shop: Shop, face: str) -> None:
        class Sink:
            write = raise_stray

        events = list[RunEvent]()
        with pytest.raises(WoowUpError, match="the sink of dead letters failed: CancelledError"):
            await FACES[face](shop, lines(30), on_event=events.append, dead_letters=Sink())
        check_true(shop, events)
        assert Accepted in {type(outcome) for outcome in outcomes_of(events).values()}


class TestSource:
    @pytest.mark.parametrize("face", ["ingest", "outcomes"])
    @pytest.mark.parametrize("kind", ["plain", "async"])
    async def test_its_earlier_records_are_sent(self, shop: Shop, face: str, kind: str) -> None:
        def plain() -> Iterator[dict[str, Any]]:
            yield from lines(25)
            raise asyncio.CancelledError

        async def waiting() -> AsyncIterator[dict[str, Any]]:
            for line in lines(25):
                yield line
            raise asyncio.CancelledError

        events = list[RunEvent]()
        with pytest.raises(WoowUpError, match="the source of purchases raised CancelledError"):
            await FACES[face](shop, plain() if kind == "plain" else waiting(), on_event=events.append)
        assert len(shop.account.purchases) == 25
        assert len(outcomes_of(events)) == 25


@pytest.mark.parametrize("entity", ["users", "purchases"])
async def test_a_record_that_cannot_be_read_is_refused(shop: Shop, entity: str) -> None:
    class Odd(Mapping[str, Any]):
        __getitem__ = __len__ = __iter__ = raise_stray

    events = list[RunEvent]()
    sources: dict[str, Any] = {entity: [Odd()]}
    await run(sender(shop), events=events, policy=IngestPolicy(salvage=True), **sources)
    (refused,) = outcomes_of(events).values()
    assert isinstance(refused, Rejected)
    assert [str(reason) for reason in refused.reasons] == ["cannot be read: CancelledError"]


class TestLedger:
    @faces
    @pytest.mark.parametrize("method", ["begin", "find", "mark", "settle", "finish"])
    async def test_it_ends_the_run_and_changes_no_outcome(
        self, shop: Shop, face: str, method: str, tmp_path: Any
    ) -> None:
        ledger, events = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark)), list[RunEvent]()
        setattr(ledger, method, raise_stray)
        with pytest.raises(WoowUpError, match="the journal FileLedger raised CancelledError"):
            await FACES[face](shop, lines(30), on_event=events.append, journal=ledger)
        await ledger.aclose()
        check_true(shop, events)


class TestInnerTasks:
    """A task inside a run is cancelled from outside: by a debugger, or by code that cancels all tasks but its own."""

    @faces
    @pytest.mark.parametrize("which", range(8))
    async def test_the_run_ends_with_an_error(self, shop: Shop, face: str, which: int) -> None:
        inner, before = shop._answer, asyncio.all_tasks()
        mine: list[asyncio.Task[None]] = []
        events = list[RunEvent]()

        async def by(sent: Any) -> Any:
            if len(shop.requests) == 2:
                theirs = sorted(asyncio.all_tasks() - before - {*mine}, key=lambda task: task.get_name())
                theirs[which % len(theirs)].cancel()
                await asyncio.sleep(0)
            return await inner(sent)

        shop.by = by
        mine.append(asyncio.ensure_future(FACES[face](shop, lines(60), on_event=events.append)))
        with pytest.raises(WoowUpError, match="cancelled from outside|raised CancelledError"):
            await mine[0]
        check_true(shop, events)

    @pytest.mark.filterwarnings("ignore:coroutine 'Service.run'", "ignore::pytest.PytestUnraisableExceptionWarning")
    async def test_receipts_settle_if_the_task_was_cancelled_before_it_began(self, shop: Shop, tmp_path: Any) -> None:
        """Code that ends a program cancels all tasks at once, also those that were only just made."""
        ledger = FileLedger(SqliteLedger(tmp_path / "j", KEY.mark))
        receipts = list[Receipt]()

        async def opens() -> None:
            async with Ingester(sender(shop), POLICY, Inputs(journal=ledger)) as opened:
                before = asyncio.all_tasks()
                assert opened._tasks is not None
                receipts.extend([opened.submit_nowait(line) for line in lines(3)])
                for task in before - {asyncio.current_task()}:
                    if "Service.run" in task.get_name():
                        task.cancel()
                await anyio.sleep_forever()

        with pytest.raises(asyncio.CancelledError):
            await opens()
        assert {type(receipt.outcome) for receipt in receipts} == {Released}
        await ledger.aclose()
        gc.collect()  # warns of the coroutine that never began, here and not in another test


@faces
@pytest.mark.parametrize("kind", ["task", "timeout", "scope"])
async def test_a_cancellation_by_the_caller_is_not_an_error(shop: Shop, face: str, kind: str) -> None:
    """The cancellation comes during an exchange, which hangs until the drain is over."""
    events, loop = list[RunEvent](), asyncio.get_running_loop()
    bound, scope = asyncio.timeout(None), anyio.CancelScope()

    async def by(sent: Any) -> Any:
        if len(shop.requests) == 2:
            asks: dict[str, Callable[[], object]] = {
                "task": task.cancel, "timeout": lambda: bound.reschedule(loop.time()), "scope": scope.cancel,
            }  # fmt: skip
            asks[kind]()
        await anyio.sleep_forever()

    async def go() -> None:
        async with bound:
            with scope:
                await FACES[face](shop, lines(60), on_event=events.append)

    shop.by = by
    task = asyncio.ensure_future(go())
    if kind == "scope":
        await task
        assert scope.cancelled_caught
    else:
        with pytest.raises(asyncio.CancelledError if kind == "task" else TimeoutError):
            await task
    assert {type(outcome) for outcome in outcomes_of(events).values()} == {InDoubt, Released}
