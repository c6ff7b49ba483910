"""Exit codes, and how a command fails with one line.

Room: cli.
"""

from __future__ import annotations

import os
from typing import NoReturn

import typer

from woowup_async.cli.display.terminal import complain

#: Exit codes: all accepted, some rejected, wrong usage, stopped (a journal can continue the run).
WELL, REJECTED, USAGE, STOPPED = 0, 1, 2, 3


def fail(message: str, code: int) -> NoReturn:
    """Print one line on standard error and exit. If a run stopped, the line has the time and level of a log."""
    complain(message, is_dated=code == STOPPED)
    raise typer.Exit(code)


def require_key() -> None:
    """Exit if the environment has no API key."""
    if not os.environ.get("WOOWUP_API_KEY"):
        fail("no API key: set WOOWUP_API_KEY", USAGE)
