"""Errors of commands as one line on standard error, without a traceback and without the API key.

Room: cli. It covers every command and the parsing of its arguments.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, NoReturn

import typer

from woowup_async._text import printable
from woowup_async.cli.advice import advice_for
from woowup_async.cli.display.terminal import is_json, log_as
from woowup_async.cli.exits import STOPPED, USAGE, fail
from woowup_async.cli.groups import Group
from woowup_async.errors import AccountGone, Forbidden, WoowUpError

#: The base of all errors that the parser shows itself. Its module differs between versions of Typer.
_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[2]
#: Options that people try for the key.
_FOR_A_KEY = re.compile(r"--?[\w-]*(?:key|token)", re.IGNORECASE)


class Commands(Group):
    """All commands, with their errors as one line."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        log_as("json" if _wants_json([*getattr(ctx, "_protected_args", ()), *ctx.args]) else "text")
        with errors_as_lines(is_debugged=bool(ctx.params.get("debug")) or bool(os.environ.get("WOOWUP_DEBUG"))):
            return super().invoke(ctx)


@contextmanager
def errors_as_lines(*, is_debugged: bool = False) -> Iterator[None]:
    """Print an error as one line and exit: with 2 if the user can correct it, with 3 if the disk failed."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt, EOFError):
        raise
    except Exception as raised:
        if is_debugged:
            traceback.print_exception(raised)
        error = _first(raised)
        if isinstance(error, _USAGE_ERROR):
            _keep_the_key_out(error)
            error.message = printable(str(getattr(error, "message", error)), 1_000)  # type: ignore[attr-defined]
            if is_json():  # the parser would print several lines of text
                fail(error.message, USAGE)  # type: ignore[attr-defined]
            raise error from None
        _fail_with(error)


def _keep_the_key_out(error: Any) -> None:
    """Say where the key belongs if it may have been given on the command line, and do not repeat it."""
    option = str(getattr(error, "option_name", ""))
    if type(error).__name__ == "NoSuchOption" and _FOR_A_KEY.fullmatch(option):
        error.message = f"no such option: {option}. The key is never on a command line: set WOOWUP_API_KEY"
        error.possibilities = None  # --new-key would be one
    elif str(getattr(error, "message", "")).startswith("Got unexpected extra argument"):
        error.message = "too many arguments. A pattern of files has quotes: 'o*.csv'; the key is in WOOWUP_API_KEY"


def _fail_with(error: BaseException) -> NoReturn:
    match error:
        case UnicodeError():
            fail(f"cannot encode a text ({error}): check --base-url and the encoding of the files", USAGE)
        case Forbidden() | AccountGone():
            fail(f"{error}; {advice_for(error)}", USAGE)
        case WoowUpError() | ValueError():
            fail(str(error), USAGE)
        case OSError():
            fail(f"{error.filename or 'input/output'}: {error.strerror or error}", STOPPED)
        case ModuleNotFoundError():
            fail(f"{error.name} is not installed: this option needs an extra, see the README", USAGE)
    bug = f"this is a bug in woowup: {type(error).__name__}: {error}"
    fail(f"{bug}. Please report it, with the output of WOOWUP_DEBUG=1", STOPPED)


def _wants_json(arguments: Sequence[str]) -> bool:
    """Return whether the arguments ask for a log in JSON. They were not parsed yet, and may be wrong."""
    return "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments)


def _first(error: Exception) -> BaseException:
    """Return the first error of a group, since task groups wrap the errors of their tasks."""
    found: BaseException = error
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
