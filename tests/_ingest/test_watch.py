"""One line for each thing that an operator must know, and no more than one a minute of a kind."""

import logging
from asyncio import CancelledError

import pytest

from tests.support.fakes import Shop, reply, sender
from tests.support.runs import run
from woowup_async._ingest.rules.troubles import Trouble
from woowup_async._ingest.watch import Watch
from woowup_async.errors import Forbidden, JournalError, SourceError
from woowup_async.events import OutageBegan, OutageEnded, OutageProbed, RunEvent
from woowup_async.outcomes import Report, Tally
from woowup_async.testing import FakeClock

HELD = Report(purchases=Tally(submitted=3, accepted=1, released=2), requests=1, elapsed=2.0)


def watched() -> tuple[Watch, FakeClock, list[RunEvent]]:
    clock, heard = FakeClock(), list[RunEvent]()
    return Watch(clock, heard.append), clock, heard


def lines_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(each.levelname, each.getMessage()) for each in caplog.records if each.name == "woowup_async.health"]


def test_what_is_shown_of_troubles() -> None:
    watch, _, _ = watched()
    watch.hear(OutageBegan("503"))
    assert watch.standing() == {}  # an event tells it
    watch.filled(9, 9)
    assert [*watch.standing()] == ["outbox_full"]
    watch.ends(HELD, Forbidden("users.create", 403, "forbidden", "no key of ana@example.com"))
    shown = watch.standing()
    assert [*shown] == ["key_refused", "outbox_full"]
    assert shown["key_refused"].endswith(" before (users.create answered 403 forbidden)")


@pytest.mark.parametrize("failure", [SourceError("ana@example.com is odd"), ValueError("ana@example.com")])
def test_an_error_that_ended_a_run_is_shown_without_data(failure: Exception) -> None:
    watch, _, _ = watched()
    watch.ends(HELD, failure)
    assert watch.standing() == {"defect": type(failure).__name__}


def test_outages_that_come_and_go(caplog: pytest.LogCaptureFixture) -> None:
    watch, clock, heard = watched()
    for _ in range(13):
        watch.hear(OutageBegan("the words of the server", "e answered 503"))
        watch.hear(OutageProbed("e answered 503", 1.0, 2.0))
        clock.advance(5.0)
        watch.hear(OutageEnded(5.0))
        clock.advance(5.0)
    assert len(heard) == 39
    assert lines_of(caplog) == [
        ("WARNING", "WoowUp is failing (e answered 503): sending waits"),
        ("WARNING", "WoowUp answers again after 5 s"),
        ("WARNING", "WoowUp is failing (e answered 503): sending waits (5 such lines left out)"),
        ("WARNING", "WoowUp answers again after 5 s (5 such lines left out)"),
        ("WARNING", "WoowUp is failing (e answered 503): sending waits (5 such lines left out)"),
        ("WARNING", "WoowUp answers again after 5 s (5 such lines left out)"),
    ]
    assert watch.troubles.worst() == (None, clock.now() - 5.0)


def test_a_disk_and_a_full_outbox(caplog: pytest.LogCaptureFixture) -> None:
    watch, clock, _ = watched()
    watch.disk_works()
    for _ in range(3):
        watch.disk_failed(JournalError("the disk is full"))
    clock.advance(7.0)
    watch.disk_works()
    for size in (9, 10, 11, 10):
        watch.filled(size, 10)
    assert watch.troubles.worst() == (Trouble.FULL, clock.now())
    watch.filled(9, 10)
    assert lines_of(caplog) == [
        ("ERROR", "submitted records are refused: the disk is full"),
        ("WARNING", "records can be written again after 7 s"),
        ("ERROR", "the outbox is full (10 records): records are refused"),
    ]
    assert watch.troubles.worst()[0] is None


@pytest.mark.parametrize(
    ("report", "failure", "level", "how"),
    [
        (Report(), None, "INFO", "run settled: 0 submitted"),
        (HELD, None, "WARNING", "run settled: 3 submitted, 1 accepted, 0 rejected, 2 released, 0 in doubt, 1 requests"),
        (HELD, CancelledError(), "WARNING", "run stopped: 3 submitted"),
        (HELD, SourceError("line 3: ana@example.com"), "ERROR", "run ended early (SourceError): 3 submitted"),
        (HELD, JournalError("the disk is full"), "ERROR", "run ended early (the disk is full): 3 submitted"),
    ],
)
def test_the_end_is_said_once(
    report: Report, failure: BaseException | None, level: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watch, _, _ = watched()
    watch.ends(report, failure)
    watch.ends(Report())
    assert [line[0] for line in lines_of(caplog)] == [level]
    assert lines_of(caplog)[0][1].startswith(how)


async def test_a_run_that_fails_says_so(caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop()
    shop.faults["users.create"] = [reply(403, "forbidden", "ana@example.com")] * 9
    with pytest.raises(Exception, match="forbidden"):
        await run(sender(shop), users=[{"email": "ana@example.com"}])
    text = "run ended early (users.create answered 403 forbidden): 1 submitted, 0 accepted, 0 rejected, 1 released"
    assert lines_of(caplog)[0][0] == "ERROR"
    assert lines_of(caplog)[0][1].startswith(text)
