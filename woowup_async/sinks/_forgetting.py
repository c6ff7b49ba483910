"""Removes dead letters: those of some customers, or those written before a moment.

Room: sinks. `retention` uses it. A file is replaced as a whole, and only if no run has it open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from woowup_async import _platform
from woowup_async._journal.quoted import Quoted
from woowup_async._text import in_lower_case
from woowup_async._wire.identity import identifiers_of
from woowup_async.errors import WoowUpError


class _Letter(msgspec.Struct):
    key: str = ""
    at: str = ""
    raw: Any = None


_decode = msgspec.json.Decoder(_Letter).decode


class Removed(NamedTuple):
    """How many lines of a file go, and how many stay since they do not say when they were written."""

    letters: int = 0
    undated: int = 0


class Letters:
    """Which dead letters go.

    Args:
        identifiers: of customers, as `name:value`.
        before: letters that were written before go; None if none is old.

    """

    def __init__(self, identifiers: Iterable[str], before: datetime | None) -> None:
        self._identifiers = {_folded(each) for each in identifiers}
        self._quoted, self._before = Quoted(self._identifiers), before

    def forget_in(self, path: Path, *, is_trial: bool) -> Removed:
        """Remove them from a file.

        Raises:
            WoowUpError: the file cannot be read or written, or a run writes to it.

        """
        try:
            descriptor = os.open(path, os.O_RDWR)
            with os.fdopen(descriptor, "rb") as file:
                if not _platform.own_open_file(descriptor):
                    raise WoowUpError(f"dead letters {path}: a run writes to them, or the file system has no locks")
                found = [(line, self._goes(line)) for line in file]
                if is_trial or not any(goes for _, goes in found):
                    return _counted(found)
                if not _platform.can_remove_open_files():
                    file.close()
                _replace(path, b"".join(line for line, goes in found if not goes))
        except OSError as error:
            raise WoowUpError(f"dead letters {path}: {error.strerror}") from error
        return _counted(found)

    def _goes(self, line: bytes) -> bool | None:
        """Return whether a line goes; None if it stays since its time is not known."""
        letter = _read(line)
        if self._identifiers and self._is_of_them(line, letter):
            return True
        if self._before is None or not line.strip():
            return False
        moment = None if letter is None else _moment(letter.at)
        return None if moment is None else moment < self._before

    def _is_of_them(self, line: bytes, letter: _Letter | None) -> bool:
        found = [] if letter is None else [letter.key, *identifiers_of(letter.raw)]
        if any(_folded(each) in self._identifiers for each in found):
            return True
        # rows of a table may have the identifiers in columns with other names
        return len(found) < 2 and self._quoted.is_in(line.decode(errors="replace"))


def _counted(found: Iterable[tuple[bytes, bool | None]]) -> Removed:
    goes = [each for _, each in found]
    return Removed(goes.count(True), goes.count(None))


def _folded(identifier: str) -> str:
    return in_lower_case(identifier) or identifier


def _read(line: bytes) -> _Letter | None:
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        return _decode(line)
    return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _replace(path: Path, content: bytes) -> None:
    """Replace a file as a whole, so that a power cut leaves the old one or the new one."""
    real = Path(os.path.realpath(path))
    new = real.with_name(f"{real.name}.new")
    try:
        with os.fdopen(_platform.open_private(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(real)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise
    _platform.make_names_durable(real.parent)
