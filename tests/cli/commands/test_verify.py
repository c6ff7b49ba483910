"""Comparing a journal with the account: confirmed, pending and missing purchases, which are sent again."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import USER, backfill, jsonl, purchase, woowup
from tests.support.ledgers import schema
from tests.support.postgres import Server
from woowup_async._flow import Entity
from woowup_async._journal.audit import branch_and_number
from woowup_async._journal.reader import JournalReader
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.ports import State
from woowup_async.testing import Simulator


@pytest.fixture
def run(simulator: Simulator, tmp_path: Path) -> tuple[object, ...]:
    """Run a backfill of 120 purchases with two branches and without, and return its arguments."""
    return backfilled(simulator, tmp_path, 120)


def backfilled(simulator: Simulator, tmp_path: Path, count: int) -> tuple[object, ...]:
    names: tuple[dict[str, str], ...] = ({"branch_name": "Centro"}, {"branch_name": "Sur/1"}, {})
    orders = (purchase(number, **names[number % 3]) for number in range(count))
    given = (
        "--users", jsonl(tmp_path / "u.jsonl", USER), "--purchases", jsonl(tmp_path / "p.jsonl", *orders),
        "--journal", tmp_path / "j",
    )  # fmt: skip
    assert backfill(simulator, *given).exit_code == 0
    return given


def verify(simulator: Simulator, journal: Path | str, *arguments: object) -> Any:
    return woowup("verify", journal, "--base-url", simulator.url, "--segment", simulator.segment, *arguments)


def test_nothing_is_missing(simulator: Simulator, run: tuple[object, ...], tmp_path: Path) -> None:
    before = simulator.requests
    result = verify(simulator, tmp_path / "j", "--sample", 10)
    assert result.exit_code == 0, result.output
    assert "of 10 accepted purchases that were looked up: 10 confirmed, 0 pending, 0 missing" in result.output
    assert simulator.requests - before == 11
    assert ["Sur/1", "40", "40"] in [line.split() for line in result.output.splitlines()]
    assert "nothing to compare with: verify before" in result.output


def test_purchases_since_the_last_verification(simulator: Simulator, run: tuple[object, ...], tmp_path: Path) -> None:
    verify(simulator, tmp_path / "j", "--sample", 0)
    more = jsonl(tmp_path / "q.jsonl", *(purchase(number, branch_name="Centro") for number in range(500, 530)))
    backfill(simulator, "--purchases", more, "--journal", tmp_path / "j")
    shown = json.loads(verify(simulator, tmp_path / "j", "--sample", 0, "--json").output)
    assert shown["before"] == {"Centro": 40, "Sur/1": 40, "*": 120}
    assert shown["now"] == {"Centro": 70, "Sur/1": 40, "*": 150}
    assert shown["journal"] == {"Centro": 70, "Sur/1": 40, "": 40}


@pytest.mark.slow
def test_missing_purchases_are_listed_and_sent_again_on_request(simulator: Simulator, tmp_path: Path) -> None:
    run = backfilled(simulator, tmp_path, 36)
    lost = [key for number, key in enumerate(simulator.purchases) if number % 12 == 0]
    for key in lost:
        del simulator.purchases[key]
    early = verify(simulator, tmp_path / "j", "--sample", 999)
    assert early.exit_code == 0
    assert "33 confirmed, 3 pending, 0 missing" in early.output
    late = ("--sample", 999, "--delay", 0)
    result = verify(simulator, tmp_path / "j", *late)
    assert result.exit_code == 1
    assert "33 confirmed, 0 pending, 3 missing" in result.output
    assert "with --resubmit, the same backfill command sends the missing ones again" in result.output
    before = simulator.requests
    assert backfill(simulator, *run).exit_code == 0  # without --resubmit nothing is sent
    assert simulator.requests == before
    assert "3 are released" in verify(simulator, tmp_path / "j", *late, "--resubmit").output
    with closing(JournalReader(tmp_path / "j")) as journal:
        states = Counter(
            (entry.state, entry.accepted is None)
            for branch, number in lost
            if (entry := journal.find(Entity.PURCHASE, purchase_key(number, branch)))
        )
    assert states == {(State.RELEASED, True): 3}
    before = simulator.requests
    assert backfill(simulator, *run).exit_code == 0
    assert (len(simulator.purchases), simulator.requests - before) == (36, 1)
    assert verify(simulator, tmp_path / "j", *late).exit_code == 0


def test_a_number_that_two_branches_have(simulator: Simulator, tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    orders = jsonl(tmp_path / "p.jsonl", *(purchase(1, branch_name=name) for name in ("A", "B")))
    backfill(simulator, "--users", users, "--purchases", orders, "--journal", tmp_path / "j")
    result = verify(simulator, tmp_path / "j", "--delay", 0)
    assert "1 confirmed, 0 pending, 0 missing" in result.output
    assert "1 have a number that another branch has too" in result.output


def test_no_journal_and_another_account(
    simulator: Simulator, run: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no such file" in verify(simulator, tmp_path / "none").stderr
    assert not (tmp_path / "none").exists()
    monkeypatch.setenv("WOOWUP_API_KEY", "another")
    result = verify(simulator, tmp_path / "j")
    assert result.exit_code == 2
    assert "was written with another API key" in result.stderr


@pytest.mark.parametrize(
    ("number", "branch"), [("1", None), ("a/b", None), ("1", "Centro"), ("a/b", "Sur/1"), ("%2F", "50%2F/"), ("", "x")]
)
def test_a_key_is_split_into_its_branch_and_number(number: str, branch: str | None) -> None:
    assert branch_and_number(purchase_key(number, branch)) == (branch or "", number)


@pytest.mark.slow
def test_what_a_running_process_sends_is_not_missing(
    simulator: Simulator, postgres: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with schema(postgres) as url:
        name = url.rpartition("%3D")[2]
        monkeypatch.setenv("LEDGER_URL", url)
        orders = jsonl(tmp_path / "p.jsonl", *map(purchase, range(12)))
        users = jsonl(tmp_path / "u.jsonl", USER)
        assert (
            backfill(simulator, "--users", users, "--purchases", orders, "--journal", "env:LEDGER_URL").exit_code == 0
        )
        lost = list(simulator.purchases)[:3]
        for key in lost:
            del simulator.purchases[key]
        postgres.execute(  # the run began long ago and goes on, and two of them were settled just now
            f"UPDATE {name}.woowup_run SET finished = NULL, began = began - interval '1 h'",
            f"UPDATE {name}.woowup_record SET at = at - 1000 WHERE key = '{lost[0][1]}'",
        )
        result = verify(simulator, "env:LEDGER_URL", "--sample", 99)
        assert result.exit_code == 1
        assert "9 confirmed, 2 pending, 1 missing" in result.output
        assert "a running process sends 2 of them, or has just sent them: verify again later" in result.output
        assert f"  missing: {lost[0][1]}" in result.output
