"""Bulk requests that grow as far as the account takes them."""

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.support.fakes import Answer, Shop, reply, sender
from tests.support.official import purchase_line
from tests.support.runs import outcomes, purchases, run
from woowup_async._ingest.learned import NOTE, limits_of, sizes_in, sizes_of
from woowup_async._ingest.rules.batching import Sizes
from woowup_async._ingest.rules.growth import Learned
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport.sender import Sender
from woowup_async.errors import JournalError, ReplyLost
from woowup_async.events import BatchRefused, RunEvent
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.policies import BatchPolicy, IngestPolicy
from woowup_async.ports import Request, Response
from woowup_async.testing import FakeClock

ANA = {"email": "ana@example.com"}
TO_160 = BatchPolicy(max_items=10, grow_to=160)
BULK = "purchases.create_bulk"
LOST = ReplyLost(BULK, "timed out")
REFUSALS: dict[str, Answer] = {
    "413": Response(413, {}, b"<html>"),
    "names the size": reply(400, "bad_request", "too many purchases: at most 25"),
    "mute": reply(400, "bad_request", "bad request"),
    "500": reply(500, "internal_error"),
    "lost": LOST,
}


class Limited(Shop):
    """An account that takes bulk requests up to a size, and takes some time for each purchase."""

    def __init__(self, items: int = 10_000, size_bytes: int = 10**9, seconds: float = 0.0, says: Answer = LOST) -> None:
        super().__init__()
        self.clock, self._says = FakeClock(), says
        self._items, self._bytes, self._seconds = items, size_bytes, seconds
        self.account.create_user(ANA)
        self.by = self._limited

    @property
    def sizes(self) -> list[int]:
        return [len(body) for endpoint, body in self.sent if endpoint == BULK]

    async def _limited(self, request: Request) -> Answer:
        if request.endpoint == BULK:
            count = len(json.loads(request.body or b"[]"))
            await self.clock.sleep_until(self.clock.now() + self._seconds * count)
            if count > self._items or len(request.body or b"") > self._bytes:
                return self._says
        return await self._answer(request)

    async def taken(self, count: int, **options: Any) -> list[RunEvent]:
        """Send some purchases. Return the events. All purchases are on the account afterwards."""
        events = list[RunEvent]()
        given: dict[str, Any] = {"batch": TO_160, "events": events, "purchases": purchases(count)}
        report = await run(self.sender(), **(given | options))
        assert report.purchases.submitted == count
        return events

    def sender(self) -> Sender:
        return sender(self, self.clock)


async def test_an_account_without_a_ceiling() -> None:
    shop = Limited()
    await shop.taken(2_000)
    assert len(shop.account.purchases) == 2_000
    assert (shop.sizes[0], max(shop.sizes)) == (10, 160)
    assert len(shop.sizes) < 45  # 200 without growing


async def test_it_does_not_grow_unless_asked_to() -> None:
    shop = Limited()
    await shop.taken(500, batch=BatchPolicy(max_items=10))
    assert set(shop.sizes) == {10}


