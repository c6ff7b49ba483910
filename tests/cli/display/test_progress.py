"""The progress of a run: lines, JSON lines, and bars."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from tests.support.commands import settled, undated
from woowup_async._flow import Entity
from woowup_async.cli.display.forecast import Needed
from woowup_async.cli.display.progress import Display, Watchers
from woowup_async.events import (
    OutageBegan,
    OutageEnded,
    OutageProbed,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
    RunResumed,
)
from woowup_async.outcomes import Accepted, InDoubt, Rejected, Released


def test_lines_without_a_terminal() -> None:
    now, console = [0.0], Console(record=True, width=200, force_terminal=False)
    with Display(console, clock=lambda: now[0]) as display:
        display.hear(RetryScheduled("users.create", 1, 1.25, "users.create: cannot connect to h: refused"))
        for outcome in (Accepted("created"), Rejected("client", "invalid"), Released("x"), InDoubt("x")):
            display.hear(settled(outcome))
        now[0] = 61.0
        display.hear(RequestSent("users.create", 1))
        display.hear(ReplyReceived("users.create", 1, 429, "", 0.1))
        display.hear(RetryScheduled("users.create", 1, 1.0, "not shown"))
    first, second, third = map(undated, console.export_text().splitlines())
    assert first == "INFO users.create: cannot connect to h: refused; attempt 2 in 1.2 s"
    assert second == "users 1 accepted, 1 rejected; 1 request, 0 refused, 1/min of 140"
    assert third.endswith("1 request, 1 refused, 1/min of 140")


def test_an_outage_and_a_resumed_run_are_shown() -> None:
    now, console = [0.0], Console(record=True, width=200, force_terminal=False)
    with Display(console, clock=lambda: now[0]) as display:
        display.hear(RunResumed(1_200))
        display.hear(OutageBegan("the words of the server", "purchases.create_bulk answered 503"))
        for _ in range(5):
            now[0] += 10.0
            display.hear(OutageProbed("cannot connect", 30.0, now[0]))
        display.hear(OutageEnded(61.0))
    lines = [undated(line) for line in console.export_text().splitlines()]
    assert lines[0] == "INFO continuing the run in the journal: 1,200 records are settled"
    assert lines[1].startswith("WARNING the server is failing: purchases.create_bulk answered 503; sending is paused")
    assert [line for line in lines if "still failing" in line] == [
        "WARNING still failing after 10 s: cannot connect", "WARNING still failing after 40 s: cannot connect",
    ]  # fmt: skip
    assert "WARNING the server answers again after 61 s" in lines


def test_bars_on_a_terminal() -> None:
    now, console = [0.0], Console(record=True, width=80, force_terminal=True)
    with Display(console, totals={Entity.USER: 2}, clock=lambda: now[0]) as display:
        for _ in range(3):
            now[0] += 40.0
            display.hear(RequestSent("users.create", 1))
            display.hear(settled(Accepted("created")))
    shown = console.export_text()
    users, purchases, together = shown.splitlines()[-3:]
    assert "3 accepted 0 rejected" in users
    assert "0 accepted" in purchases
    assert "3 requests, 0 refused, 2/min of 140" in together
    assert len(together) <= 80


def test_json_lines_of_progress() -> None:
    now, console = [0.0], Console(record=True, width=300, force_terminal=False)
    with Display(console, as_json=True, clock=lambda: now[0]) as display:
        display.hear(OutageBegan("503"))
        now[0] = 31.0
        display.hear(settled(Accepted("created")))
        display.expect(Needed({Entity.USER: 10, Entity.PURCHASE: 0}, {Entity.USER: 10, Entity.PURCHASE: 0}, {}))
    lines = [json.loads(line) for line in console.export_text().splitlines()]
    assert [line["event"] for line in lines] == ["notice", "progress", "progress"]
    assert lines[0]["level"] == "warning"
    assert lines[0]["text"].startswith("the server is failing: 503")
    assert lines[1]["users"] == {"settled": 1, "accepted": 1, "rejected": 0}
    assert lines[1]["seconds_left"] is None
    assert lines[2]["seconds_left"] == [pytest.approx(9 * 60 / 140, abs=0.1)] * 3


def test_a_dry_run_gives_the_bars_an_end_and_the_notes_a_forecast() -> None:
    now, console = [0.0], Console(record=True, width=80, force_terminal=True)
    with Display(console, clock=lambda: now[0]) as display:
        assert display.notes() == {}
        display.hear(OutageBegan("503"))
        display.hear(settled(Accepted("created")))
        count = {Entity.USER: 281, Entity.PURCHASE: 0}
        display.expect(Needed(count, count, count))
        notes = display.notes()
    assert set(notes) == {"left", "expected"}
    assert json.loads(notes["expected"])[1] == {"user": 281, "purchase": 0}
    assert json.loads(notes["left"])[1:] == [pytest.approx(120)] * 3
    assert "about 2.0 min left (2.0 min to 2.0 min)" in console.export_text()


def test_listeners_get_the_same_events_as_the_display() -> None:
    heard = list[RunEvent]()
    with Display(Console(quiet=True)) as display:
        watchers = Watchers(display, heard.append)
        watchers.hear(RunResumed(7))
    assert heard == [RunResumed(7)]
    assert watchers.notes() == {}
