"""Dead letters as a source: rejected records, to be sent again once what was wrong is mended.

Room: sources. Built by users and by the command line. Reads what `sinks.dead_letters` writes, edited or not.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import msgspec

from woowup_async._flow import Entity, Record
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.jsonl import JsonLines


class _Letter(msgspec.Struct):
    entity: Entity
    raw: msgspec.Raw
    code: str = "left_out"


_decode = msgspec.json.Decoder(_Letter).decode


class _Rows(msgspec.Struct, forbid_unknown_fields=True):
    """What a refused group of CSV rows looks like in its letter."""

    rows: list[dict[str, object]]
    rows_in_all: int


class DeadLetterFile(OffLoop):
    """The letters of one entity in a file of dead letters; a line that is no letter is a record with its refusal."""

    def __init__(self, path: str | os.PathLike[str], entity: Entity) -> None:
        self.path, self._entity = Path(path), entity

    def check(self) -> None:
        """Raise `SourceError` where the file cannot be read, before anything is sent."""
        JsonLines(self.path).check()

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        for line in JsonLines(self.path).records():
            if line.refusal is not None:
                yield line
                continue
            try:
                letter = _decode(line.raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                if self._entity is Entity.USER:  # told once, whatever the line was meant to be
                    yield _refused(line, "malformed", f"is no dead letter: {error}")
                continue
            if letter.entity is self._entity:
                yield _record(line, letter)


def _record(line: Record, letter: _Letter) -> Record:
    raw = bytes(letter.raw)
    try:
        rows = msgspec.json.decode(raw, type=_Rows)
    except msgspec.DecodeError:
        # text was no JSON when it was refused; if somebody made JSON of it, it passes
        text = msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw
        return Record(line.position, text)
    return _refused(line, letter.code, f"holds {rows.rows_in_all} rows of a table: mend them in their own file")


def _refused(line: Record, code: str, message: str) -> Record:
    return Record(line.position, line.raw, refusal=Rejected("client", code, (Reason("", message),)))
