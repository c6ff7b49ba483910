"""The commands with a query: `--purchases sql:orders.toml`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import backfill, woowup
from tests.support.queries import order, sqlite, written
from woowup_async.testing import Simulator

MARKED = "watermark = 'updated_at'"


@pytest.fixture
def mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOP_DB", sqlite(tmp_path, [order(1), order(2, updated="2026-01-02 10:00:00")]))
    return written(tmp_path, sql=MARKED)


def test_a_backfill_continues_from_the_watermark(simulator: Simulator, mapping: Path, tmp_path: Path) -> None:
    journal = tmp_path / "j"
    given = ("--users", f"sql:{mapping}", "--purchases", f"sql:{mapping}", "--journal", journal)

    first = backfill(simulator, *given)
    sqlite(tmp_path, [order(3, updated="2026-01-03 10:00:00")])
    planned = json.loads(woowup("plan", *given, "--json").output)
    shown = woowup("status", journal).output
    second = json.loads(backfill(simulator, *given, "--json").stdout)

    assert first.exit_code == 0, first.output
    assert "orders.toml: the next run reads from updated_at = 2026-01-02 10:00:00" in shown
    assert planned["purchases"]["submitted"] == second["purchases"]["submitted"] == 2
    assert planned["requests"] == 1
    assert second["purchases"]["effects"] == {"queued": 1, "unchanged": 1}
    assert len(simulator.purchases) == 3


def test_a_plan_does_not_move_the_watermark(mapping: Path, tmp_path: Path, simulator: Simulator) -> None:
    journal = tmp_path / "j"
    given = ("--purchases", f"sql:{mapping}", "--journal", journal)
    backfill(simulator, *given)
    before = woowup("status", journal).output
    sqlite(tmp_path, [order(3, updated="2026-01-03 10:00:00")])

    assert woowup("plan", *given).exit_code == 0

    assert woowup("status", journal).output == before


@pytest.mark.parametrize("command", ["plan", "backfill"])
def test_usage(command: str, mapping: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    query = f"sql:{mapping}"
    wrong = {
        "--mapping is for tables, but sql:": ("--mapping", mapping),
        "--dead-letters must be a different file than --users": ("--dead-letters", mapping),
    }
    for message, more in wrong.items():
        result = woowup(command, "--purchases", query, *more)
        assert (result.exit_code, message in result.stderr) == (2, True), result.stderr
    monkeypatch.setenv("SHOP_DB", "mysql://ana:hush@[::1/x")
    result = woowup(command, "--purchases", query)
    assert result.exit_code == 2
    assert "its database URL must have the form" in result.stderr
    assert "hush" not in result.output + result.stderr
    monkeypatch.delenv("SHOP_DB")
    assert "set SHOP_DB to the URL of the database" in woowup(command, "--purchases", query).stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_table_and_a_query_in_one_run(mapping: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.csv"
    row = "F-9,ana@example.com,2026-01-01 10:00:00,19.50,AA,2,9.75,x"
    other.write_text(f"number,mail,at,total,sku,qty,price,updated_at\n{row}\n")

    result = woowup("plan", "--purchases", f"sql:{mapping}", "--purchases", other, "--mapping", mapping, "--json")

    assert json.loads(result.output)["purchases"]["effects"] == {"unconfirmed": 3}


def test_a_database_that_fails_stops_the_run(simulator: Simulator, tmp_path: Path, mapping: Path) -> None:
    broken = "SELECT *, json_extract(CASE number WHEN 'F-2' THEN '{' ELSE '{}' END, '$') AS x FROM orders"
    path = written(tmp_path, query=broken)

    result = backfill(simulator, "--purchases", f"sql:{path}", "--journal", tmp_path / "j")

    assert result.exit_code == 3, result.output
    assert "the database failed after 0 rows, none of which was sent: malformed JSON" in result.stderr
    assert result.stderr.splitlines()[-1].endswith("run the same command again to continue")
