"""Dead letters: one JSON line for each rejected record.

Room: sinks. The file has personal data, so its mode is 0600.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Settled, digest_of
from woowup_async.errors import WoowUpError
from woowup_async.outcomes import Rejected
from woowup_async.sinks._lines import Lines, encoder, legible


class DeadLetters:
    """Appends rejected records to a JSON Lines file.

    A line has `entity`, `position`, `key`, `by`, `code`, `reasons` (path and message), `at` (UTC) and `raw`: the record
    as JSON, or as text if it is not JSON. Bytes that are not UTF-8 are written as escapes of halves of surrogate pairs.
    Of a value that cannot be shown, the text has the name of its class.
    """

    path: Path

    def __init__(self, path: str | os.PathLike[str], *, skip_known: bool = False) -> None:
        """Open the file for appending.

        Args:
            path: of the file, new or not.
            skip_known: do not write a letter that is already there, for runs that read the same records again.

        Raises:
            WoowUpError: the file cannot be written.

        """
        self.path = Path(path)
        self._known: set[bytes] | None = None
        try:
            if skip_known:
                self._known = set(_known_letters(self.path))
        except OSError as error:
            raise WoowUpError(f"dead letters cannot be read from {self.path}: {error.strerror}") from error
        self._lines = Lines(path, "dead letters")

    def write(self, settled: Settled) -> None:
        """Write a rejected record. Ignore others.

        Raises:
            WoowUpError: the file cannot be written, for example because the disk is full.

        """
        outcome = settled.outcome
        if not isinstance(outcome, Rejected):
            return
        raw = legible(settled.record.raw)
        if self._known is not None:
            mark = _mark_of(settled.entity, str(settled.record.position), outcome.code, encoder.encode(raw))
            if mark in self._known:
                return
            self._known.add(mark)
        self._lines.write(
            {
                **letter_of(settled.entity.value, str(settled.record.position), settled.key, outcome),
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "raw": raw,
            }
        )

    def close(self) -> None:
        """Close the file, and remove it if it is empty."""
        self._lines.close()


def letter_of(entity: str, position: str, key: str, outcome: Rejected) -> dict[str, Any]:
    """Return what a dead letter says about a record, without the record."""
    return {
        "entity": entity,
        "position": position,
        "key": key,
        "by": outcome.by,
        "code": outcome.code,
        "reasons": [{"path": reason.path, "message": reason.message} for reason in outcome.reasons],
    }


class _WrittenLetter(msgspec.Struct):
    entity: str
    position: str
    code: str
    raw: msgspec.Raw


def _known_letters(path: Path) -> Iterator[bytes]:
    if not path.exists():
        return
    decode = msgspec.json.Decoder(_WrittenLetter).decode
    with path.open("rb") as file:
        for line in file:
            # the last line may be cut short, and other lines may come from another program
            with suppress(msgspec.DecodeError, UnicodeError, RecursionError):
                letter = decode(line)
                yield _mark_of(letter.entity, letter.position, letter.code, bytes(letter.raw))


def _mark_of(entity: str, position: str, code: str, raw: bytes) -> bytes:
    return digest_of(b"\0".join((f"{entity}\0{position}\0{code}".encode("utf-8", "replace"), raw)))
