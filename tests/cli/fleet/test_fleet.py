"""`woowup backfill --accounts`: several accounts by several processes, with one report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.commands import USER, jsonl, purchase, woowup
from tests.support.served import Served
from woowup_async.testing import Simulator


@pytest.fixture
def simulators() -> Iterator[Sequence[Simulator]]:
    with ExitStack() as stack:
        yield [stack.enter_context(Served()) for _ in range(3)]


def accounts_file(folder: Path, simulators: Sequence[Simulator], more: str = "") -> Path:
    for number, _ in enumerate(simulators):
        jsonl(folder / f"u{number}.jsonl", USER)
        jsonl(folder / f"p{number}.jsonl", *(purchase(each) for each in range(number + 1)))
    tables = "".join(
        f"""
[shop{number}]
key_env = "KEY_{number}"
users = "{folder}/u{number}.jsonl"
purchases = ["{folder}/p{number}.jsonl"]
journal = "{folder}/shop{number}.journal"
base_url = "{simulator.url}"
"""
        for number, simulator in enumerate(simulators)
    )
    path = folder / "accounts.toml"
    path.write_text(tables + more, encoding="utf-8")
    return path


@pytest.mark.slow
def test_each_account_gets_its_records_and_one_report_has_all(
    simulators: Sequence[Simulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, simulator in enumerate(simulators):
        monkeypatch.setenv(f"KEY_{number}", simulator.api_key)
    result = woowup(
        "backfill", "--accounts", accounts_file(tmp_path, simulators), "--workers", "2", "--segment", simulators[0].segment,
        "--report", tmp_path / "r.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [len(simulator.purchases) for simulator in simulators] == [1, 2, 3]
    assert "purchases            6          6          0          0          0" in result.output
    assert "3 accounts, 3 of them all well" in result.output
    written = json.loads((tmp_path / "r.json").read_text())
    assert written["total"]["users"]["accepted"] == 3
    assert {name: each["purchases"]["accepted"] for name, each in written["accounts"].items()} == {
        "shop0": 1, "shop1": 2, "shop2": 3,
    }  # fmt: skip
