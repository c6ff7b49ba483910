"""A simulated account for the commands, and their environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import USER, jsonl, purchase
from tests.support.served import Served
from woowup_async.testing import Simulator


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "simulator-key")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Served() as simulator:
        yield simulator


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    users = [f'{{"document": "{n}", "first_name": "ANA"}}\n'.encode() for n in range(30)]
    orders = [purchase(n, branch_name="Centro") for n in range(250)]
    orders.append(purchase(999, channel="shop"))
    return (
        "--users", str(jsonl(tmp_path / "u.jsonl", USER, *users)),
        "--purchases", str(jsonl(tmp_path / "p.jsonl", *orders)),
    )  # fmt: skip


@pytest.fixture
def few_files(tmp_path: Path) -> tuple[str, ...]:
    users = jsonl(tmp_path / "u.jsonl", USER, b'{"document": "2"}\n', USER, b'{"document": "3", "gender": "mujer"}\n')
    mine = jsonl(tmp_path / "p.jsonl", *(purchase(number) for number in range(250)), b"{broken\n")
    return ("--users", str(users), "--purchases", str(mine))


@pytest.fixture
def unknown_files(tmp_path: Path) -> tuple[object, ...]:
    """One user, a purchase of this user, one in another letter case, and two of an unknown customer."""
    people = ("Ana@example.com", "ana@example.com", "leo@example.com", "leo@example.com")
    mine = [purchase(number, email=email) for number, email in enumerate(people)]
    return (
        "--users",
        jsonl(tmp_path / "u.jsonl", b'{"email": "Ana@example.com"}\n'),
        "--purchases",
        jsonl(tmp_path / "p.jsonl", *mine),
    )
