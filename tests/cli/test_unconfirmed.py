"""Every report of a run, and the plan, count the purchases whose customers are not known to exist."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.support.commands import backfill, settled, undated, woowup
from woowup_async import Report
from woowup_async._flow import Entity
from woowup_async.cli.display.page import page
from woowup_async.cli.display.progress import Display
from woowup_async.cli.display.recording import Recording, report_json
from woowup_async.cli.display.summary import run_lines
from woowup_async.cli.vendor import VendorStats
from woowup_async.outcomes import Accepted, Tally
from woowup_async.testing import Simulator

REPORT = Report(
    users=Tally(2, 2, effects={"created": 2}), purchases=Tally(5, 5, effects={"queued": 2, "unconfirmed": 3})
)


class TestShown:
    def test_in_the_summary(self) -> None:
        assert "accepted 7, of which 3 unconfirmed" in [*run_lines(REPORT)]
        assert not any("unconfirmed" in line for line in run_lines(Report(users=Tally(1, 1))))

    def test_in_json(self) -> None:
        assert report_json(REPORT)["unconfirmed"] == 3
        assert Recording(140.0).as_json(REPORT, "")["unconfirmed"] == 3

    def test_on_the_page(self) -> None:
        shown = page(Recording(140.0), REPORT, "")
        assert '<dt>of these unconfirmed</dt><dd><b class="bad">3</b></dd>' in shown
        assert "3 purchases are unconfirmed: they are queued" in shown
        assert "run again with the same journal" in shown
        assert "are unconfirmed" not in page(Recording(140.0), Report(), "")

    @pytest.mark.parametrize("is_terminal", [False, True])
    def test_in_the_progress(self, is_terminal: bool) -> None:
        console = Console(record=True, width=80, force_terminal=is_terminal)
        with Display(console) as display:
            for outcome in (Accepted("queued"), Accepted("unconfirmed"), Accepted("unconfirmed")):
                display.hear(settled(outcome, Entity.PURCHASE))
            assert display.line().startswith("purchases 3 accepted (2 unconfirmed), 0 rejected")
            assert display.state()["unconfirmed"] == 2
        shown = console.export_text()
        assert ("of these 2 unconfirmed" if is_terminal else "3 accepted (2 unconfirmed)") in shown
        assert max(len(undated(line)) for line in shown.splitlines()[-2:]) <= 80  # a recording joins frames

    def test_in_the_vendors_stats_they_are_created(self) -> None:
        stats = VendorStats("full", log=True)
        for outcome in (Accepted("queued"), Accepted("unconfirmed"), Accepted("unchanged")):
            stats.hear(settled(outcome, Entity.PURCHASE))
        purchases = stats.stats().purchases
        assert purchases is not None
        assert purchases.created == 2


class TestRuns:
    @pytest.mark.parametrize(("mode", "unconfirmed", "rejected"), [("trust", 3, 0), ("ask", 0, 3), ("auto", 0, 3)])
    def test_a_run_explains_unconfirmed_purchases(
        self,
        mode: str,
        unconfirmed: int,
        rejected: int,
        simulator: Simulator,
        unknown_files: tuple[object, ...],
        tmp_path: Path,
    ) -> None:
        journal = tmp_path / "j"
        result = backfill(simulator, *unknown_files, "--unknown-users", mode, "--journal", journal)
        assert result.exit_code == (1 if rejected else 0), result.output
        found = json.loads(woowup("status", journal, "--json").output)
        assert found["unconfirmed"] == unconfirmed
        status = woowup("status", journal).output
        for text in (result.output, status) if unconfirmed else ():
            assert "3 purchases are unconfirmed: they are queued" in text
            assert "Load these customers, then run" in text
        assert ("unconfirmed" in result.output) is bool(unconfirmed)
        if unconfirmed:
            assert "accepted 5, of which 3 unconfirmed" in result.output
            assert "purchases: 4 accepted, of which 3 unconfirmed" in status

    def test_by_json(self, simulator: Simulator, unknown_files: tuple[object, ...]) -> None:
        result = backfill(simulator, *unknown_files, "--unknown-users", "trust", "--json")
        found = json.loads(result.stdout)
        assert (result.exit_code, found["unconfirmed"], found["purchases"]["accepted"]) == (0, 3, 4)
