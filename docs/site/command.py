"""Describes the command, from its own help."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from typer.testing import CliRunner

from woowup_async.cli.app import app

_PACKAGE = Path(__file__).parent.parent.parent / "woowup_async"

#: What each variable of the environment is for. A test compares the names with those in the code.
VARIABLES = {
    "WOOWUP_API_KEY": "the key of the account; it is never an option, since other users can see command lines",
    "WOOWUP_BASE_URL": "the URL of the API; by default WoowUp's",
    "WOOWUP_CONNECTORS_URL": "the URL of the processing log; by default WoowUp's",
    "WOOWUP_BUDGET": "where processes share the account's budget: `none`, `host`, an address, or `env:NAME`",
    "WOOWUP_DASHBOARD_TOKEN": "the token in the URL of `woowup dashboard`, 16 or more characters; else a random one",
    "WOOWUP_STATE_DIR": "the folder of what limiters remember between processes of this machine",
    "WOOWUP_DEBUG": "`1` shows tracebacks",
}


def variables_in_code() -> set[str]:
    """Return the variables that the package reads."""
    files = (path.read_text(encoding="utf-8") for path in _PACKAGE.rglob("*.py"))
    return {name for text in files for name in re.findall(r"\"(WOOWUP_[A-Z_]+)\"", text)}


def variables_table() -> str:
    """Return the variables of the environment as a table."""
    rows = [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()]
    return "\n".join(["| variable | meaning |", "|---|---|", *rows])


def settings_table() -> str:
    """Return the names of `woowup.toml`, by command."""
    rows = []
    for name in commands():
        options = re.findall(r"^  (?:-\w, )?--([a-z-]+)", _help(name), re.MULTILINE)
        if "config" in options:
            names = ", ".join(f"`{each}`" for each in options if each not in ("config", "help"))
            rows.append(f"| `[{name}]` | {names} |")
    return "\n".join(["| table | names |", "|---|---|", *rows])


def command_page() -> str:
    """Return a section for each command, with its help."""
    return "\n\n".join(f"## `woowup {name}`\n\n```text\n{_help(name)}\n```" for name in commands())


@cache
def commands() -> list[str]:
    """Return the names of all commands, in the order of the help."""
    found = []
    for name in _listed(""):
        inner = _listed(name)
        found += [f"{name} {each}" for each in inner] or [name]
    return found


def _listed(name: str) -> list[str]:
    return re.findall(r"^  ([a-z][a-z-]*)", _help(name).partition("Commands:")[2], re.MULTILINE)


@cache
def _help(name: str) -> str:
    """Return the help of a command as in a terminal with 90 columns."""
    result = CliRunner().invoke(app, [*name.split(), "--help"], prog_name="woowup", env={"COLUMNS": "90"})
    return result.output.strip()
