"""The state of a journal."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.commands import backfill, woowup
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._journal.reader import JournalStatus
from woowup_async.cli.commands.status import status_lines
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
    began = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    left = json.dumps([(began + timedelta(minutes=2)).timestamp(), 600.0, 540.0, 660.0])
    status = JournalStatus(
        True, began, None, began + timedelta(minutes=2),
        counts={"user": {"accepted": 10, "in_doubt": 2}, "purchase": {"accepted": 9}},
        codes={"user": {"invalid": 3}}, doubts={"the reply was lost": 2}, settled_in_run=1_000, unconfirmed=4,
        outbox=5, damaged=6, notes={"left": left, "problem": "the server is failing"},
    )  # fmt: skip
    lines = list(status_lines(status))
    assert [line for line in lines if not line.startswith("  ")] == [
        "running, started 2026-01-02 03:04:05 UTC",
        "last written 2026-01-02 03:06:05 UTC",
        "users: 10 accepted, 2 in doubt",
        "purchases: 9 accepted, of which 4 unconfirmed",
        "4 purchases are unconfirmed: they are queued, but WoowUp drops those whose",
        "rejected users: 3 invalid",
        "2 x the reply was lost",
        "1,000 records settled in this run, 500 a minute",
        "about 10.0 min left (9.0 min to 11.0 min), as of 03:06:05 UTC",
        "last problem: the server is failing",
        "6 rows of the journal could not be read and were set aside",
        "5 records wait in the outbox",
    ]
