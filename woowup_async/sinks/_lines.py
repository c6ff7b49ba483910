"""A private file of JSON lines, for appending only. Several processes may append to it.

Room: sinks. It has personal data, so its mode becomes 0600, even if others could read it before.

Who has the file open holds a shared lock on it. Only one who gets the exclusive lock removes an empty file: otherwise
another process would write its lines to a file without a name.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from io import RawIOBase
from pathlib import Path
from typing import Any

import msgspec

from woowup_async import _platform
from woowup_async._cancellation import FAILURES
from woowup_async._journal.files import Exposed, make_private
from woowup_async._text import class_name
from woowup_async._wire.checks import encoder as strict_encoder
from woowup_async._wire.plain import plain
from woowup_async._wire.rows import fields_of
from woowup_async.errors import WoowUpError

#: Times that the lock is asked for. Who removes the file holds it for some microseconds (guessed).
_TRIES, _PAUSE = 100, 0.001

#: Encodes any value that a source may yield.
encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=repr)


class Lines:
    """Appends lines. If the last line of the file was cut short, a line end is added first.

    Args:
        path: of the file, new or not.
        what: its name in errors.

    Raises:
        WoowUpError: the file cannot be written. `write` raises it, too.

    """

    def __init__(self, path: str | os.PathLike[str], what: str) -> None:
        self.path, self._what = Path(path), what
        try:
            is_torn = _is_torn(self.path)
            descriptor = _opened(self.path)
        except OSError as error:
            raise self._failure(error) from error
        try:
            make_private(descriptor, str(self.path))
            if is_torn:
                os.write(descriptor, b"\n")
        except (OSError, Exposed) as error:
            os.close(descriptor)
            raise self._failure(error) from error
        # unbuffered: otherwise, closing would try again to write what a full disk refused
        self._file: RawIOBase = os.fdopen(descriptor, "ab", buffering=0)

    def write(self, line: dict[str, Any]) -> None:
        """Append one line."""
        unwritten = memoryview(_encoded(line) + b"\n")
        try:
            while unwritten:
                unwritten = unwritten[self._file.write(unwritten) or 0 :]
        except OSError as error:
            raise self._failure(error) from error

    def close(self) -> None:
        """Close the file, and remove it if it is empty."""
        if self._file.closed:
            return
        is_empty = self.path.is_file() and self.path.stat().st_size == 0
        is_removed = is_empty and _platform.own_open_file(self._file.fileno())
        if not _platform.can_remove_open_files():
            self._file.close()
        if is_removed:  # before the lock ends with the descriptor
            with suppress(OSError):
                self.path.unlink()
        self._file.close()

    def _failure(self, error: OSError | Exposed) -> WoowUpError:
        why = error.strerror if isinstance(error, OSError) else error
        return WoowUpError(f"{self._what} cannot be written to {self.path}: {why}")


def _opened(path: Path) -> int:
    """Open the file and share its lock. Try again if another process removed or replaced the file in between."""
    for _ in range(_TRIES):
        descriptor = _platform.open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        if _platform.share_open_file(descriptor) and _is_at(path, descriptor):
            return descriptor
        os.close(descriptor)
        time.sleep(_PAUSE)
    return _platform.open_private(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)  # another program has locked it


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether an open file still has this name."""
    opened = os.fstat(descriptor)
    with suppress(FileNotFoundError):
        return opened.st_nlink > 0 or os.path.samestat(opened, path.stat())
    return False


def _encoded(line: dict[str, Any]) -> bytes:
    try:
        return encoder.encode(line)
    except UnicodeEncodeError:
        return encoder.encode(_with_texts(line, _replaced))
    except FAILURES:  # methods of foreign values may raise anything
        return encoder.encode({name: legible(value) for name, value in line.items()})


def legible(value: object) -> Any:
    """Return JSON unchanged, and anything else as text. It never raises, whatever the value is.

    A value that cannot even be shown becomes the name of its class.
    """
    try:
        return _as_json(value)
    except FAILURES:
        return _as_text(value)


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        encoded = value
    else:
        try:
            encoded = _written(value)
        except UnicodeEncodeError:
            encoded = encoder.encode(_with_halves(value))
            json.loads(encoded)  # it may hold text that the encoder took for JSON; msgspec would refuse the halves
            return msgspec.Raw(encoded)
    try:
        msgspec.json.decode(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # bytes that are not text become escapes, which every reader refuses, so that no record is sent again
        # without these characters
        return _with_halves(encoded.decode("utf-8", "surrogateescape"))
    return msgspec.Raw(encoded.strip().replace(b"\n", b" ").replace(b"\r", b" "))  # each value stays on one line


def _written(value: Any) -> bytes:
    if (fields := fields_of(value)) is None:
        return encoder.encode(value)
    given = dict(fields)
    try:
        return strict_encoder.encode(given)
    except TypeError:  # values of another library, such as numbers of numpy
        known, reasons = plain(given)
        return encoder.encode(given if reasons else known)


def _as_text(value: object) -> str:
    if type(value) is dict:  # a member that cannot be shown does not hide the others
        return "{" + ", ".join([f"{_shown(name)}: {_shown(held)}" for name, held in value.items()]) + "}"
    return _shown(value)


def _shown(value: object) -> str:
    try:
        return _replaced(repr(value))
    except FAILURES:
        return f"<{class_name(value)}>"


def _with_halves(value: Any) -> Any:
    """Return JSON values with halves of surrogate pairs as escapes, which every reader refuses.

    Raises:
        Exception: the value is not JSON, or its methods raise.

    """
    plain = msgspec.to_builtins(value, builtin_types=(Decimal,), str_keys=True, enc_hook=repr)
    return _with_texts(plain, lambda text: msgspec.Raw(json.dumps(text).encode()))


def _with_texts(value: Any, form: Callable[[str], Any]) -> Any:
    """Return the same values with `form` applied to every text. Names of fields are only made valid."""
    match value:
        case str():
            return form(value)
        case dict():
            return {_replaced(str(name)): _with_texts(held, form) for name, held in value.items()}
        case list() | tuple():
            return [_with_texts(each, form) for each in value]
    return value


def _replaced(text: str) -> str:
    return str.encode(text, "utf-8", "backslashreplace").decode()


def _is_torn(path: Path) -> bool:
    """Return whether the last line was cut short, by a process that was killed while it wrote."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
