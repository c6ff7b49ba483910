"""The health of an ingester in each of its troubles, in virtual time."""

import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.official import purchase_line
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces import ingester as ingester_module
from woowup_async._ingest.faces import insight, outbox_queue
from woowup_async._ingest.faces.ingester import Ingester
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._journal.schema import transaction
from woowup_async._limiting.shared_limiter import SharedLimiter
from woowup_async.errors import AccountGone, Forbidden, JournalError, WoowUpError
from woowup_async.policies import BatchPolicy, IngestPolicy, Lane, RateLimit
from woowup_async.testing import FakeClock, MemoryStore

ANA = {"email": "ana@example.com"}


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.account.create_user(ANA)
    return shop


def ingester(shop: Shop, clock: FakeClock, **inputs: Any) -> Ingester:
    return Ingester(sender(shop, clock), RunPolicy(BatchPolicy(max_items=10), IngestPolicy(), 2), Inputs(**inputs))


def seconds_ago(moment: datetime) -> float:
    return (datetime.now(UTC) - moment) / timedelta(seconds=1)


async def test_from_the_beginning_to_the_end(shop: Shop) -> None:
    clock = FakeClock()
    mine = ingester(shop, clock)
    clock.advance(5.0)
    health = mine.health()
    assert (health.status, health.reason, health.is_live, health.is_ready) == ("starting", "starting", True, False)
    assert seconds_ago(health.since) == pytest.approx(5, abs=1)
    async with mine:
        assert (mine.health().status, mine.health().reason, mine.health().advice) == ("ok", "", "")
        await (await mine.submit(purchase_line(1)))
        assert mine.health().is_ready
    health = mine.health()
    assert (health.status, health.reason, health.is_live, health.is_ready) == ("failed", "closed", False, False)


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (reply(403, "forbidden", "authentication failed"), Forbidden, "key_refused"),
        (reply(410, "account_deleted", "gone"), AccountGone, "account_deleted"),
    ],
)
async def test_a_refused_key_and_a_deleted_account(
    answer: Any, error: type[Exception], reason: str, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.faults["purchases.create_bulk"] = [answer] * 9
    mine = ingester(shop, FakeClock())
    with pytest.raises(error):
        async with mine:
            for number in range(2):
                await mine.submit(purchase_line(number, email="ana@example.com"))
            with pytest.raises(error):
                await mine.flush()
            health = mine.health()
            assert (health.status, health.reason) == ("failed", reason)
            assert (health.is_live, health.is_ready) == (False, False)
            assert "run ended early" in caplog.text  # at once, and not only when the block ends
    lines = [record for record in caplog.records if record.name == "woowup_async.health"]
    assert [record.levelno for record in lines] == [logging.ERROR]
    assert lines[0].getMessage().startswith("run ended early (purchases.create_bulk answered 4")
    assert "ana@example.com" not in caplog.text
    assert "authentication failed" not in lines[0].getMessage()  # the server's words may be about a customer


async def test_an_outage_is_degraded_and_passes(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    clock, seen = FakeClock(), list[tuple[str, str, bool]]()
    down = reply(503, "server_error", "ana@example.com is broken")
    shop.faults["purchases.create_bulk"], shop.faults["probe"] = [down] * 8, [down] * 3
    async with ingester(shop, clock, on_event=lambda event: seen.append(state())) as mine:

        def state() -> tuple[str, str, bool]:
            return mine.health().status, mine.health().reason, mine.health().is_ready

        for number in range(2):
            await mine.submit(purchase_line(number))
        await mine.flush()
        assert ("degraded", "outage", True) in seen
        assert state() == ("ok", "", True)
    lines = [(each.levelno, each.getMessage()) for each in caplog.records if each.name == "woowup_async.health"]
    assert lines[0] == (
        logging.WARNING, "WoowUp is failing (purchases.create_bulk answered 503 server_error): sending waits"
    )  # fmt: skip
    assert lines[1][0] == logging.WARNING
    assert lines[1][1].startswith("WoowUp answers again after ")
    assert len([line for line in lines if line[0] >= logging.WARNING]) == 2


@pytest.mark.parametrize("is_shared", [False, True])
async def test_a_cooldown_is_degraded(is_shared: bool, shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    clock = FakeClock()
    own = sender(shop, clock)
    if is_shared:
        limiter = SharedLimiter(RateLimit(), clock, MemoryStore(clock), "a", random=lambda: 0.5)
        own = msgspec.structs.replace(own, limiter=limiter)
    async with Ingester(own, RunPolicy(BatchPolicy(), IngestPolicy(), 2), Inputs()) as mine:
        permits = [await own.limiter.admit(Lane.INTERACTIVE) for _ in range(3)]
        permits[0].answered(429, {"retry-after": "45"})
        clock.advance(10.0)
        health = mine.health()
        assert (health.status, health.reason, health.is_ready) == ("degraded", "cooldown", True)
        assert seconds_ago(health.since) == pytest.approx(10, abs=1)
        permits[1].answered(429, {"retry-after": "60"})
        clock.advance(70.0)
        assert mine.health().status == "ok"
        permits[2].answered(429, {"retry-after": "30"})
    text = "WoowUp refused a request because of the rate limit: the account pauses for 45 s"
    assert [each.getMessage() for each in caplog.records if each.name == "woowup_async.limiting"] == [text]


@pytest.mark.parametrize("has_outbox", [True, False])
async def test_an_overdue_record(has_outbox: bool, shop: Shop, tmp_path: Path) -> None:
    clock, down = FakeClock(), reply(503, "server_error", "")
    shop.faults["purchases.create_bulk"] = [down] * 10_000
    shop.faults["probe"] = [down] * 10_000
    async with ingester(shop, clock, outbox=tmp_path / "o" if has_outbox else None) as mine:
        clock.advance(500.0)
        began = clock.now()
        await mine.submit(purchase_line(1))
        await mine.submit(purchase_line(2))
        due = mine._due(60.0)
        assert due == pytest.approx(began + 60, abs=2)
        assert mine.health(overdue_after=60.0).status == "ok"
        clock.advance(100.0)
        health = mine.health(overdue_after=60.0)
        assert (health.status, health.reason) == ("failed", "overdue")
        assert (health.is_live, health.is_ready) == (True, False)
        assert seconds_ago(health.since) == pytest.approx(clock.now() - began - 60, abs=2)
        assert mine.health(overdue_after=None).reason != "overdue"
        assert mine.health(overdue_after=clock.now()).reason != "overdue"
        shop.faults.clear()
        await mine.flush()
        assert mine._due(60.0) is None
        assert mine.health(overdue_after=0.0).status == "ok"


async def test_a_full_outbox(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for module in (insight, outbox_queue, ingester_module):
        monkeypatch.setattr(module, "MOST_ON_DISK", 2)
    async with ingester(shop, FakeClock(), outbox=tmp_path / "o") as mine:
        for number in range(2):
            mine.submit_nowait(purchase_line(number))
        health = mine.health()
        assert (health.status, health.reason) == ("failed", "outbox_full")
        assert (health.is_live, health.is_ready) == (True, False)
        await mine.flush()
        assert mine.health().status == "ok"
    lines = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert lines == ["the outbox is full (2 records): records are refused"]


async def test_without_an_outbox_no_room_is_not_a_failure(shop: Shop) -> None:
    async with ingester(shop, FakeClock()) as mine:
        for number in range(mine.capacity):
            mine.submit_nowait(purchase_line(number))
        assert (mine.health().status, mine.health().reason) == ("degraded", "no_room")
        await mine.flush()
        assert mine.health().status == "ok"


async def test_a_disk_that_fails_and_works_again(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock, is_broken = FakeClock(), True

    def failing(database: sqlite3.Connection) -> Any:
        if is_broken:
            raise sqlite3.OperationalError("disk I/O error")
        return transaction(database)

    async with ingester(shop, clock, outbox=tmp_path / "o") as mine:
        monkeypatch.setattr("woowup_async._journal.outbox.transaction", failing)
        for number in range(3):
            with pytest.raises(JournalError):
                mine.submit_nowait(purchase_line(number))
        health = mine.health()
        assert (health.status, health.reason) == ("failed", "disk_failed")
        assert (health.is_live, health.is_ready) == (True, False)
        before = clock.now()
        await clock.sleep_until(before + 12.0)
        assert mine.health().reason == "disk_failed"
        is_broken = False
        await clock.sleep_until(before + 18.0)  # no record was submitted meanwhile
        assert mine.health().status == "ok"
        await (await mine.submit(purchase_line(9)))
    lines = [(each.levelno, each.getMessage()) for each in caplog.records if each.name == "woowup_async.health"]
    problems = [line for line in lines if line[0] >= logging.WARNING]
    assert len(problems) == 2
    assert problems[0][0] == logging.ERROR
    assert problems[0][1].startswith("submitted records are refused: journal ")
    assert problems[1][1].startswith("records can be written again after ")


async def test_a_defect(shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: Any) -> None:
        raise KeyError("ana@example.com")

    mine = ingester(shop, FakeClock())
    with pytest.raises(WoowUpError, match="defect"):
        async with mine:
            monkeypatch.setattr(mine._parts.pipeline._carriers.purchases, "carry", broken)
            await mine.submit(purchase_line(1))
            with pytest.raises(WoowUpError):
                await mine.flush()
            assert (mine.health().reason, mine.health().is_live) == ("defect", False)
    lines = [each.getMessage() for each in caplog.records if each.name == "woowup_async.health"]
    assert lines[0].startswith("run ended early (WoowUpError (KeyError)): ")
    assert "ana@example.com" not in lines[0]
