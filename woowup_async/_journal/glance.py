"""A quick look at a journal: what a run shows about itself, without counting the records.

Room: _journal. It reads a few small tables, so it costs the same for any number of records.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from woowup_async._journal.damage import NONSENSE
from woowup_async._journal.live import Hour, Live, Problem, hours_in, live_in, problems_in
from woowup_async._journal.lock import is_locked
from woowup_async._journal.outcomes import decoded
from woowup_async._journal.schema import shown
from woowup_async.outcomes import Rejected
from woowup_async.ports import State

#: Runs, hours with outcomes, and problems that are shown (guessed: what a person looks at).
_RUNS, _HOURS, _PROBLEMS = 6, 48, 10


class RunTimes(msgspec.Struct, frozen=True):
    """When a run began and finished, in seconds since 1970. `finished` is None if it can be resumed."""

    number: int
    began: float
    finished: float | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What a journal shows without counting its records.

    Attributes:
        is_running: whether a process writes to it.
        runs: the last runs, the newest first.
        live: what the last process showed about its run; None if the journal is older than this, or had no run.
        problems: the last problems, the newest first.
        hours: outcomes of the last hours that had any, the oldest first.
        notes: notes of the run, as JSON by name.
        outbox: records that wait in the outbox.

    """

    is_running: bool = False
    runs: tuple[RunTimes, ...] = ()
    live: Live | None = None
    problems: tuple[Problem, ...] = ()
    hours: tuple[Hour, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
    outbox: int = 0


@dataclass(frozen=True, slots=True)
class Refused:
    """One rejected record of a journal. `key` is empty if it was refused before it had one."""

    entity: str
    key: str
    position: str
    outcome: Rejected


def glance_at(path: Path, database: sqlite3.Connection, tables: Set[str]) -> Glance:
    """Look at a journal. `tables` are those that it has: older journals do not have all of them."""
    notes = database.execute("SELECT name, value FROM notes") if "notes" in tables else ()
    return Glance(
        is_running=is_locked(path),
        runs=_runs(database) if "runs" in tables else (),
        live=live_in(database) if "live" in tables else None,
        problems=problems_in(database, _PROBLEMS) if "problems" in tables else (),
        hours=hours_in(database, _HOURS) if "hours" in tables else (),
        notes={str(name): str(value) for name, value in notes},
        outbox=database.execute("SELECT count(*) FROM outbox").fetchone()[0] if "outbox" in tables else 0,
    )


def refused_in(database: sqlite3.Connection) -> Iterator[Refused]:
    """Yield the rejected records. Damaged rows are left out."""
    for entity, key, position, text in database.execute(
        "SELECT entity, key, position, outcome FROM records WHERE state = 'rejected'"
    ):
        try:
            outcome = decoded(State.REJECTED, text)
        except NONSENSE:
            continue
        if isinstance(outcome, Rejected):
            yield Refused(str(entity), shown(str(key)), str(position), outcome)


def _runs(database: sqlite3.Connection) -> tuple[RunTimes, ...]:
    which = "typeof(began) IN ('real', 'integer') AND typeof(coalesce(finished, 0)) IN ('real', 'integer')"
    rows = database.execute(f"SELECT id, began, finished FROM runs WHERE {which} ORDER BY id DESC LIMIT ?", (_RUNS,))
    return tuple(RunTimes(*row) for row in rows)
