"""Output: every line that the command writes passes through this module.

Room: cli. Text from data or from the server is shown without control characters, in the terminal's encoding, and is
never read as markup. JSON stays valid. If the reader of a pipe has gone, the command continues without output.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from woowup_async._platform import PLAINER, is_utf8, shown_in
from woowup_async._text import printable
from woowup_async.cli.display.words import wrapped

if TYPE_CHECKING:  # a help does not need it
    from rich.console import Console

#: Longest line that is shown (guessed: the reason of a record with many errors).
_LINE = 4_000
_BEYOND_ASCII = re.compile("[^ -~\t]")


def say(line: str = "") -> None:
    """Write a line to standard output."""
    _write(sys.stdout, printable(line, _LINE))


def say_whole(line: str) -> None:
    """Write a line to standard output without cutting it. On a terminal, it is wrapped at the terminal's width."""
    width = output_width()
    text = printable(line, len(line))
    for part in [text] if width is None else wrapped(text, width):
        _write(sys.stdout, part)


def output_width() -> int | None:
    """Return the columns of the terminal, or None if standard output is not a terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return columns or shutil.get_terminal_size().columns


def say_json(what: dict[str, Any]) -> None:
    """Write one JSON object as a line to standard output."""
    say_raw(json_text(what))


def say_raw(text: str) -> None:
    """Write JSON unchanged, except that characters which control a terminal or cannot be shown are escaped."""
    _write(sys.stdout, _escaped(text, is_utf8=is_utf8(getattr(sys.stdout, "encoding", None))))


def complain(line: str, *, is_dated: bool = False) -> None:
    """Write a line to standard error. `is_dated`: in the format of the log, also as text."""
    text = " ".join(line.split())
    is_log = is_dated or _format.is_json
    _write(sys.stderr, _format.line(logging.ERROR, text) if is_log else printable(f"woowup: {text}", _LINE))


def say_beside(lines: Iterable[str]) -> None:
    """Write lines to standard error, since standard output has a file."""
    for line in lines:
        _write(sys.stderr, printable(line, _LINE))


def show(console: Console, line: str) -> None:
    """Write a line to a console."""
    from rich.text import Text

    console.print(Text(shown_in(console.encoding, printable(line, _LINE))), soft_wrap=True)


def show_json(console: Console, what: dict[str, Any]) -> None:
    """Write one JSON object as a line to a console."""
    from rich.text import Text

    console.print(Text(json_text(what)), soft_wrap=True)


def json_text(what: object, indent: int | None = None) -> str:
    """Return JSON in ASCII. Half of a surrogate pair becomes a question mark, since JSON readers refuse it."""
    plain = msgspec.to_builtins(what)
    whole = json.dumps(plain, ensure_ascii=False, indent=indent).encode("utf-8", "replace").decode()
    return "\n".join(_escaped(line, is_utf8=False) for line in whole.split("\n"))


class LogFormat(logging.Formatter):
    """Formats log records as safe lines of text, or of JSON with `--log-format json`."""

    is_json = False

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as text, with each line of its traceback."""
        lines = [self.line(record.levelno, record.getMessage())]
        if record.exc_info and not self.is_json:
            lines += [printable(line, _LINE) for line in self.formatException(record.exc_info).split("\n")]
        return "\n".join(lines)

    def line(self, level: int, message: str) -> str:
        """Return a message as one line."""
        name = logging.getLevelName(level)
        if not self.is_json:
            return printable(f"{stamp()} {name} woowup: {message}", _LINE)
        return json_text({"at": stamp(), "event": "log", "level": name.lower(), "text": message})


class LogHandler(logging.Handler):
    """Writes to standard error as it is now: during a live display, above the bars."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        _write(sys.stderr, self.format(record))


_format = LogFormat()


def stamp() -> str:
    """Return the time now, as the first word of a line (UTC)."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_json() -> bool:
    """Return whether the log and errors are written as JSON."""
    return _format.is_json


def log_as(form: str) -> None:
    """Write the log and errors as "text" or "json"."""
    _format.is_json = form == "json"


def prepare() -> None:
    """Set up the standard streams and the log, once, when the command starts.

    A character that the terminal's encoding lacks is shown as a similar one or as a question mark.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):  # closed, or replaced by a program that embeds the command
            stream.reconfigure(errors=PLAINER)  # type: ignore[union-attr]
    handler = LogHandler()
    handler.setFormatter(_format)
    # the display shows outages, and the last line of the command says how the run ended
    handler.addFilter(lambda record: record.name != "woowup_async.health")
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def say_all(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        say(line)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # the process was started without it
        return
    try:
        stream.write(shown_in(getattr(stream, "encoding", None), text) + "\n")
        stream.flush()
    except BrokenPipeError:
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Drop the rest of the output, since its reader has gone. The exit code still reports the result."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _escaped(text: str, *, is_utf8: bool) -> str:
    return _BEYOND_ASCII.sub(lambda found: _character(found[0], is_utf8=is_utf8), text)


def _character(character: str, *, is_utf8: bool) -> str:
    """Return a character of JSON, escaped if needed. Only characters inside strings need it."""
    if is_utf8 and printable(character) == character:
        return character
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
