"""Faults that an operator meets, and what causes them against the simulator. `operations` shows what each looks like.

The disk, the clock and the resolver of names are replaced at their edge. All else is real.
"""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.commands import USER, jsonl, purchase, woowup
from tests.support.dashboards import said_of
from tests.support.outboxes import left_in
from tests.support.processes import started
from woowup_async._journal import schema
from woowup_async._journal.slots import slot
from woowup_async.contrib.outbox_slots import OutboxSlots
from woowup_async.testing import Faults, Scripted, Simulator

THROTTLED = b'{"payload": [], "message": "too many request", "code": "too_many_request"}'
#: Orders of the command.
ORDERS = 12


@dataclass
class Stage:
    """One simulator, and what is replaced in this process."""

    simulator: Simulator
    folder: Path
    patch: pytest.MonkeyPatch
    url: str = ""
    #: What the dashboard said in between.
    dashboard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.url = self.simulator.url


Change = Callable[[Stage], Any]


@dataclass(frozen=True)
class Fault:
    """One fault.

    Attributes:
        name: for the table.
        strike: causes it.
        heal: ends it; None if it does not pass.
        reason: the reason of the health by which it is seen.
        is_end: whether it ends the ingester.
        is_silent: whether it keeps the run from writing about itself.
        is_first: whether it is there before the service starts.
        in_command: causes it for a command; by default as `strike` does.
        command: returns the exit code of a command that meets it.

    """

    name: str
    strike: Change
    heal: Change | None = None
    reason: str = ""
    is_end: bool = False
    is_silent: bool = False
    is_first: bool = False
    in_command: Change | None = None
    command: Callable[[Stage], str] = field(default=lambda stage: backfilled(stage))


def backfilled(stage: Stage) -> str:
    """Return the exit code of a backfill."""
    return str(woowup(*_backfill(stage)).exit_code)


def killed(stage: Stage) -> str:
    """Return the exit codes of a backfill that is killed, and of the same command again."""
    stage.simulator.latency = 0.3
    command = [sys.executable, "-m", "woowup_async", *map(str, _backfill(stage))]
    with started(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not stage.simulator.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        code = process.wait()
    stage.dashboard.append(said_of(stage.folder / "j"))
    stage.simulator.latency = 0.0
    return f"{code}, then {backfilled(stage)}"


def nothing(stage: Stage) -> str:
    """Say that a command cannot meet the fault."""
    return ""


def _backfill(stage: Stage) -> list[object]:
    users, orders = stage.folder / "u.jsonl", stage.folder / "p.jsonl"
    files = ("--users", jsonl(users, USER), "--purchases", jsonl(orders, *map(purchase, range(ORDERS))))
    budget = ("--base-url", stage.url, "--segment", stage.simulator.segment)
    return ["backfill", *files, "--journal", stage.folder / "j", *budget]


def revoke(stage: Stage) -> None:
    stage.simulator.api_key = "another"


def delete(stage: Stage) -> None:
    stage.simulator.account_deleted = True


def stop(stage: Stage) -> None:
    stage.simulator.faults = Faults(1.0, kinds=["unavailable"])


def resume(stage: Stage) -> None:
    stage.simulator.faults = None


def forget_name(stage: Stage) -> None:
    """Let the name of the host be unknown. The simulator's own address needs no look-up."""
    stage.url = stage.url.replace("127.0.0.1", "localhost")
    look_up = socket.getaddrinfo

    def unknown(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host in ("localhost", b"localhost"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return look_up(host, *args, **kwargs)

    stage.patch.setattr(socket, "getaddrinfo", unknown)


def undo(stage: Stage) -> None:
    stage.patch.undo()


def _full(database: sqlite3.Connection) -> Any:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error


def fill_disk(stage: Stage) -> None:
    stage.patch.setattr("woowup_async._ingest.faces.outbox_queue._RECHECK", 0.05)
    for module in ("outbox", "ledger"):
        stage.patch.setattr(f"woowup_async._journal.{module}.transaction", _full)


def fill_disk_of_a_command(stage: Stage) -> None:
    """Fill the disk when the first request is answered, since a journal on a full disk is not opened at all."""
    write = schema.transaction

    def full(database: sqlite3.Connection) -> Any:
        return _full(database) if stage.simulator.requests else write(database)

    stage.patch.setattr("woowup_async._journal.ledger.transaction", full)


def fill_outbox(stage: Stage) -> None:
    """Make the outbox small, and the account so slow that records stay in it."""
    for module in ("insight", "outbox_queue", "ingester"):
        stage.patch.setattr(f"woowup_async._ingest.faces.{module}.MOST_ON_DISK", 2)
    stage.simulator.latency = 1.0


def hurry(stage: Stage) -> None:
    stage.simulator.latency = 0.0


async def leave_slot(stage: Stage) -> None:
    """Leave orders in a slot, as a worker that was killed."""
    stage.patch.setattr(OutboxSlots, "adopt", partialmethod(OutboxSlots.adopt, 0.02))
    left = slot(stage.folder / "orders.outbox", 3)
    await left_in(left, stage.simulator, 7, 8)
    stage.dashboard.append(said_of(left))


def jump(seconds: float) -> Change:
    """Let the wall clock of the client jump. The server's clock stays."""

    def strike(stage: Stage) -> None:
        real, real_monotonic = time.time, time.monotonic
        jumped = SimpleNamespace(time=lambda: real() + seconds, monotonic=real_monotonic)
        for module in ("_limiting.cooldown", "_limiting.memory", "_ingest.showing"):
            stage.patch.setattr(f"woowup_async.{module}.time", jumped)
        stage.patch.setattr("tests.support.dashboards.time", jumped)

    return strike


def storm(retry_after: str, count: int) -> Change:
    """Let the account refuse requests because of the rate limit."""
    refused = Scripted(429, THROTTLED, headers={"Retry-After": retry_after})
    return lambda stage: stage.simulator.script(*[refused] * count)


FAULTS = (
    Fault("the key is revoked", revoke, reason="key_refused", is_end=True),
    Fault("the account is deleted", delete, reason="account_deleted", is_end=True),
    Fault("the API is down", stop, resume, "outage"),
    Fault("the name of the host is not found", forget_name, undo, "outage", is_first=True),
    Fault("the disk is full", fill_disk, undo, "disk_failed", is_silent=True, in_command=fill_disk_of_a_command),
    Fault("the outbox is full", fill_outbox, hurry, "outbox_full", command=nothing),
    Fault("a worker is killed", leave_slot, hurry, is_first=True, in_command=hurry, command=killed),
    Fault("the clock jumps an hour ahead", jump(3_600), undo),
    Fault("the clock jumps an hour back", jump(-3_600), undo),
    Fault("a storm of 429", storm("45", 8), reason="cooldown", in_command=storm("0.1", 2)),
)
