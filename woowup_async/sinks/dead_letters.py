"""Dead letters: one JSON line for each rejected record, and nothing else.

Room: sinks. Opened by `_ingest.run` where a path was given. The file holds people's data: mode 0600.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Settled, digest_of
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Rejected

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=repr)


class DeadLetters:
    """Appends rejected records to a JSON Lines file.

    A line has `entity`, `position`, `key`, `by`, `code`, `reasons` (path and message), `at` (UTC) and `raw`: the record
    as JSON, or as text where it is none.
    """

    def __init__(self, path: str | os.PathLike[str], *, skip_known: bool = False) -> None:
        """Open the file, new or at its end.

        Args:
            path: of the file.
            skip_known: write no letter twice: for runs that meet the same records again.

        Raises:
            WoowUpError: it cannot be written.

        """
        self.path = Path(path)
        self._known: set[bytes] | None = None
        try:
            if skip_known:
                self._known = set(_known_letters(self.path))
            is_torn = _is_torn(self.path)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            if is_torn:
                os.write(descriptor, b"\n")
        except OSError as error:
            raise WoowUpError(f"dead letters cannot be written to {self.path}: {error.strerror}") from error
        # unbuffered: what a full disk refused is not tried again at closing
        self._file: RawIOBase = os.fdopen(descriptor, "ab", buffering=0)

    def write(self, settled: Settled) -> None:
        """Keep a rejected record; ignore the others.

        Raises:
            WoowUpError: the disk is full, or gone.

        """
        outcome = settled.outcome
        if not isinstance(outcome, Rejected):
            return
        raw = _legible(settled.record.raw)
        if self._known is not None:
            mark = _mark_of(settled.entity, str(settled.record.position), outcome.code, _encoder.encode(raw))
            if mark in self._known:
                return
            self._known.add(mark)
        line = {
            "entity": settled.entity.value,
            "position": str(settled.record.position),
            "key": settled.key,
            "by": outcome.by,
            "code": outcome.code,
            "reasons": [{"path": reason.path, "message": reason.message} for reason in outcome.reasons],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "raw": raw,
        }
        unwritten = memoryview(_encoder.encode(line) + b"\n")
        try:
            while unwritten:
                unwritten = unwritten[self._file.write(unwritten) or 0 :]
        except OSError as error:
            raise WoowUpError(f"dead letters cannot be written to {self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Close the file; an empty one that nobody needs is removed."""
        self._file.close()
        if self.path.is_file() and self.path.stat().st_size == 0:
            self.path.unlink()


class _Letter(msgspec.Struct):
    entity: str
    position: str
    code: str
    raw: msgspec.Raw


def _is_torn(path: Path) -> bool:
    """Whether the last line was cut short, by a process that was killed while it wrote."""
    if not path.is_file() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _known_letters(path: Path) -> Iterator[bytes]:
    if not path.exists():
        return
    decode = msgspec.json.Decoder(_Letter).decode
    with path.open("rb") as file:
        for line in file:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):  # a last line that was cut short, or a stranger's
                letter = decode(line)
                yield _mark_of(letter.entity, letter.position, letter.code, bytes(letter.raw))


def _mark_of(entity: str, position: str, code: str, raw: bytes) -> bytes:
    return digest_of(b"\0".join((f"{entity}\0{position}\0{code}".encode("utf-8", "replace"), raw)))


def _legible(raw: object) -> Any:
    """Keep JSON as it stands; show as text what is none."""
    if isinstance(raw, bytes):
        try:
            msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return raw.decode("utf-8", "replace")
        return msgspec.Raw(raw.strip().replace(b"\n", b" ").replace(b"\r", b" "))  # one line a letter
    try:
        _encoder.encode(raw)
    except (UnicodeEncodeError, RecursionError, TypeError, ValueError):
        return repr(raw)
    return dict(raw) if isinstance(raw, Mapping) else raw
