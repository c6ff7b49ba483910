"""Reads a journal without changing it, also while a run writes to it.

Room: _journal.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from woowup_async._flow import Entity
from woowup_async._journal.claim import belongs
from woowup_async._journal.customers import OPEN, known_in, named, people_in, versions_in
from woowup_async._journal.damage import NONSENSE
from woowup_async._journal.entries import UNREADABLE, entry_of, is_sound, settled_by
from woowup_async._journal.glance import Glance, Refused, glance_at, refused_in
from woowup_async._journal.schema import explained, legible, stored
from woowup_async._journal.tables import VERSION, copy_customers, has_column, tables_in
from woowup_async._journal.under_way import Interrupted, left_in
from woowup_async._platform import read_only_address
from woowup_async.errors import JournalError
from woowup_async.ports import Entry, Known, Opening, State

#: A record with an invalid state is in doubt.
_STATE = "iif(state IN ('accepted', 'rejected', 'released', 'in_flight'), state, 'in_doubt')"


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """A summary of a journal.

    Attributes:
        is_running: whether a process writes to it.
        began: when its last run began.
        finished: when its last run finished; None if it can be resumed.
        seen: when something was last written.
        counts: records by entity and state.
        codes: rejected records by entity and code.
        doubts: why records are in doubt or released, with counts.
        settled_in_run: records that the last run settled by requests.
        unconfirmed: accepted purchases whose customer is not known to exist.
        outbox: records that wait in the outbox.
        damaged: rows that could not be read and were set aside.
        sources: the files of the last run.
        notes: notes of the run for people, as JSON by name.
        glance: what the run shows about itself.

    """

    is_running: bool
    began: datetime | None
    finished: datetime | None
    seen: datetime | None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    codes: dict[str, dict[str, int]] = field(default_factory=dict)
    doubts: dict[str, int] = field(default_factory=dict)
    settled_in_run: int = 0
    unconfirmed: int = 0
    outbox: int = 0
    damaged: int = 0
    sources: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    glance: Glance = field(default_factory=Glance)

    @property
    def per_minute(self) -> float | None:
        """Records settled per minute in the last run; None if the run was too short."""
        if self.began is None or self.seen is None or (seconds := (self.seen - self.began).total_seconds()) < 1:
            return None
        return self.settled_in_run * 60 / seconds


class JournalReader:
    """A journal's file, opened read-only."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            JournalError: the file does not exist, or is not a journal.

        """
        self.path = path
        self._unreadable = 0
        if not path.is_file():
            raise JournalError(f"journal {path}: there is no such file")
        with explained(path):
            self._database = sqlite3.connect(read_only_address(path.resolve()), uri=True, isolation_level=None)
            try:
                self._database.text_factory = legible
                self._tables = tables_in(self._database)
                version = self._one("PRAGMA user_version")
                if "records" not in self._tables:
                    raise JournalError(f"journal {path}: is another program's database")
                if version > VERSION:
                    raise JournalError(f"journal {path}: was written by a newer version ({version})")
                self._is_older = not has_column(self._database, "records", "doubt")
                self._left = {(left.entity, left.key): left for left in self._under_way()}
                #: People who have a user under way: it is not known which version the server has. None until needed.
                self._open_people: set[int] | None = None
                self._run, self._finished = self._last_run()
            except BaseException:
                self._database.close()
                raise

    def opening(self) -> Opening:
        """Return how a run would begin."""
        return Opening(is_resumed=self._run > 0 and self._finished is None)

    def find(self, entity: Entity, key: str) -> Entry | None:
        """Look one record up."""
        left = self._left.get((entity, stored(key)))
        run = self._run if self._finished is None else None
        sent = left.digest if left else None
        try:
            with explained(self.path):
                entry = entry_of(self._database, entity, key, run, sent=sent, is_older=self._is_older)
        except NONSENSE:
            return UNREADABLE
        return entry if entry is None or is_sound(entry) else UNREADABLE

    def find_all(self, entity: Entity, keys: Sequence[str]) -> list[Entry | None]:
        """Look several records up."""
        return [self.find(entity, key) for key in keys]

    def versions(self, customers: Sequence[str]) -> list[bytes | None]:
        """Return the version of each customer; b"" if it is not known, None if the customer is not known."""
        with explained(self.path):
            database = self._customers()
            return [
                version and (OPEN if self._is_under_way(each) else version)
                for each, version in zip(customers, versions_in(database, customers))
            ]

    def people(self, customers: Sequence[str]) -> list[str]:
        """Return names of the persons who have these identifiers."""
        with explained(self.path):
            return named(people_in(self._customers(), customers))

    def known_customers(self) -> Known:
        """Count the identifiers under which a customer is known."""
        with explained(self.path):
            return known_in(self._customers())

    def belongs_to(self, account: Callable[[bytes], bytes]) -> bool | None:
        """Return whether it was written for an account; None if it does not say so."""
        with explained(self.path):
            return belongs(self._database, account) if "account" in self._tables else None

    def is_sound(self) -> bool:
        """Return whether its pages can be read."""
        with explained(self.path):
            return bool(self._row("PRAGMA quick_check(1)")[0] == "ok")

    def glance(self) -> Glance:
        """Return what the run shows about itself, without counting the records."""
        with explained(self.path):
            return glance_at(self.path, self._database, self._tables)

    def rejections(self) -> Iterator[Refused]:
        """Yield the rejected records."""
        with explained(self.path):
            yield from refused_in(self._database)

    def noted(self, name: str) -> str | None:
        """Return what was written down under a name."""
        return next((str(value) for (value,) in self._rows_of("notes", "value", "name = ?", name)), None)

    def status(self) -> JournalStatus:
        """Return a summary, for which all records are counted."""
        glance = self.glance()
        began = self._row("SELECT began FROM runs WHERE id = ?", self._run) if self._run else None
        seen = self._row("SELECT memory FROM limiter") if "limiter" in self._tables else None
        return JournalStatus(
            is_running=glance.is_running,
            began=_moment(began[0] if began else None),
            finished=_moment(self._finished),
            seen=_moment(_seen_at(seen[0]) if seen else self._finished),
            counts=self._counts(),
            codes=self._nested(
                f"SELECT entity, {_json('code')}, count(*) FROM records WHERE state = 'rejected'"
                " GROUP BY 1, 2 ORDER BY 3 DESC"
            ),
            doubts=dict(
                self._rows(
                    f"SELECT {_json('why')}, count(*) FROM records WHERE state IN ('in_doubt', 'released')"
                    " GROUP BY 1 ORDER BY 2 DESC LIMIT 5"
                )
            ),
            settled_in_run=settled_by(self._database, self._run),
            unconfirmed=self._unconfirmed(),
            outbox=self._size("outbox"),
            damaged=self._size("damaged") + self._unreadable,
            sources=tuple(str(path) for (path,) in self._rows_of("sources", "path", "run = ?", self._run)),
            notes=glance.notes,
            glance=glance,
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _last_run(self) -> tuple[int, float | None]:
        if "runs" not in self._tables:
            return 0, 0.0
        number, finished = self._row("SELECT id, finished FROM runs ORDER BY id DESC LIMIT 1") or (0, 0.0)
        return number, finished if isinstance(finished, float | int | None) else 0.0  # damaged: as if it had finished

    def _nested(self, query: str) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {entity: {} for entity in Entity}
        for entity, what, count in self._rows(query):
            if entity in found:
                found[entity][what] = count
        return {entity: counts for entity, counts in sorted(found.items()) if counts}

    def _counts(self) -> dict[str, dict[str, int]]:
        counts = self._nested(f"SELECT entity, {_STATE}, count(*) FROM records GROUP BY 1, 2 ORDER BY 1, 2")
        for entity, key in self._left:
            states = counts.setdefault(entity, {})
            if before := self._row(f"SELECT {_STATE} FROM records WHERE entity = ? AND key = ?", entity, key):
                states[before[0]] -= 1
            states[State.IN_FLIGHT] = states.get(State.IN_FLIGHT, 0) + 1
        return counts

    def _unconfirmed(self) -> int:
        which = f"entity = 'purchase' AND state = 'accepted' AND {_json('effect')} = 'unconfirmed'"
        count = self._one(f"SELECT count(*) FROM records WHERE {which}")
        keys = [key for entity, key in self._left if entity is Entity.PURCHASE]
        return count - sum(self._one(f"SELECT count(*) FROM records WHERE {which} AND key = ?", key) for key in keys)

    def _under_way(self) -> Iterator[Interrupted]:
        if "under_way" in self._tables:  # older journals have none
            damaged: list[int] = []
            yield from left_in(self._database, damaged)
            self._unreadable = len(damaged)

    def _customers(self) -> sqlite3.Connection:
        if self._open_people is None:
            if not {"customers", "people"} <= self._tables:
                copy_customers(self._database)
            under_way = [each for left in self._left.values() for each in left.customers]
            self._open_people = set(people_in(self._database, under_way))
        return self._database

    def _is_under_way(self, customer: str) -> bool:
        if not self._open_people:
            return False
        return not self._open_people.isdisjoint(people_in(self._database, (customer,)))

    def _size(self, table: str) -> int:
        return self._one(f"SELECT count(*) FROM {table}") if table in self._tables else 0

    def _rows_of(self, table: str, columns: str, which: str = "true", *arguments: Any) -> Iterator[Any]:
        if table in self._tables:  # older journals do not have all tables
            yield from self._rows(f"SELECT {columns} FROM {table} WHERE {which}", *arguments)

    def _rows(self, query: str, *arguments: Any) -> Iterator[Any]:
        with explained(self.path):
            yield from self._database.execute(query, arguments)

    def _row(self, query: str, *arguments: Any) -> Any:
        with explained(self.path):
            return self._database.execute(query, arguments).fetchone()

    def _one(self, query: str, *arguments: Any) -> int:
        return int(self._row(query, *arguments)[0])


def _json(name: str) -> str:
    """Return SQL that reads a part of an outcome; NULL if the outcome is damaged."""
    return f"CASE WHEN json_valid(outcome) THEN json_extract(outcome, '$.{name}') END"


def _moment(seconds: float | None) -> datetime | None:
    try:
        return None if not seconds else datetime.fromtimestamp(seconds, UTC)
    except (*NONSENSE, OSError):
        return None


def _seen_at(memory: bytes) -> float | None:
    """Return when the limiter's memory was written, which is its first element."""
    try:
        return float(msgspec.json.decode(memory)[0])
    except NONSENSE:
        return None
