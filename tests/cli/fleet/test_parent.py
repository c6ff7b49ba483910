"""Workers that end, die and are stopped. Small programs stand in for them."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import anyio
import pytest

from woowup_async.cli.fleet.accounts import Account
from woowup_async.cli.fleet.messages import Task
from woowup_async.cli.fleet.parent import MOST_DEATHS, Fleet, Hand
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit

#: Reads its task, and notes the accounts that it got.
BEGIN = """
import json, os, sys
def say(kind, **what): print(json.dumps({"type": kind, **what}), flush=True)
accounts = [each["name"] for each in json.loads(sys.stdin.readline())["accounts"]]
with open(sys.argv[1], "a") as file: file.write(json.dumps(accounts) + "\\n")
def ended(name, **more): say("ended", account=name, **more)
"""
ENDS_ALL = BEGIN + "for name in accounts: ended(name)\nsay('done')"
#: Ends its first account, and is killed while it runs the second.
DIES = BEGIN + "say('progress', settled=1)\nended(accounts[0])\nif len(accounts) > 1: os.kill(os.getpid(), 9)"
DIES_AT_ONCE = BEGIN + "sys.exit(7)"
PRINTS = "print('x\\x1b[31m' + 300 * 'y')\n" + ENDS_ALL
WAITS = BEGIN + "for name in accounts: ended(name, failure=sys.stdin.readline().strip(), is_stopped=True)"


def fleet_of(program: str, notes: Path, told: list[str], hands: int = 1) -> Fleet:
    accounts = {name: Account(name=name, key_env=name) for name in ("a", "b", "c")}
    task = Task([], RateLimit(), IngestPolicy(), BatchPolicy())
    return Fleet(
        task, [Hand(number, {**accounts}) for number in range(1, hands + 1)], told.append,
        (sys.executable, "-S", "-c", program, str(notes)),
    )  # fmt: skip


def noted(notes: Path) -> list[list[str]]:
    return [json.loads(line) for line in notes.read_text().splitlines()]


@pytest.mark.posix
async def test_a_worker_that_dies_is_said_and_another_one_resumes_its_accounts(tmp_path: Path) -> None:
    told: list[str] = []
    fleet = fleet_of(DIES, tmp_path / "n", told)
    await fleet.run()
    assert noted(tmp_path / "n") == [["a", "b", "c"], ["b", "c"], ["c"]]
    assert told == [
        "worker 1 died (signal 9); another one resumes its 2 accounts that have not ended",
        "worker 1 died (signal 9); another one resumes its 1 account that has not ended",
    ]
    assert {*fleet.ended} == {"a", "b", "c"}
    assert fleet.progress().settled == 3  # what the dead ones said counts


async def test_accounts_whose_workers_die_again_and_again_fail(tmp_path: Path) -> None:
    told: list[str] = []
    fleet = fleet_of(DIES_AT_ONCE, tmp_path / "n", told)
    await fleet.run()
    assert len(noted(tmp_path / "n")) == MOST_DEATHS
    assert {one.failure for one in fleet.ended.values()} == {"its worker died 3 times, last with exit code 7"}
    assert told[-1] == "worker 1 died (exit code 7) 3 times, so this gives up its 3 accounts that have not ended"


async def test_what_a_worker_prints_ends_nothing(tmp_path: Path) -> None:
    told: list[str] = []
    fleet = fleet_of(PRINTS, tmp_path / "n", told)
    await fleet.run()
    assert {*fleet.ended} == {"a", "b", "c"}
    assert told == ["worker 1 printed: x\\x1b[31m" + 191 * "y" + "…"]


@pytest.mark.posix
async def test_all_workers_are_stopped_cleanly_and_then_at_once(tmp_path: Path) -> None:
    fleet = fleet_of(WAITS, tmp_path / "n", [], hands=2)

    async def stop() -> None:
        while not (tmp_path / "n").exists() or len(noted(tmp_path / "n")) < 2:
            await anyio.sleep(0.01)
        for _ in range(3):
            signal.raise_signal(signal.SIGINT)
            await anyio.sleep(0.05)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop)
        await fleet.run()
    assert fleet.stopped_by == "interrupted"
    assert [fleet.ended[name].failure for name in ("a", "b", "c")] == ["drain", "abort", "abort"]


async def test_a_worker_that_dies_while_it_stops_is_not_started_again(tmp_path: Path) -> None:
    fleet = fleet_of(BEGIN + "sys.stdin.readline()", tmp_path / "n", [])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fleet.run)
        while not (tmp_path / "n").exists():
            await anyio.sleep(0.01)
        await fleet.stop("it is 06:00")
    assert len(noted(tmp_path / "n")) == 1
    assert all(one.is_stopped for one in fleet.ended.values())


@pytest.mark.parametrize("hands", [1, 2])
async def test_all_accounts_end(tmp_path: Path, hands: int) -> None:
    fleet = fleet_of(ENDS_ALL, tmp_path / "n", [], hands)
    await fleet.run()
    assert {*fleet.ended} == {"a", "b", "c"}
    assert not any(one.failure for one in fleet.ended.values())
