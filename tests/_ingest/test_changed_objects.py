"""A record is what it was when it was given: its owner may change the object afterwards and give it again."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import run
from woowup_async._flow import Settled
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async.cleaning import Cleaner
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted, Rejected, Released
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.sources.cleaned import CleanedSource
from woowup_async.testing import FakeClock

COUNT = 150
NUMBERS = [f"F-{number:04}" for number in range(COUNT)]
REFUSED = reply(400, "bad_request", "no")


def one_object() -> Iterator[dict[str, Any]]:
    reused = purchase_line(0, email="Ana@Example.com")
    for number in range(COUNT):
        reused["invoice_number"], reused["points"] = NUMBERS[number], number
        yield reused


def one_part() -> Iterator[dict[str, Any]]:
    part = purchase_line(0)["purchase_detail"]
    for number in range(COUNT):
        part[0]["sku"] = f"AB-{number}"
        yield purchase_line(number, email="Ana@Example.com", points=number, purchase_detail=part)


async def slowly(records: Iterator[Any]) -> AsyncIterator[Any]:
    for record in records:
        yield record


def bodies(shop: Shop) -> dict[str, Any]:
    return {
        body["invoice_number"]: body for _, sent in shop.sent for body in (sent if isinstance(sent, list) else [sent])
    }


class Strict(Shop):
    """Refuses all purchases."""

    def __init__(self) -> None:
        super().__init__()
        self.by = self._refuse

    async def _refuse(self, request: Any) -> Any:
        return REFUSED


WAYS: dict[str, Callable[[Iterator[Any]], Any]] = {
    "plain": lambda records: records,
    "async": slowly,
    "cleaned": lambda records: CleanedSource(records, Cleaner({"email"}, region=None, today=date(2024, 1, 1))),
}


@pytest.mark.parametrize("order", ["given", "recent"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("given", [one_object, one_part])
async def test_each_is_sent_as_it_was_given(given: Callable[[], Iterator[Any]], way: str, order: Any) -> None:
    shop = Shop()
    report = await run(sender(shop), purchases=WAYS[way](given()), order=order)
    assert report.accepted == report.submitted == COUNT
    sent = bodies(shop)
    assert [*sent] == NUMBERS
    assert [body["points"] for body in sent.values()] == [*range(COUNT)]
    if given is one_part:
        assert [body["purchase_detail"][0]["sku"] for body in sent.values()] == [f"AB-{each}" for each in range(COUNT)]


def letters(path: Path) -> list[tuple[str, str, int]]:
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted((each["key"], each["raw"]["invoice_number"], each["raw"]["points"]) for each in found)


@pytest.mark.parametrize("way", WAYS)
async def test_a_dead_letter_has_what_was_sent(tmp_path: Path, way: str) -> None:
    events, path = list[RunEvent](), tmp_path / "letters"
    report = await run(sender(Strict()), purchases=WAYS[way](one_object()), dead_letters=path, events=events)
    assert report.rejected == COUNT
    assert letters(path) == [(number, number, place) for place, number in enumerate(NUMBERS)]
    if way != "cleaned":  # events still have the caller's object
        assert len({id(event.record.raw) for event in events if isinstance(event, Settled)}) == 1


async def test_a_dead_letter_of_an_ingester_has_what_was_submitted(tmp_path: Path) -> None:
    path, policy = tmp_path / "letters", RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), in_flight=3)
    async with Ingester(sender(Strict()), policy, Inputs(dead_letters=path)) as ingester:
        receipts = [await ingester.submit(record) for record in one_object()]
    assert {type(receipt.outcome) for receipt in receipts} == {Rejected}
    assert letters(path) == [(number, number, place) for place, number in enumerate(NUMBERS)]


async def test_a_sink_gets_unchanged_records_as_they_are(tmp_path: Path) -> None:
    filed = list[Settled]()

    class Sink:
        def write(self, settled: Settled) -> None:
            filed.append(settled)

    given = [purchase_line(1), purchase_line(2) | {"createtime": "no"}, b"{}"]
    await run(sender(Strict()), purchases=given, dead_letters=Sink())
    assert sorted(id(each.record.raw) for each in filed) == sorted(map(id, given))


async def test_what_was_not_read_when_a_run_ends_stays_unread() -> None:
    clock, events, read = FakeClock(), list[RunEvent](), list[dict[str, Any]]()

    def rows() -> Iterator[dict[str, Any]]:
        for number in range(COUNT):
            read.append(purchase_line(number))
            yield read[-1]

    shop = Shop()
    with anyio.CancelScope() as scope:

        def hear(event: RunEvent) -> None:
            events.append(event)
            scope.cancel()

        await run(sender(shop, clock), purchases=rows(), on_event=hear, in_flight=1)
    settled = [event for event in events if isinstance(event, Settled)]
    assert sorted(id(event.record.raw) for event in settled) == sorted(map(id, read))
    assert 0 < len(read) < 64
    assert {type(event.outcome) for event in settled} <= {Accepted, Released}


@pytest.mark.parametrize("value", [None, 1, (), "text", 1.5])
async def test_one_value_that_is_no_record_may_come_again(value: Any) -> None:
    shop = Shop()
    shop.account.create_user({"email": "ana@example.com"})
    report = await run(sender(shop), purchases=(each for each in [value, value, purchase_line(1)]))
    assert (report.rejected, report.accepted) == (2, 1)
