"""The recording of a run is bounded and adds up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import USER, backfill, jsonl, settled
from tests.support.recorded_run import recorded
from tests.support.served import Served
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli.display import recording as recordings
from woowup_async.cli.display.recording import Recording
from woowup_async.errors import Reason
from woowup_async.outcomes import Accepted, Rejected
from woowup_async.testing import Scripted


def test_it_is_bounded_and_adds_up() -> None:
    recording, report = recorded()
    assert (recording.width, len(recording.columns)) == (16.0, 225)
    assert recording.columns[0].requests == 16
    assert sum(column.requests for column in recording.columns) == 3_600
    assert sum(column.throttled for column in recording.columns) == 6
    assert recording.reasons == {("user", "malformed", "createtime: expected datetime"): 400}
    shown = recording.as_json(report, "interrupted")
    assert shown["slowest"][0]["seconds"] == pytest.approx(3_599 / 9_000, abs=0.001)
    assert len(shown["slowest"]) == 10
    assert shown["outages"] == [{"from": 3_599.0, "to": 3_650.0}]
    json.dumps(shown)


def test_reasons_that_are_all_different_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_REASONS", 3)
    recording = Recording(140.0, clock=lambda: 0.0)
    for number in range(9):
        refusal = Rejected("server", "bad_request", (Reason("", f"told {number}"),))
        recording.hear(settled(refusal))
    assert recording.reasons["user", "bad_request", "other reasons"] == 6


def test_a_record_that_needs_a_user_is_counted() -> None:
    event = Settled(Entity.PURCHASE, Record(Position("s", 1), {}), "k", Accepted("present"))
    recording = Recording(140.0, clock=lambda: 0.0)
    recording.hear(event)
    assert recording.columns[0].purchases == 1


def test_faults_are_seen_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "simulator-key")
    with Served() as simulator:
        simulator.script(Scripted(status=503))
        report = tmp_path / "r.json"
        backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), "--report", report)
    shown = json.loads(report.read_text())
    assert {slow["status"] for slow in shown["slowest"]} == {"503", "200"}
