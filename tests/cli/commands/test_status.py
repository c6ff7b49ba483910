"""The state of a journal."""

import json
from pathlib import Path

from tests.support.commands import backfill, woowup
from tests.support.glances import NOW, glance, live
from woowup_async._journal.glance import RunTimes
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.live import Problem
from woowup_async._journal.reader import JournalStatus
from woowup_async.cli.commands.status import status_json, status_lines
from woowup_async.cli.display.terminal import json_text
from woowup_async.cli.display.words import utc
from woowup_async.testing import Simulator


def test_a_finished_run(simulator: Simulator, few_files: tuple[str, ...], tmp_path: Path) -> None:
    journal = tmp_path / "j"
    backfill(simulator, *few_files, "--journal", journal)
    result = woowup("status", journal)
    assert result.exit_code == 0
    assert result.output.startswith("finished, started ")
    assert "users: 2 accepted, 1 rejected" in result.output
    assert "purchases: 250 accepted, 1 rejected" in result.output
    assert "rejected purchases: 1 malformed" in result.output
    shown = json.loads(woowup("status", journal, "--json").output)
    assert shown["counts"]["purchase"] == {"accepted": 250, "rejected": 1}
    assert {Path(path).name for path in shown["sources"]} == {"u.jsonl", "p.jsonl"}


def test_a_run_that_is_still_running(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "j")
    assert woowup("status", tmp_path / "j").output.startswith("no run yet")
    ledger.begin([])
    assert woowup("status", tmp_path / "j").output.startswith("running, started ")
    ledger.close()
    assert woowup("status", tmp_path / "j").output.startswith("stopped, can be resumed, started ")


def test_no_journal(tmp_path: Path) -> None:
    result = woowup("status", tmp_path / "none")
    assert result.exit_code == 2
    assert "there is no such file" in result.stderr
    assert not (tmp_path / "none").exists()


def test_everything_that_a_journal_can_have() -> None:
    """This compares the whole text, in its order."""
    status = JournalStatus(
        True, utc(NOW - 600), None, utc(NOW - 1),
        counts={"user": {"accepted": 10, "in_doubt": 2}, "purchase": {"accepted": 9}},
        codes={"user": {"invalid": 3}}, doubts={"the reply was lost": 2}, settled_in_run=1_000, unconfirmed=4,
        outbox=5, damaged=6, glance=glance(),
    )  # fmt: skip
    lines = list(status_lines(status, NOW))
    assert [line for line in lines if not line.startswith("  ")] == [
        "running, started 2027-01-15 07:50:00 UTC",
        "last written 2027-01-15 07:59:59 UTC",
        "users: 10 accepted, 2 in doubt",
        "purchases: 9 accepted, of which 4 unconfirmed",
        "4 purchases are unconfirmed: they are queued, but WoowUp drops those whose",
        "rejected users: 3 invalid",
        "2 x the reply was lost",
        "1,000 records settled in this run, 100 a minute",
        "9,505 of 20,300 records have an outcome (46.8 %)",
        "in the last minutes: 953 records and 139 of 140 requests a minute",
        "about 20.0 min left (19.0 min to 22.0 min), ends about 08:20 UTC",
        "last problem (07:55:00 to 07:55:10, UTC): refused by the rate limit (429)",
        "6 rows of the journal could not be read and were set aside",
        "5 records wait in the outbox",
    ]


def test_a_problem_that_lasts_and_a_run_without_a_forecast() -> None:
    began = utc(NOW - 600)
    lasting = glance(problems=(Problem(NOW - 30, "outage", None, "503 " + "x" * 90),), notes={}, live=live(budget=None))
    lines = list(status_lines(JournalStatus(True, began, None, began, glance=lasting), NOW))
    assert lines[-2:] == [
        "in the last minutes: 953 records and 139 requests a minute",
        f"last problem (since 07:59:30, UTC): 503 {'x' * 38}…",
    ]
    over = JournalStatus(False, began, None, began, glance=glance(is_running=False))
    assert not [line for line in status_lines(over, NOW) if "last minutes" in line or " left " in line]


def test_what_a_person_must_do_is_said_first() -> None:
    refused, done = Problem(NOW - 5, "key_refused", None, "set the right key"), (RunTimes(2, NOW - 600, NOW - 5),)
    ended = JournalStatus(False, utc(NOW - 600), utc(NOW - 5), None, glance=glance(problems=(refused,), runs=done))
    assert [*status_lines(ended, NOW)][:2] == ["failed, started 2027-01-15 07:50:00 UTC", "set the right key"]
    shown = status_json(ended, NOW)
    assert (shown["state"], shown["why"]) == ("failed", "set the right key")
    partly = JournalStatus(False, utc(NOW - 600), utc(NOW - 5), None, glance=glance(runs=done, is_running=False))
    first, second, *_ = status_lines(partly, NOW)
    assert first.startswith("finished, not all sent, started ")
    assert second == "5 records were not settled. The same command sends them."


def test_a_journal_of_an_older_version() -> None:
    older = JournalStatus(False, utc(NOW), None, None, notes={"problem": "the server is failing", "left": "[1,2,3,4]"})
    assert list(status_lines(older, NOW))[1:] == ["last problem: the server is failing"]


def test_all_of_it_as_json() -> None:
    shown = json.loads(json_text(status_json(JournalStatus(True, utc(NOW), None, None, glance=glance()), NOW)))
    assert (shown["progress"]["settled"], shown["progress"]["expected"]) == (9_505, 20_300)
    assert shown["ends"] == "2027-01-15T08:20:00+00:00"
    assert shown["problems"][0] == {
        "began": NOW - 300, "kind": "cooldown", "ended": NOW - 290, "what": "refused by the rate limit (429)",
    }  # fmt: skip
    assert shown["rate"]["limit"] == 140
    assert "glance" not in shown
    idle = json.loads(json_text(status_json(JournalStatus(False, None, None, None), NOW)))
    assert (idle["progress"], idle["ends"], idle["rate"], idle["problems"]) == (None, None, None, [])
