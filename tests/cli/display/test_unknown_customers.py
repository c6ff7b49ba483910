"""Purchases of unknown customers, in a plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.commands import backfill, jsonl, purchase, woowup
from woowup_async.testing import Simulator


def planned(*arguments: object) -> tuple[str, Any]:
    shown = woowup("plan", *arguments)
    assert shown.exit_code == 0, shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    return shown.output, json.loads(woowup("plan", *arguments, "--json").output)["unknown_customers"]


def test_the_cost_of_asking(unknown_files: tuple[object, ...]) -> None:
    shown, found = planned(*unknown_files)
    assert "3 purchases name 2 customers who are not among the users" in shown
    assert "1 of these purchases differ only by letter case" in shown
    assert "asking whether they exist: 2 requests, 1 s (--unknown-users auto)" in shown
    assert (found["purchases"], found["customers"], found["other_letter_case"], found["asked_for"]) == (3, 2, 1, 2)


def test_trust_asks_for_none(unknown_files: tuple[object, ...]) -> None:
    shown, found = planned(*unknown_files, "--unknown-users", "trust")
    assert "2 of them are not asked about: their purchases would be unconfirmed" in shown
    assert "asking about all of them: 2 requests, 1 s (--unknown-users ask)" in shown
    assert (found["asked_for"], found["requests_to_ask_for_all"]) == (0, 2)


def test_customers_in_the_journal(simulator: Simulator, unknown_files: tuple[object, ...], tmp_path: Path) -> None:
    journal = tmp_path / "j"
    backfill(
        simulator,
        "--users",
        jsonl(tmp_path / "more.jsonl", b'{"email": "leo@example.com"}\n'),
        "--journal",
        journal,
    )
    shown, found = planned(*unknown_files[2:], "--journal", journal)
    assert "2 purchases name 2 customers who are not among the users" in shown
    assert found["other_letter_case"] == 0


def test_purchases_alone(unknown_files: tuple[object, ...]) -> None:
    shown, found = planned(*unknown_files[2:])
    assert "customers of purchases are not checked: give --users, or a --journal with users" in shown
    assert found is None


def test_all_are_known(unknown_files: tuple[object, ...], tmp_path: Path) -> None:
    mine = jsonl(tmp_path / "mine.jsonl", purchase(1, email="Ana@example.com"))
    shown, found = planned(*unknown_files[:2], "--purchases", mine)
    assert "not among the users" not in shown
    assert found["purchases"] == 0
