"""The reports to the vendor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import USER, backfill, jsonl
from woowup_async.testing import Scripted, Simulator


def test_the_stats_have_the_counts(simulator: Simulator, files: tuple[str, ...]) -> None:
    backfill(simulator, *files, "--integration-stats", "full")
    (stats,) = simulator.reports
    assert stats["customers"] == {"created": 31, "updated": 0, "failed": []}
    mine = stats["purchases"]
    assert (mine["created"], mine["updated"], mine["duplicated"], mine["units"]) == (250, 0, 0, 250)
    assert mine["revenue"] == sum(each["prices"]["total"] for each in simulator.purchases.values())
    (failed,) = mine["failed"]
    assert failed["element"]["invoice_number"] == "F-0999"
    assert failed["message"].startswith("invalid: channel: expected one of")
    by_name = {each["filename"]: each for each in stats["files_stats"]}
    assert by_name["p.jsonl"]["read_lines"] == 251
    assert by_name["p.jsonl"]["invalid_lines"] == [{"line": 251, "message": "invalid"}]


def test_the_connectors_host(simulator: Simulator, files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_CONNECTORS_URL", simulator.connectors_url)
    result = backfill(simulator, *files, "--connectors-log")
    assert result.stderr.count("not posted") == 0
    (log,) = simulator.logs
    assert log["files"] == ["u.jsonl", "p.jsonl"]
    assert log["stats"]["customers"]["total_created"] == 31
    (branch,) = log["stats"]["purchases"]["per_branches"]
    assert (branch["branch"], branch["total_created"], branch["total_failed"]) == ("Centro", 250, 0)
    assert isinstance(branch["total_revenue"], int)


def test_redacted_records_have_no_customer_data(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", b'{"document": "7", "gender": "secret"}\n' * 150)
    backfill(simulator, "--users", users, "--integration-stats", "redacted")
    (stats,) = simulator.reports
    failed = stats["customers"]["failed"]
    assert len(failed) == 100
    assert failed[0] == {"element": {"position": "u.jsonl:1", "key": ""}, "message": "invalid"}
    assert "secret" not in json.dumps(stats)


def test_a_failure_to_report_never_fails_the_run(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WOOWUP_CONNECTORS_URL", simulator.connectors_url)
    simulator.script(Scripted(genuine=True), Scripted(status=400), Scripted(status=400))
    users = jsonl(tmp_path / "u.jsonl", USER)
    result = backfill(simulator, "--users", users, "--integration-stats", "full", "--connectors-log")
    assert result.exit_code == 0
    assert "the integration stats were not posted" in result.stderr
    assert "the data-processing record was not posted" in result.stderr
