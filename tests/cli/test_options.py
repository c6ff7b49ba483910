"""The options of each command, and their defaults."""

from __future__ import annotations

from typing import Any

import pytest
import typer.main

from woowup_async.cli.app import app

FILES = {"users": None, "purchases": None}
TABLES = {
    "mapping": None, "layout": None, "preset": None, "timezone": None, "decimal": None, "clean": None, "region": None,
}  # fmt: skip
OUTPUT = {
    "from-dead-letters": None, "changes": None, "journal": None, "new-key": False, "dead-letters": None,
    "report": None, "integration-stats": None, "connectors-log": False,
}  # fmt: skip
HOST = {"base-url": None, "proxy": None, "trust-env": False, "ca-file": None, "budget": None}
BUDGET = {"rate-limit": 70, "segment": 30.0}
RULES = {
    "strict-exit": False, "strict": False, "unknown-users": None, "policy": None, "batch-up-to": None,
    "recent-first": False, "only-buyers": False,
}  # fmt: skip
RUN = {"max-requests": None, "stop-at": None, "live": False, "dashboard": False, "dry-run": False, "log-format": "text"}
SHOWN = {"json": False, "config": None}


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (
            "backfill",
            FILES
            | {"accounts": None, "workers": None}
            | TABLES
            | OUTPUT
            | HOST
            | BUDGET
            | {"share": 1.0}
            | RULES
            | RUN
            | SHOWN,
        ),
        ("plan", FILES | TABLES | BUDGET | {"share": 1.0} | RULES | {"journal": None, "dead-letters": None} | SHOWN),
        (
            "verify",
            {"sample": 50, "delay": 300.0, "resubmit": False, "new-key": False, "max-requests": None}
            | HOST
            | BUDGET
            | SHOWN,
        ),
        ("doctor", HOST | {"connectors-url": None, "segment": 30.0, "journal": None} | SHOWN),
        ("status", {"json": False}),
        ("dashboard", {"port": 8600, "host": "127.0.0.1", "token": None}),
        ("dead-letters", {"entity": None, "code": None, "json": False}),
        ("simulate", {"port": 8765, "speed": 1.0}),
        ("demo", {}),
    ],
)
def test_options_and_their_defaults(command: str, expected: dict[str, object]) -> None:
    group: Any = typer.main.get_command(app)
    options = [each for each in group.commands[command].params if each.param_type_name == "option"]

    assert {option.opts[0].removeprefix("--"): option.default for option in options} == expected
