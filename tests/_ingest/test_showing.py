"""A run writes what it shows about itself into its journal, and no failure of that harms it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import pytest

from tests.support.commands import settled
from tests.support.fakes import ScriptedTransport, reply, sender
from tests.support.runs import purchases, run
from woowup_async import WoowUp
from woowup_async._ingest import showing
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.showing import Showing, budget_of, shown
from woowup_async._journal.glance import Glance
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.live import Live, Problem
from woowup_async._journal.reader import JournalReader
from woowup_async._limiting.limiter import AccountLimiter
from woowup_async.errors import JournalError
from woowup_async.events import OutageBegan, OutageEnded, RateLimited, RequestSent
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.policies import RateLimit
from woowup_async.statistics import (
    WAIT_BOUNDS,
    BudgetStatistics,
    LaneStatistics,
    LimiterStatistics,
    SegmentStatistics,
    WaitHistogram,
)
from woowup_async.testing import FakeClock, Simulator

SENT = RequestSent("users.create", 1)


class Written:
    """Takes what is shown. It fails while `failing` is set."""

    def __init__(self) -> None:
        self.rows, self.problems = list[Live](), list[Problem]()
        self.failing: Exception | None = None

    def show_live(self, live: Live, problems: Sequence[Problem]) -> None:
        if self.failing:
            raise self.failing
        self.rows.append(live)
        self.problems += problems


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_800_000_000.0]
    monkeypatch.setattr(showing, "time", SimpleNamespace(time=lambda: now[0]))
    return now


def glance(path: Path) -> Glance:
    with closing(JournalReader(path)) as reader:
        return reader.glance()


def test_counts_events_and_the_budget_are_written(now: list[float]) -> None:
    written, announcer = Written(), Announcer(None, None, None)
    mine = Showing(written.show_live, announcer, AccountLimiter(RateLimit(limit=50), FakeClock()), is_lasting=True)
    for outcome in (Accepted("created"), Accepted("unconfirmed"), Rejected("client", "invalid")):
        announcer.settle([settled(outcome)])
    mine.hear(SENT)
    mine.hear(OutageBegan("503"))
    mine.write(now[0])
    (live,) = written.rows
    assert live.counts == {"user": {"accepted": 2, "unconfirmed": 1, "rejected": 1}}
    assert (live.requests, live.is_lasting, live.began, live.active) == (1, True, now[0], now[0])
    assert [(minute.requests, minute.settled) for minute in live.minutes] == [(1, 3)]
    assert live.budget is not None
    assert (live.budget.limit, live.budget.elapsed) == (50, None)
    assert [problem.kind for problem in written.problems] == ["outage"]


def test_a_quiet_run_writes_seldom_and_news_at_once(now: list[float]) -> None:
    written = Written()
    mine = Showing(written.show_live, Announcer(None, None, None), None)
    mine.write(now[0])
    for _ in range(4):
        now[0] += 2
        mine.write(now[0])
    assert [row.at - row.began for row in written.rows] == [0]
    now[0] += 2
    mine.write(now[0])
    assert [row.at - row.began for row in written.rows] == [0, 10]
    now[0] += 2
    mine.hear(SENT)
    mine.write(now[0])
    mine.hear(OutageBegan("503"))
    now[0] += 2
    mine.write(now[0])
    assert [row.at - row.began for row in written.rows] == [0, 10, 12, 14]
    now[0] += 2
    mine.write(now[0])  # the problem was written, so it is no news
    assert len(written.rows) == 4


def test_a_clock_that_is_put_back_stops_no_write(now: list[float]) -> None:
    written = Written()
    mine = Showing(written.show_live, Announcer(None, None, None), None)
    mine.write(now[0])
    now[0] -= 3_600
    mine.write(now[0])
    assert len(written.rows) == 2


def test_troubles_are_problems(now: list[float]) -> None:
    written, troubles = Written(), {"outbox_full": "full"}
    mine = Showing(written.show_live, Announcer(None, None, None), None, lambda: troubles)
    mine.write(now[0])
    troubles.clear()
    now[0] += 2
    mine.write(now[0])
    assert [(one.kind, one.began, one.ended) for one in written.problems] == [
        ("outbox_full", now[0] - 2, None), ("outbox_full", now[0] - 2, now[0]),
    ]  # fmt: skip


def test_a_write_that_fails_is_made_good_later(now: list[float], caplog: pytest.LogCaptureFixture) -> None:
    written = Written()
    written.failing = JournalError("the disk is full")
    mine = Showing(written.show_live, Announcer(None, None, None), None)
    mine.hear(OutageBegan("503"))
    with caplog.at_level("DEBUG", "woowup_async.ingest"):
        mine.write(now[0])
    assert "not written: the disk is full" in caplog.text
    written.failing = None
    mine.hear(OutageEnded(1.0))
    mine.write(now[0])
    assert [(one.what, one.ended) for one in written.problems] == [("503", now[0])]


def test_a_cooldown_lasts_a_segment_if_the_server_does_not_say(now: list[float]) -> None:
    written = Written()
    limiter = AccountLimiter(RateLimit(segment=7.0), FakeClock())
    mine = Showing(written.show_live, Announcer(None, None, None), limiter)
    mine.hear(RateLimited("users.create", None))
    mine.write(now[0])
    assert written.problems[0].ended == now[0] + 7


async def test_a_timer_writes_while_the_block_runs_and_once_more_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_PERIOD", 0.0)
    written, announcer = Written(), Announcer(None, None, None)
    with shown(cast("Any", written), announcer, None):
        assert len(written.rows) == 1
        announcer.hear(SENT)
        with anyio.fail_after(5):
            while written.rows[-1].requests == 0:
                await anyio.lowlevel.checkpoint()
        announcer.hear(SENT)
    assert written.rows[-1].requests == 2
    count = len(written.rows)
    announcer.hear(SENT)
    await asyncio.sleep(0.01)  # a timer that is still there would fire
    assert len(written.rows) == count


@pytest.mark.parametrize("ledger", [None, object()])
def test_without_a_journal_that_shows_nothing_happens(ledger: object) -> None:
    announcer = Announcer(None, None, None)
    with shown(cast("Any", ledger), announcer, None):
        announcer.hear(SENT)
    assert announcer.watcher is None


async def test_a_run_shows_its_last_state(tmp_path: Path) -> None:
    refusal, answers = reply(429, "too_many_request", retry_after="1"), [reply()] * 3
    report = await run(sender(ScriptedTransport(refusal, *answers)), purchases=purchases(25), journal=tmp_path / "j")
    seen = glance(tmp_path / "j")
    assert seen.live is not None
    assert seen.live.counts == {"purchase": {"accepted": 25, "unconfirmed": 25}}
    assert (seen.live.requests, seen.live.throttled) == (report.requests, 1) == (4, 1)
    assert [problem.kind for problem in seen.problems] == ["cooldown"]
    assert [(hour.entity, hour.state, hour.records) for hour in seen.hours] == [("purchase", "accepted", 25)]


def failing(error: BaseException) -> Callable[..., None]:
    def fail(*arguments: object) -> None:
        raise error

    return fail


async def test_no_failure_of_it_changes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "_PERIOD", 0.0)
    monkeypatch.setattr(SqliteLedger, "show_live", failing(RuntimeError("a defect")))
    report = await run(sender(ScriptedTransport(*[reply()] * 3)), purchases=purchases(25), journal=tmp_path / "j")
    assert (report.accepted, report.submitted) == (25, 25)


async def test_an_ingester_shows_itself_as_lasting(tmp_path: Path) -> None:
    async with Simulator(speed=60) as simulator:
        limit = RateLimit(segment=simulator.segment)
        async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit) as woowup:
            async with woowup.ingester(outbox=tmp_path / "j") as ingester:
                await (await ingester.submit({"email": "ana@example.com"}, entity="user"))
                begun = glance(tmp_path / "j")
            seen = glance(tmp_path / "j")
    assert begun.is_running
    assert seen.live is not None
    assert (seen.live.is_lasting, seen.live.counts) == (True, {"user": {"accepted": 1}})


def test_a_budget_without_and_with_a_known_segment() -> None:
    lane = LaneStatistics(5, 2, WaitHistogram((0,) * (len(WAIT_BOUNDS) + 1)))
    parts: tuple[Any, ...] = (70, 12.0, lane, lane, 3, 1, 1, 4.0, None, None, 0.5, 0.0)
    seen = LimiterStatistics(*parts)
    blind = budget_of(seen)
    assert (blind.carried, blind.current, blind.elapsed, blind.segment, blind.waiting) == (0.0, 12.0, None, 0.0, 4)
    placed = budget_of(replace(seen, segment=SegmentStatistics(20.0, 7.0, 22.5, 30.0)))
    assert (placed.carried, placed.current, placed.elapsed, placed.segment) == (5.0, 7.0, 22.5, 30.0)
    assert (placed.cooling, placed.foreign_rate, placed.in_flight) == (4.0, 0.5, 3)
    assert (placed.workers, placed.part, placed.is_fallen_back) == (0, 1.0, False)
    shared = budget_of(replace(seen, budget=BudgetStatistics(3, 0.4, 0.01, 9, 1, 0, 1, is_fallen_back=True)))
    assert (shared.workers, shared.part, shared.is_fallen_back) == (3, 0.4, True)
