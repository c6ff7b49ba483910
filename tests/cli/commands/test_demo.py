"""The demo sends a day of orders and checks that it arrived."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.support.commands import woowup
from woowup_async import Report
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async.cli import job as jobs
from woowup_async.cli.commands import demo as demos
from woowup_async.outcomes import Accepted
from woowup_async.testing import Simulator


@pytest.fixture
def _no_leftovers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove the folder in which the demo keeps its dead letters for the user."""
    make, made = tempfile.mkdtemp, list[str]()

    def noted(*arguments: Any, **options: Any) -> str:
        made.append(make(*arguments, **options))
        return made[-1]

    monkeypatch.setattr(tempfile, "mkdtemp", noted)
    yield
    assert any(Path(folder, "dead-letters.jsonl").exists() for folder in made)
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.usefixtures("_no_leftovers")
@pytest.mark.slow
def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("WOOWUP_BUDGET", "host")
    result = woowup("demo")
    assert result.exit_code == 0, result.output
    assert "the 121 purchases that were accepted, to the cent." in result.output
    assert "0 refused by the rate limit (429)" in result.output
    assert "at the real 140 a minute" in result.output
    progress = " rejected; "  # a slower machine prints more lines
    assert max(len(line) for line in result.output.splitlines() if progress not in line) <= 100
    assert not (tmp_path / "state").exists()  # a budget of the user's is left alone


async def test_demo_says_what_differs() -> None:
    expected = demos.Expected()
    accepted = Accepted("queued")
    body = {"invoice_number": "1", "prices": {"total": 3}}
    expected.hear(Settled(Entity.PURCHASE, Record(Position("s", 1), body), "1", accepted))
    expected.hear(Settled(Entity.USER, Record(Position("s", 1), {"service_uid": "u"}), "u", accepted))
    simulator = Simulator()
    assert [text.split(":")[0] for text in expected.differences(simulator)] == [
        "customers differ",
        "purchases differ",
    ]
    simulator.purchases[None, "1"] = {"prices": {"total": 4}}
    simulator.users[1] = {"service_uid": "u"}
    assert list(expected.differences(simulator)) == ["totals differ: ['1']"]
    simulator.throttled = 2
    console = Console(record=True, width=80)
    ending = jobs.Ending(Report(), "because")
    assert demos._conclude(console, ending, simulator, expected, Path("d")) == 1
    shown = console.export_text()
    assert "stopped: because" in shown
    assert "2 requests were refused" in shown
