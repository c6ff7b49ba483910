"""`woowup backfill --accounts`: several accounts by several processes, with one report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from tests.support.commands import USER, jsonl, purchase, woowup
from tests.support.served import Served
from woowup_async.cli.fleet.accounts import read_accounts
from woowup_async.cli.fleet.messages import Task
from woowup_async.cli.fleet.parent import Fleet, Hand
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit
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
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path / "state"))
    result = woowup(
        "backfill", "--accounts", accounts_file(tmp_path, simulators), "--workers", "2",
        "--segment", simulators[0].segment, "--report", tmp_path / "r.json",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert [len(simulator.purchases) for simulator in simulators] == [1, 2, 3]
    assert "purchases            6          6          0          0          0" in result.output
    assert "3 accounts, 3 of them all well" in result.output
    assert len([*(tmp_path / "state" / "budget").glob("*")]) >= 3  # the budgets are shared on this machine
    written = json.loads((tmp_path / "r.json").read_text())
    assert written["total"]["users"]["accepted"] == 3
    assert {name: each["purchases"]["accepted"] for name, each in written["accounts"].items()} == {
        "shop0": 1, "shop1": 2, "shop2": 3,
    }  # fmt: skip


@pytest.mark.slow
async def test_a_killed_worker_is_replaced_and_the_journals_resume(
    simulators: Sequence[Simulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    path = accounts_file(tmp_path, simulators)
    for number, simulator in enumerate(simulators):
        monkeypatch.setenv(f"KEY_{number}", simulator.api_key)
        jsonl(tmp_path / f"u{number}.jsonl", USER, *(b'{"document": "%d"}\n' % each for each in range(60)))
    accounts = {account.name: account for account in read_accounts(path)}
    task = Task([], RateLimit(segment=simulators[0].segment), IngestPolicy(), BatchPolicy(), budget="none")
    fleet = Fleet(task, [Hand(1, accounts)], told.append)

    async def kill() -> None:
        while min(len(simulator.users) for simulator in simulators) < 10:
            await anyio.sleep(0.01)
        process = fleet.hands[0].process
        assert process is not None
        process.kill()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(kill)
        await fleet.run()
    assert len(told) == 1
    assert told[0].startswith("worker 1 died (signal 9); another one resumes its 3 accounts")
    for number, simulator in enumerate(simulators):
        assert (len(simulator.users), len(simulator.purchases)) == (61, number + 1)
        ended = fleet.ended[f"shop{number}"]
        assert not ended.failure
        assert ended.report.saved["unchanged"] >= 5  # the journal knows what was sent before


@pytest.mark.slow
def test_why_an_account_failed_is_told_as_a_whole(
    simulators: Sequence[Simulator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_0", simulators[0].api_key)
    path = accounts_file(tmp_path, simulators[:1])
    (tmp_path / "u0.jsonl").unlink()
    result = woowup("backfill", "--accounts", path, "--workers", "1", "--budget", "none")
    assert result.exit_code == 3
    assert f"cannot read {tmp_path / 'u0.jsonl'}: No such file or directory" in result.output


def test_a_run_of_several_accounts_needs_their_keys(tmp_path: Path, simulators: Sequence[Simulator]) -> None:
    result = woowup("backfill", "--accounts", accounts_file(tmp_path, simulators))
    assert result.exit_code == 2
    assert "no API key in KEY_0, KEY_1, KEY_2" in result.output


def test_one_account_is_not_run_twice_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ONE", "OTHER")
    path = tmp_path / "accounts.toml"
    path.write_text("".join(f'[{each}]\nkey_env = "{each}"\nusers = "u.jsonl"\n' for each in names), encoding="utf-8")
    for each in names:
        monkeypatch.setenv(each, "secret-key-1")
    result = woowup("backfill", "--accounts", path)
    assert result.exit_code == 2
    assert "ONE and OTHER have the same key" in result.output
    assert "secret-key-1" not in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--users", "u"), "--users is a setting of each account in the file of --accounts"),
        (("--mapping", "m"), "--mapping is a setting of each account"),
        (("--journal", "j"), "--journal is a setting of each account"),
        (("--dry-run",), "--dry-run cannot be used with --accounts"),
        (("--max-requests", "3"), "--max-requests cannot be used with --accounts"),
        (("--report", "r.html"), "--report of several accounts takes .json files"),
    ],
)
def test_options_of_one_account_are_refused(options: Sequence[str], complaint: str, tmp_path: Path) -> None:
    result = woowup("backfill", "--accounts", accounts_file(tmp_path, []), *options)
    assert result.exit_code == 2
    assert complaint in result.output


def test_workers_are_for_accounts() -> None:
    result = woowup("backfill", "--users", "u", "--workers", "2")
    assert (result.exit_code, "--workers is for --accounts" in result.output) == (2, True)
