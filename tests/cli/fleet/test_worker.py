"""A worker, run in this process: its accounts, and orders to stop them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.commands import USER, jsonl, purchase
from woowup_async.cli.fleet.accounts import Account
from woowup_async.cli.fleet.messages import ABORT, DRAIN, Done, Ended, Message, Progress, Task
from woowup_async.cli.fleet.worker import Worker
from woowup_async.policies import BatchPolicy, IngestPolicy, RateLimit
from woowup_async.testing import Simulator


def account(folder: Path, name: str, simulator: Simulator, **more: Any) -> Account:
    users = jsonl(folder / f"{name}u.jsonl", USER)
    mine = jsonl(folder / f"{name}p.jsonl", *(purchase(each) for each in range(3)))
    settings: dict[str, Any] = {
        "journal": str(folder / f"{name}.journal"),
        "key_env": "WOOWUP_API_KEY",
        "base_url": simulator.url,
    } | more
    return Account(name=name, users=[str(users)], purchases=[str(mine)], **settings)


def task(simulator: Simulator, *accounts: Account) -> Task:
    limit = RateLimit(segment=simulator.segment)
    return Task([*accounts], limit, IngestPolicy(), BatchPolicy(), budget="none")


async def test_an_account_that_fails_does_not_stop_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[Message] = []
    async with Simulator(speed=60) as simulator:
        monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
        monkeypatch.setenv("WRONG", "another key")
        accounts = [
            account(tmp_path, "good", simulator),
            account(tmp_path, "unmapped", simulator, mapping=str(tmp_path / "none.toml")),
            account(tmp_path, "refused", simulator, key_env="WRONG"),
            account(tmp_path, "keyless", simulator, key_env="NO_SUCH_KEY"),
        ]
        await Worker(task(simulator, *accounts), said.append, most=2).work()
        assert len(simulator.purchases) == 3
    ended = {one.account: one for one in said if isinstance(one, Ended)}
    assert ended["good"].report.accepted == 4
    assert (ended["good"].failure, ended["good"].is_stopped) == ("", False)
    assert "none.toml" in ended["unmapped"].failure
    assert "the server does not accept this key" in ended["refused"].failure
    assert "no API key" in ended["keyless"].failure
    assert said[-2:] == [Progress(*(getattr(said[-2], name) for name in Progress.__struct_fields__)), Done()]
    assert isinstance(said[-2], Progress)
    assert said[-2].settled == sum(one.report.submitted for one in ended.values())


@pytest.mark.parametrize("order", [DRAIN, ABORT])
async def test_an_order_stops_all_accounts_also_those_that_have_not_begun(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Message] = []
    async with Simulator(speed=0.5) as simulator:  # slow: the second user waits for a permit
        monkeypatch.setenv("WOOWUP_API_KEY", simulator.api_key)
        first, second = (account(tmp_path, name, simulator) for name in ("first", "second"))
        jsonl(tmp_path / "firstu.jsonl", *(b'{"document": "%d"}\n' % each for each in range(500)))
        worker = Worker(task(simulator, first, second), said.append, most=1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(worker.work)
            while not simulator.users:
                await anyio.sleep(0.01)
            worker.order(order)
    ended = {one.account: one for one in said if isinstance(one, Ended)}
    assert ended["first"].is_stopped
    users = ended["first"].report.users
    assert 0 < users.accepted + users.in_doubt < 500  # an order to abort may come before the first answer
    assert users.released > 0
    assert ended["second"].is_stopped
    assert ended["second"].report.submitted == 0


def test_messages_are_alone_on_standard_output() -> None:
    program = """
from woowup_async.cli.fleet import worker
output = worker._Output()
print("from a library", flush=True)
output.say(worker.Done())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == '{"type":"done"}\n'
    assert ended.stderr == "from a library\n"
