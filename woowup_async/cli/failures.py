"""How a command fails: one line on standard error that says what to do, never a traceback, never the key.

Room: cli. Stands around every command, and around the reading of its arguments.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from woowup_async._text import printable
from woowup_async.cli.display.terminal import log_as
from woowup_async.cli.exits import STOPPED, USAGE, fail
from woowup_async.errors import WoowUpError

#: The error of a wrong argument, and all others that are shown by the parser. (It is another class in each version.)
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[2]


class Commands(TyperGroup):
    """All commands; what any of them raises ends in one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        log_as("text")
        with failures_told(is_debugged=bool(ctx.params.get("debug")) or bool(os.environ.get("WOOWUP_DEBUG"))):
            return super().invoke(ctx)


@contextmanager
def failures_told(*, is_debugged: bool = False) -> Iterator[None]:
    """Turn what is raised into one line and an exit code: 2 for what the caller can mend, 3 for a broken disk."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt, EOFError):
        raise
    except Exception as raised:
        if is_debugged:
            traceback.print_exception(raised)
        error = _first(raised)
        if isinstance(error, _USAGE_ERROR):
            error.message = printable(str(getattr(error, "message", error)), 1_000)  # type: ignore[attr-defined]
            raise error from None
        _told(error)


def _told(error: BaseException) -> NoReturn:
    match error:
        case UnicodeError():
            fail(f"a text cannot be encoded ({error}): check --base-url, and the encoding of the files", USAGE)
        case WoowUpError() | ValueError():
            fail(str(error), USAGE)
        case OSError():
            fail(f"{error.filename or 'input/output'}: {error.strerror or error}", STOPPED)
        case ModuleNotFoundError():
            fail(f"{error.name} is not installed: this needs an extra, see the README", USAGE)
    fail(
        f"this is a fault of the program: {type(error).__name__}: {error}. Please report it, with what WOOWUP_DEBUG=1"
        " shows of it",
        STOPPED,
    )


def _first(error: Exception) -> BaseException:
    """The first error in a group of them: task groups wrap what is raised within."""
    found: BaseException = error
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
