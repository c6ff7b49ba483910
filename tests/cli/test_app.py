"""The help and the version of the command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from tests.support.commands import woowup
from woowup_async.cli.app import app


def commands(group: Any, *words: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield from commands(command, *words, name) if hasattr(command, "commands") else [(*words, name)]


COMMANDS = [*commands(typer.main.get_command(app))]


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("command", [(), ("mapping",), *COMMANDS], ids=" ".join)
def test_help_fits_a_screen(command: tuple[str, ...], columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = woowup(*command, "--help").output.splitlines()
    assert len(lines) <= {"": 26, "backfill": 68, "plan": 33, "verify": 29}.get(" ".join(command), 24)
    assert max(map(len, lines)) <= 80
    assert not any(line.endswith("...") for line in lines[1:])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_one_example_on_a_line_of_its_own(command: tuple[str, ...]) -> None:
    lines = woowup(*command, "--help").output.splitlines()
    (at,) = [number for number, line in enumerate(lines) if "Example:" in line]
    assert lines[at].startswith(f"  Example: woowup {' '.join(command)}")
    assert lines[at - 1] == ""


def test_the_options_of_a_backfill_are_in_sections() -> None:
    sections: dict[str, list[str]] = {}
    for line in woowup("backfill", "--help").output.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            sections[line[:-1]] = []
        elif line.startswith("  --"):
            sections[[*sections][-1]].append(line.split()[0])
    assert {name: sections[name][0] for name in sections} == {
        "Input": "--users", "Mapping": "--mapping", "Journal": "--journal", "Limits": "--budget",
        "Output": "--changes", "Rules": "--strict", "Connection": "--base-url", "Options": "--config",
    }  # fmt: skip
    assert sections["Input"] == ["--users", "--purchases", "--accounts", "--workers", "--from-dead-letters"]
    assert sections["Journal"] == ["--journal", "--new-key"]
    assert {"--max-requests", "--stop-at"} < {*sections["Limits"]}
    assert sections["Options"] == ["--config", "--help"]


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("woowup ba", "backfill"),
        ("woowup backfill --ca", "--ca-file"),
        ("woowup backfill --layout w", "woowup"),
        ("woowup mapping sh", "show"),
        ("woowup backfill --preset tien", "tiendanube"),
        ("woowup mapping show shop", "shopify"),
    ],
)
def test_a_shell_completes(typed: str, offered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that are wrong do not prevent it."""
    (tmp_path / "woowup.toml").write_text("nonsense = [", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    asked = {"_WOOWUP_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(typed.split()) - 1)}
    shown = CliRunner().invoke(app, prog_name="woowup", env=asked).output
    assert shown.split()[0] == offered


def test_version() -> None:
    assert woowup("--version").output.startswith("woowup_async 0.")
