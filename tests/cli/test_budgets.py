"""The option `--budget`: a password in it is refused, and without it the processes of this machine share a budget."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.commands import USER, backfill, jsonl, woowup
from woowup_async.cli.budgets import chosen, place_of
from woowup_async.cli.connection import Connection
from woowup_async.testing import Simulator


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WOOWUP_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state" / "budget"


@pytest.mark.parametrize(
    ("given", "variable", "expected"),
    [
        (None, None, "host"),
        (None, "", "host"),
        (None, "none", "none"),
        ("none", "host", "none"),
        ("host", "no", "host"),
    ],
)
def test_the_option_goes_before_the_environment(
    given: str | None, variable: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is not None:
        monkeypatch.setenv("WOOWUP_BUDGET", variable)
    assert chosen(given) == expected


@pytest.mark.parametrize(
    ("options", "is_shared"),
    [((), True), (("--budget", "none"), False), (("--budget", "env:WHERE"), True), (("--dry-run",), False)],
)
def test_a_backfill_shares_its_budget(
    options: tuple[str, ...], is_shared: bool, simulator: Simulator, tmp_path: Path, state: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("WHERE", "host")
    result = backfill(simulator, "--users", jsonl(tmp_path / "u.jsonl", USER), *options)
    assert result.exit_code == 0, result.output
    assert state.exists() is is_shared


@pytest.mark.parametrize("how", ["option", "settings", "environment"])
@pytest.mark.parametrize("command", ["backfill", "verify", "doctor"])
def test_a_password_is_refused_on_a_command_line_and_in_a_file(
    command: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, settings = "redis://:s3cret@host:port", tmp_path / "s.toml"
    settings.write_text(f"budget = {url!r}\n" if how == "settings" else "")
    if how == "environment":
        monkeypatch.setenv("WOOWUP_BUDGET", url)
    arguments = {"backfill": ("--users", jsonl(tmp_path / "u.jsonl", USER)), "verify": (tmp_path / "j",), "doctor": ()}
    options = ("--budget", url) if how == "option" else ()
    result = woowup(command, *arguments[command], *options, "--config", settings)
    assert result.exit_code == 2
    assert "s3cret" not in result.output + result.stderr
    # a variable may have a password: this one has an address that cannot be read
    assert ("write env:WOOWUP_BUDGET_URL" in result.stderr) is (how != "environment")
    assert "redis://:***@host:port" in result.stderr


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        ("hots", "a budget is none, host, redis://..., rediss://"),
        ("", "a budget is none, host, redis://..., rediss://"),
        ("env:MISSING", "env:MISSING: the environment variable MISSING is not set"),
        ("postgresql://host/x", "a budget in PostgreSQL needs an extra: pip install 'woowup_async[postgres]'"),
    ],
)
def test_a_wrong_budget_is_one_line(budget: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = woowup("doctor", "--budget", budget)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_place_of_a_budget(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE", "redis://:s3cret@host")
    assert place_of("host") == str(state)
    assert place_of("env:STORE") == "redis://:***@host"


def test_a_connection_does_not_show_its_budget() -> None:
    assert "s3cret" not in repr(Connection(budget="redis://:s3cret@host"))


def test_a_folder_that_cannot_be_used_is_one_warning(
    simulator: Simulator, tmp_path: Path, state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state.parent.write_text("a file")
    users = jsonl(tmp_path / "u.jsonl", *(b'{"document": "%d"}\n' % number for number in range(20)))
    assert backfill(simulator, "--users", users).exit_code == 0
    assert sum("the budget store does not work" in message for message in caplog.messages) == 1
