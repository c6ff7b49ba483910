"""The state of a journal."""

import json
from pathlib import Path

from tests.support.commands import backfill, woowup
from woowup_async._journal.ledger import SqliteLedger
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
    told = json.loads(woowup("status", journal, "--json").output)
    assert told["counts"]["purchase"] == {"accepted": 250, "rejected": 1}
    assert {Path(path).name for path in told["sources"]} == {"u.jsonl", "p.jsonl"}


def test_a_run_that_goes_on(tmp_path: Path) -> None:
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
