"""A journal, looked at without touching it: beside a run that writes to it, or before one.

Room: _journal. Used by `woowup plan` and `woowup status`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Entity, Entry, Opening, State
from woowup_async._journal.entries import entry_of, settled_by
from woowup_async._journal.schema import VERSION, Lock, explained, stored
from woowup_async._journal.under_way import Left, left_in
from woowup_async.errors import JournalError


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """A journal at a glance.

    Attributes:
        is_running: a process writes to it.
        began: of its last run.
        finished: of its last run; None where it can be resumed.
        seen: when something was written last.
        counts: records by entity and state.
        codes: rejected ones by entity and code.
        doubts: why records are in doubt or released, with counts.
        settled_in_run: records that the last run settled by requests.
        outbox: records that wait in it.
        sources: files of the last run.
        notes: what the run wrote down for whoever looks, as JSON by name.

    """

    is_running: bool
    began: datetime | None
    finished: datetime | None
    seen: datetime | None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    doubts: dict[str, int] = field(default_factory=dict)
    settled_in_run: int = 0
    outbox: int = 0
    sources: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def per_minute(self) -> float | None:
        """Records settled a minute, in the last run; None where it is too short to tell."""
        if self.began is None or self.seen is None or (seconds := (self.seen - self.began).total_seconds()) < 1:
            return None
        return self.settled_in_run * 60 / seconds


class JournalReader:
    """A journal's file, read only."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            JournalError: there is none, or it is none.

        """
        self.path = path
        if not path.is_file():
            raise JournalError(f"journal {path}: there is no such file")
        with explained(path):
            self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
            try:
                version = self._one("PRAGMA user_version")
                if not self._has("records"):
                    raise JournalError(f"journal {path}: is another program's database")
                if version > VERSION:
                    raise JournalError(f"journal {path}: was written by a newer version ({version})")
                self._left = {(left.entity, left.key): left for left in self._under_way()}
            except BaseException:
                self._database.close()
                raise
        last: tuple[int, float | None] = self._row("SELECT id, finished FROM runs ORDER BY id DESC LIMIT 1") or (0, 0.0)
        self._run, self._finished = last

    def opening(self) -> Opening:
        """How a run would begin."""
        return Opening(is_resumed=self._run > 0 and self._finished is None)

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        left = self._left.get((entity, stored(key)))
        with explained(self.path):
            run = self._run if self._finished is None else None
            return entry_of(self._database, entity, key, run, sent=left.digest if left else None)

    def status(self) -> JournalStatus:
        """Count."""
        began = self._row("SELECT began FROM runs WHERE id = ?", self._run)
        seen = self._row("SELECT memory FROM limiter")
        return JournalStatus(
            is_running=self._is_running(),
            began=_moment(began[0] if began else None),
            finished=_moment(self._finished),
            seen=_moment(_seen_at(seen[0]) if seen else self._finished),
            counts=self._counts(),
            codes=self._nested(
                "SELECT entity, json_extract(outcome, '$.code'), count(*) FROM records WHERE state = 'rejected'"
                " GROUP BY 1, 2 ORDER BY 3 DESC"
            ),
            doubts=dict(
                self._rows(
                    "SELECT json_extract(outcome, '$.why'), count(*) FROM records"
                    " WHERE state IN ('in_doubt', 'released') GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
                )
            ),
            settled_in_run=settled_by(self._database, self._run),
            outbox=self._one("SELECT count(*) FROM outbox"),
            sources=tuple(path for (path,) in self._rows("SELECT path FROM sources WHERE run = ?", self._run)),
            notes=self._notes(),
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _is_running(self) -> bool:
        try:
            Lock(self.path).release()
        except JournalError:
            return True
        return False

    def _nested(self, query: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for entity, what, count in self._rows(query):
            found.setdefault(entity, {})[what] = count
        return found

    def _counts(self) -> dict[str, dict[str, int]]:
        counts = self._nested("SELECT entity, state, count(*) FROM records GROUP BY 1, 2 ORDER BY 1, 2")
        for entity, key in self._left:
            states = counts.setdefault(entity, {})
            if before := self._row("SELECT state FROM records WHERE entity = ? AND key = ?", entity, key):
                states[before[0]] -= 1
            states[State.IN_FLIGHT] = states.get(State.IN_FLIGHT, 0) + 1
        return counts

    def _under_way(self) -> Iterator[Left]:
        if self._has("under_way"):  # older journals have none
            yield from left_in(self._database)

    def _notes(self) -> dict[str, str]:
        # older journals have none
        return dict(self._rows("SELECT name, value FROM notes")) if self._has("notes") else {}

    def _has(self, table: str) -> bool:
        return bool(self._row("SELECT count(*) FROM sqlite_master WHERE name = ?", table)[0])

    def _rows(self, query: str, *arguments: Any) -> Iterator[Any]:
        with explained(self.path):
            yield from self._database.execute(query, arguments)

    def _row(self, query: str, *arguments: Any) -> Any:
        with explained(self.path):
            return self._database.execute(query, arguments).fetchone()

    def _one(self, query: str) -> int:
        return int(self._row(query)[0])


def _moment(seconds: float | None) -> datetime | None:
    return None if not seconds else datetime.fromtimestamp(seconds, UTC)


def _seen_at(memory: bytes) -> float | None:
    """When the limiter's memory was written: its first element."""
    try:
        return float(msgspec.json.decode(memory)[0])
    except (msgspec.DecodeError, TypeError, ValueError, IndexError):
        return None
