"""Dead letters as a source: rejected records that are sent again after they were corrected.

Room: sources. It reads the files of `sinks.dead_letters`, edited or not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import msgspec

from woowup_async._flow import Entity, Record
from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.jsonl import JsonLines


class _ReadLetter(msgspec.Struct):
    entity: Entity
    raw: msgspec.Raw
    code: str = "left_out"


#: Longest error text of a decoder that is shown (guessed).
_CAUSE = 80
_decode = msgspec.json.Decoder(_ReadLetter).decode


class _Rows(msgspec.Struct, forbid_unknown_fields=True):
    """A refused group of rows in its dead letter."""

    rows: list[dict[str, object]]
    rows_in_all: int
    key: str = ""
    identifiers: dict[str, list[str]] = {}


def fault_of(line: bytes, error: Exception) -> str:
    """Return why a line is not a dead letter, and what to do about it."""
    return f"is not a dead letter, correct or delete this line: {_kind_of_fault(line, error)}"


def _kind_of_fault(line: bytes, error: Exception) -> str:
    try:
        line.decode()
    except UnicodeDecodeError:
        return "not UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    cause = printable(str(error), _CAUSE)
    if isinstance(error, msgspec.ValidationError):
        return f"from another program ({cause})"
    is_torn = line.startswith(b'{"entity"') and not line.endswith(b"}")
    return "cut short" if is_torn else f"not JSON ({cause})"


class DeadLetterFile(OffLoop):
    """The dead letters of one entity in a file. A line that is not a dead letter is a record with a refusal."""

    path: Path

    def __init__(self, path: str | os.PathLike[str], entity: Entity) -> None:
        self.path, self._entity = Path(path), entity

    def check(self) -> None:
        """Raise `SourceError` if the file cannot be read, before anything is sent."""
        JsonLines(self.path, is_whole=False).check()

    def records(self) -> Generator[Record, None, None]:
        """Read the records. This blocks."""
        for line in JsonLines(self.path, is_whole=False).records():
            record = self._record(line)
            if record is not None:
                yield record

    def _record(self, line: Record) -> Record | None:
        """Return the record of a line, or None if it is of the other entity.

        A line that is not a dead letter is reported once, with the users.
        """
        is_reported_here = self._entity is Entity.USER
        if line.refusal is not None:
            return line if is_reported_here else None
        try:
            return self._letter(line)
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            return _refused(line, "malformed", fault_of(line.raw, error)) if is_reported_here else None

    def _letter(self, line: Record) -> Record | None:
        try:
            letter = _decode(line.raw)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError as error:  # msgspec refuses half of a surrogate pair, the json module reads it
            try:
                whole = json.loads(line.raw, parse_float=Decimal)
            except ValueError:
                raise error from None
            return _halved(line, whole["raw"]) if Entity(whole["entity"]) is self._entity else None
        return _held(line, letter) if letter.entity is self._entity else None


def _halved(line: Record, raw: object) -> Record:
    """Return the record unchanged, with its halves of surrogate pairs: it is refused again until it is corrected."""
    return Record(line.position, raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else raw)


def _held(line: Record, letter: _ReadLetter) -> Record:
    raw = bytes(letter.raw)
    if raw.startswith(b'"'):  # it was refused because it was not JSON; it passes if it has been corrected
        return Record(line.position, msgspec.json.decode(raw, type=str).encode())
    try:
        rows = msgspec.json.decode(raw, type=_Rows)
    except (msgspec.DecodeError, UnicodeError, RecursionError):  # it is a record and is checked later
        return Record(line.position, raw)
    return _refused(line, letter.code, f"has {rows.rows_in_all} rows of a table: correct them in their own file")


def _refused(line: Record, code: str, message: str) -> Record:
    return Record(line.position, line.raw, refusal=Rejected("client", code, (Reason("", message),)))
