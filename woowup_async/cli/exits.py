"""How a command ends: the exit codes, and the line that says why it failed.

Room: cli.
"""

from __future__ import annotations

import os
from typing import NoReturn

import typer

from woowup_async.cli.display.terminal import complain

#: Exit codes (design): all settled well, some rejected, usage, stopped and resumable.
WELL, REJECTED, USAGE, STOPPED = 0, 1, 2, 3


def fail(message: str, code: int) -> NoReturn:
    """End the command with one line."""
    complain(message)
    raise typer.Exit(code)


def require_key() -> None:
    """End the command where there is no API key."""
    if not os.environ.get("WOOWUP_API_KEY"):
        fail("no API key: set WOOWUP_API_KEY", USAGE)
