"""What was read and was not opened: it has one outcome, too, however the run ends."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async._flow import Settled
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport.credentials import ApiKey
from woowup_async.errors import JournalError
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, InDoubt, Released, Report
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
KEY = ApiKey("secret-key")


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def users(count: int) -> list[dict[str, Any]]:
    return [{"email": f"{number}@example.com", "document": str(number)} for number in range(count)]


class Reader:
    """A source that keeps what was read of it."""

    def __init__(self, records: Iterable[Any]) -> None:
        self._records, self.read = records, list[Any]()

    def plain(self) -> Iterator[Any]:
        for record in self._records:
            self.read.append(record)
            yield record

    async def slowly(self) -> AsyncIterator[Any]:
        for record in self.plain():
            yield record


def check_once_each(events: list[RunEvent], *readers: Reader) -> None:
    settled = [id(event.record.raw) for event in events if isinstance(event, Settled)]
    assert sorted(settled) == sorted(id(record) for reader in readers for record in reader.read)


def failing(ledger: FileLedger, method: str, call: int, error: Exception) -> None:
    """Have a method of a journal fail from a call on."""
    found, calls = getattr(ledger, method), 0

    def fail(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls >= call:
            raise error
        return found(*args, **kwargs)

    setattr(ledger, method, fail)


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("find", 1),
        ("find", 2),
        *((name, call) for name in ("versions", "people", "settle", "mark") for call in (1, 2, 4)),
    ],
)
@pytest.mark.parametrize("error", [JournalError("the disk failed"), ValueError("a defect")])
@pytest.mark.parametrize("read", [Reader.plain, Reader.slowly])
@pytest.mark.slow
async def test_a_journal_that_fails(
    shop: Shop, tmp_path: Path, method: str, call: int, error: Exception, read: Callable[[Reader], Any]
) -> None:
    ledger, events = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark)), list[RunEvent]()
    failing(ledger, method, call, error)
    people = Reader([*users(5), {"email": "no"}])
    mine = Reader([{"createtime": "no"}, *(purchase_line(number) for number in range(25))])
    with pytest.raises((JournalError, ValueError)):
        await run(sender(shop), events=events, users=read(people), purchases=read(mine), journal=ledger)
    await ledger.aclose()
    check_once_each(events, people, mine)


async def test_a_lookup_that_fails_stops_the_run(shop: Shop, tmp_path: Path) -> None:
    """What is in the open batch is not sent any more."""
    ledger, events = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark)), list[RunEvent]()
    failing(ledger, "find", 5, JournalError("the disk failed"))
    mine = Reader(purchase_line(number) for number in range(8))
    with pytest.raises(JournalError, match="the disk failed"):
        await run(sender(shop), events=events, purchases=mine.slowly(), journal=ledger)
    await ledger.aclose()
    assert shop.requests == []
    outcomes = [type(event.outcome) for event in events if isinstance(event, Settled)]
    assert sorted(outcomes, key=str) == [InDoubt] + [Released] * 4  # a journal that failed cannot say


async def test_a_refused_record_in_the_rest_of_a_block(shop: Shop, tmp_path: Path) -> None:
    ledger, events = FileLedger(SqliteLedger(tmp_path / "a.journal", KEY.mark)), list[RunEvent]()
    failing(ledger, "find", 1, JournalError("the disk failed"))
    failing(ledger, "defer", 1, JournalError("the disk failed"))
    mine = Reader([purchase_line(1), {"createtime": "no"}, {"createtime": "no"}, purchase_line(2)])
    with pytest.raises(JournalError):
        await run(sender(shop), events=events, purchases=mine.plain(), journal=ledger)
    await ledger.aclose()
    check_once_each(events, mine)


@pytest.mark.parametrize("read", [Reader.plain, Reader.slowly])
@pytest.mark.parametrize("kind", ["users", "purchases"])
async def test_a_run_that_is_cancelled(shop: Shop, read: Callable[[Reader], Any], kind: str) -> None:
    clock, events = FakeClock(), list[RunEvent]()
    reader = Reader(users(200) if kind == "users" else (purchase_line(number) for number in range(200)))

    async def slow(request: Any) -> Any:
        await clock.sleep_until(clock.now() + 60)

    shop.by = slow
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def ingest() -> None:
                given: dict[str, Any] = {kind: read(reader)}
                await run(sender(shop, clock), events=events, in_flight=1, policy=IngestPolicy(drain=1), **given)

            tasks.start_soon(ingest)
            await clock.sleep_until(clock.now() + 5)
            scope.cancel()
    assert 10 < len(reader.read) < 200 or read is Reader.slowly
    check_once_each(events, reader)


async def test_a_version_that_waits_for_an_earlier_one(shop: Shop) -> None:
    """It is in hand when the run is cancelled, and no book has it."""
    clock, events = FakeClock(), list[RunEvent]()
    versions = Reader([purchase_line(1, points=number) for number in range(3)])

    async def slow(request: Any) -> Any:
        await clock.sleep_until(clock.now() + 60)

    shop.by = slow
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:

            async def ingest() -> None:
                await run(sender(shop, clock), events=events, purchases=versions.plain(), policy=IngestPolicy(drain=1))

            tasks.start_soon(ingest)
            await clock.sleep_until(clock.now() + 5)
            scope.cancel()
    check_once_each(events, versions)
    assert [type(event.outcome) for event in events if isinstance(event, Settled)] == [Released, Released, InDoubt]


async def test_a_failing_source_still_has_what_it_gave_sent(shop: Shop) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield purchase_line(1)
        raise LookupError("the database is gone")

    events = list[RunEvent]()
    with pytest.raises(LookupError):
        await run(sender(shop), events=events, purchases=source(), batch=BatchPolicy(max_items=10))
    assert [event.outcome for event in events if isinstance(event, Settled)] == [Accepted("queued")]


@pytest.mark.parametrize("entity", ["users", "purchases"])
async def test_what_was_accepted_before_is_not_sent_again_after_a_run_that_ended_early(
    shop: Shop, tmp_path: Path, entity: str
) -> None:
    """The second run reads records that the first one settled, and ends before it comes to them."""
    records = users(51) if entity == "users" else [purchase_line(number) for number in range(51)]
    journal, other = tmp_path / "journal", records.pop()

    async def sent(given: list[dict[str, Any]], **options: Any) -> Report:
        return await run(sender(shop), **(options | {entity: given}))

    assert (await sent(records, journal=journal)).accepted == 50
    requests, events = len(shop.requests), list[RunEvent]()
    ledger = FileLedger(SqliteLedger(journal, KEY.mark))
    failing(ledger, "mark", 1, JournalError("the disk failed"))
    with pytest.raises(JournalError):
        await sent([other, *records], events=events, journal=ledger)
    await ledger.aclose()
    assert Released in {type(event.outcome) for event in events if isinstance(event, Settled)}
    assert (await sent(records, journal=journal)).accepted == 50
    assert len(shop.requests) == requests
