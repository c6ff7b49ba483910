"""A command that fails with any exception prints one line and has an exit code."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from tests.support.commands import USER, jsonl, undated, woowup
from tests.support.hostile_servers import HALVED, obeyed
from woowup_async.errors import JournalError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ValueError("no such thing"), 2, "no such thing"),
        (JournalError("a journal"), 2, "a journal"),
        (UnicodeError("label empty"), 2, "label empty"),
        (ExceptionGroup("many", [ExceptionGroup("more", [ValueError("the first one")])]), 2, "the first one"),
        (OSError(errno.ENOSPC, "No space left on device", "a.file"), 3, "a.file: No space left on device"),
        (ModuleNotFoundError("x", name="pyarrow"), 2, "pyarrow is not installed"),
        (ZeroDivisionError("inside"), 3, "ZeroDivisionError: inside. Please report it"),
        (ValueError(HALVED), 2, "title"),
    ],
)
def test_one_line(error: Exception, code: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(journal: Path) -> None:
        raise error

    monkeypatch.delenv("WOOWUP_DEBUG", raising=False)
    monkeypatch.setattr("woowup_async.cli.commands.status.status_of", fail)
    result = woowup("status", "j")
    assert result.exit_code == code
    (line,) = result.stderr.splitlines()
    if code == 3:  # a run may have stopped: the line is one of its log
        line = undated(line).removeprefix("ERROR ")
    assert line.startswith("woowup: ")
    assert said in line
    assert obeyed(line) == []


@pytest.mark.parametrize("by", ["option", "environment"])
def test_the_traceback_on_request(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(journal: Path) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("woowup_async.cli.commands.status.status_of", fail)
    monkeypatch.delenv("WOOWUP_DEBUG", raising=False)
    if by == "environment":
        monkeypatch.setenv("WOOWUP_DEBUG", "1")
    result = woowup(*(["--debug"] if by == "option" else []), "status", "j")
    assert "Traceback" in result.stderr
    assert "Please report it" in result.stderr


def test_an_invalid_host(tmp_path: Path) -> None:
    users = jsonl(tmp_path / "u.jsonl", USER)
    result = woowup("backfill", "--users", users, "--base-url", "https://api..example.com/apiv3")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("woowup: ")


@pytest.mark.parametrize(
    "arguments", [["status", "j", "--x\x1b[31m"], ["\x1b[31m"], ["plan", "--share", "\x1b[31m"]], ids=repr
)
def test_wrong_arguments(arguments: list[str]) -> None:
    result = woowup(*arguments)
    assert result.exit_code == 2
    assert obeyed(result.stderr) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["backfill", "--api-key", "s3cret"],
            "no such option: --api-key. The key is never on a command line",
        ),
        (["backfill", "--key=s3cret"], "no such option: --key. The key is never on a command line: set WOOWUP_API_KEY"),
        (["doctor", "s3cret"], "too many arguments. A pattern of files has quotes"),
        (["backfill", "--new-key", "s3cret", "--users", "a.jsonl"], "the key is in WOOWUP_API_KEY"),
        (["backfill", "--log-format", "json", "s3cret"], "the key is in WOOWUP_API_KEY"),
    ],
)
def test_a_key_on_the_command_line_is_not_repeated(arguments: list[str], said: str) -> None:
    result = woowup(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "s3cret" not in result.output


def test_other_names_of_options_are_still_proposed() -> None:
    assert "--users" in woowup("backfill", "--usres", "a.jsonl").stderr


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    settings = tmp_path / "s.toml"
    settings.write_text('"a\\u001b[31m" = 1\n', encoding="utf-8")
    result = woowup("plan", "--config", settings)
    assert result.exit_code == 2
    assert "is not an option" in result.stderr
    assert obeyed(result.stderr) == []


def test_a_json_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "u.json"
    path.write_text('[\n  {"email": "ana@example.com"}\n]\n', encoding="utf-8")
    result = woowup("plan", "--users", path)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert "is one JSON document, not JSON Lines" in line