@pytest.mark.untraced
@pytest.mark.parametrize("says", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize(
    ("ceiling", "count"), [(13, 1_200), *(pytest.param(each, 2_500, marks=pytest.mark.long) for each in (10, 13, 50))]
)
async def test_a_ceiling_of_items(ceiling: int, count: int, says: Answer) -> None:
    shop = Limited(ceiling, says=says)
    events = await shop.taken(count)
    assert len(shop.account.purchases) == count
    assert {type(outcome) for outcome in outcomes(events).values()} == {Accepted}
    assert sum(size > ceiling for size in shop.sizes) <= 12
    assert median(shop.sizes[-40:]) > ceiling - ceiling // 4 - 1


async def test_a_refusal_that_names_the_size_is_not_searched() -> None:
    shop = Limited(13, says=REFUSALS["names the size"])
    events = await shop.taken(500)
    assert not [event for event in events if isinstance(event, BatchRefused)]
    mute = Limited(13, says=REFUSALS["mute"])
    assert [event for event in await mute.taken(500) if isinstance(event, BatchRefused)]
    assert len(shop.requests) < len(mute.requests)


async def test_a_ceiling_of_bytes() -> None:
    shop = Limited(size_bytes=6_000, says=REFUSALS["413"])
    await shop.taken(1_500)
    assert len(shop.account.purchases) == 1_500
    lengths = [len(request.body or b"") for request in shop.requests if request.endpoint == BULK]
    assert 4_500 < max(lengths[-10:-2]) <= 6_000
    assert sum(length > 6_000 for length in lengths) <= 8


async def test_bytes_grow_with_the_items() -> None:
    shop = Limited()
    size = len(json.dumps(purchase_line(1))) * 10
    await shop.taken(2_000, batch=BatchPolicy(max_items=10, max_bytes=size, grow_to=160, grow_bytes_to=5 * size))
    lengths = [len(request.body or b"") for request in shop.requests]
    assert 3 * size < max(lengths) <= 5 * size + 2


async def test_a_ceiling_of_time() -> None:
    """At 0.1 s for each purchase, 50 take 5 s: a sixth of the timeout."""
    shop = Limited(seconds=0.1)
    await shop.taken(2_000, in_flight=1)
    assert 40 <= max(shop.sizes[-10:]) <= 100
    assert len(shop.account.purchases) == 2_000


@pytest.mark.slow
async def test_a_single_lost_answer_makes_the_next_request_smaller() -> None:
    shop = Limited()
    shop.faults[BULK] = [None] * 25 + [LOST]
    await shop.taken(4_000, in_flight=1)
    lost = shop.sizes[25]
    assert lost == shop.sizes[26] == 160  # it is sent again as it was
    assert shop.sizes[27] == 80
    assert max(shop.sizes[30:]) == 160


@pytest.mark.slow
async def test_a_bad_purchase_in_a_large_request_is_found_and_is_no_reason_to_shrink() -> None:
    shop = Limited()
    shop.account.refuses = lambda record: ["bad"] if "metadata" in record else []
    lines = purchases(3_000)
    lines[2_000]["metadata"] = {"poison": 1}
    events = await shop.taken(3_000, purchases=lines)
    assert outcomes(events)["F-2000"] == Rejected("server", "bad_request", outcomes(events)["F-2000"].reasons)  # type: ignore[union-attr]
    assert len(shop.account.purchases) == 2_999
    assert shop.sizes.count(160) > 10
    assert len(shop.requests) < 60


@pytest.mark.slow
async def test_a_purchase_that_makes_the_server_fail_costs_few_requests() -> None:
    """The large request is cut to the first size at once, and only that part is searched."""
    shop = Limited()
    inner = shop._answer

    async def by(request: Request) -> Answer:
        return reply(500, "internal_error") if b"F-1500" in (request.body or b"") else await inner(request)

    shop.by = by
    await shop.taken(2_000)
    assert len(shop.account.purchases) == 1_999
    hit = [len(body) for endpoint, body in shop.sent if endpoint == BULK and "F-1500" in json.dumps(body)]
    assert max(hit) == 160
    assert not {each for each in hit if 10 < each < 160}
    assert len(hit) <= 8 + 8 + 10  # all attempts with 160 and with 10, and the search


async def test_a_purchase_is_never_larger_than_before() -> None:
    shop, large = Limited(), {"note": "x" * 300_000}
    report = await run(shop.sender(), batch=TO_160, purchases=[purchase_line(1, custom_attributes=large)])
    assert report.rejected == 1
    assert not shop.requests


class TestJournal:
    """What was learned is kept."""

    @pytest.mark.slow
    async def test_the_next_run_begins_with_it(self, tmp_path: Path) -> None:
        shop = Limited(50, says=REFUSALS["413"])
        await shop.taken(1_500, journal=tmp_path / "j")
        again = Limited(50, says=REFUSALS["413"])
        await again.taken(1_500, journal=tmp_path / "j", purchases=[purchase_line(n) for n in range(2_000, 3_500)])
        assert again.sizes[0] >= 40
        assert max(again.sizes) < 60  # which was too large before

    async def test_it_is_ignored_by_a_run_that_does_not_grow(self, tmp_path: Path) -> None:
        await Limited().taken(1_500, journal=tmp_path / "j")
        shop = Limited()
        lines = [purchase_line(n) for n in range(2_000, 2_100)]
        await shop.taken(100, journal=tmp_path / "j", purchases=lines, batch=BatchPolicy(max_items=10))
        assert set(shop.sizes) == {10}

    async def test_a_note_that_cannot_be_read_is_ignored(self, tmp_path: Path) -> None:
        ledger = FileLedger(SqliteLedger(tmp_path / "j"))
        for text in ("", "{", '{"items": 3}', "[[1, 2, 3, 4], [1]]"):
            ledger.note(NOTE, text)
            assert limits_of(TO_160, ledger, await sizes_of(TO_160, ledger)).max_items == 10
        ledger.note(NOTE, "[[40, 0], [5000, 0]]")
        assert limits_of(TO_160, ledger, await sizes_of(TO_160, ledger)).max_items == 40
        assert await sizes_of(BatchPolicy(), ledger) is None
        await ledger.aclose()
        assert sizes_in("[[40, 45], [5000, 0]]") == Sizes(Learned(40, 45), Learned(5_000, 0))

    async def test_a_note_that_cannot_be_written_harms_nothing(self, tmp_path: Path) -> None:
        class Full(FileLedger):
            def note(self, name: str, value: str) -> None:
                raise JournalError("disk full")

        ledger, shop = Full(SqliteLedger(tmp_path / "j")), Limited()
        await shop.taken(500, journal=ledger)
        await ledger.aclose()
        assert len(shop.account.purchases) == 500
        assert max(shop.sizes) > 10


@pytest.mark.slow
async def test_with_report_a_lost_answer_leaves_the_whole_request_in_doubt() -> None:
    """This is the price of a larger request."""
    shop = Limited()
    shop.faults[BULK] = [None] * 25 + [LOST]
    events = await shop.taken(4_000, policy=IngestPolicy(doubt="report"), in_flight=1)
    assert sum(not isinstance(outcome, Accepted) for outcome in outcomes(events).values()) == 160
