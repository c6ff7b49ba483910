"""Exit codes, and how a command fails with one line.

Room: cli.
"""

from __future__ import annotations

import os
from typing import NoReturn

import typer

from woowup_async.cli.display.terminal import complain
from woowup_async.outcomes import Report

#: Exit codes: all accepted, some rejected, wrong usage, stopped (a journal can continue the run), and with
#: `--strict-exit` some left out by a rule of the mapping. 3 comes before 1, and 1 before 4.
WELL, REJECTED, USAGE, STOPPED, LEFT_OUT = 0, 1, 2, 3, 4


def code_of(report: Report, *, is_strict: bool = False) -> int:
    """Return the exit code of a run that was not stopped.

    Args:
        report: its counts.
        is_strict: whether records that only a rule of the mapping left out have a code of their own.

    """
    tallies = (report.users, report.purchases, report.products, report.branches, report.members)
    left_out = sum(tally.codes.get("left_out", 0) for tally in tallies)
    if report.released or report.in_doubt:
        return STOPPED
    if report.rejected > left_out:
        return REJECTED
    return LEFT_OUT if left_out and is_strict else WELL


def fail(message: str, code: int) -> NoReturn:
    """Print one line on standard error and exit. If a run stopped, the line has the time and level of a log."""
    complain(message, is_dated=code == STOPPED)
    raise typer.Exit(code)


def require_key() -> None:
    """Exit if the environment has no API key."""
    if not os.environ.get("WOOWUP_API_KEY"):
        fail("no API key: set WOOWUP_API_KEY", USAGE)
