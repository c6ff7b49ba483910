"""Dead letters: one JSON line for each rejected record, and nothing else.

Room: sinks. Opened by `_ingest.run` where a path was given. The file holds people's data: mode 0600.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Settled
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Rejected

_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=repr)


class DeadLetters:
    """Appends rejected records to a JSON Lines file.

    A line has `entity`, `position`, `key`, `by`, `code`, `reasons` (path and message), `at` (UTC) and `raw`: the record
    as JSON, or as text where it is none.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the file, new or at its end.

        Raises:
            WoowUpError: it cannot be written.

        """
        self.path = Path(path)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
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
        line = {
            "entity": settled.entity.value,
            "position": str(settled.record.position),
            "key": settled.key,
            "by": outcome.by,
            "code": outcome.code,
            "reasons": [{"path": reason.path, "message": reason.message} for reason in outcome.reasons],
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "raw": _legible(settled.record.raw),
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
