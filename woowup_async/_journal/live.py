"""What a run shows about itself while it runs: one row of live statistics, its problems, and outcomes by hour.

Room: _journal. A dashboard is another process, so the run writes here what the other tables do not say. The row and the
problems are rewritten every few seconds (`_ingest/showing.py`). Outcomes are counted in the step that stores them, so
these counts are exact even if the run is killed.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from woowup_async._journal.damage import NONSENSE
from woowup_async._journal.schema import stored

#: Most problems that are kept (guessed: more than a person reads).
_MOST_PROBLEMS = 200
_COUNT = (
    "INSERT INTO hours VALUES (?, ?, ?, ?)"
    " ON CONFLICT (hour, entity, state) DO UPDATE SET records = records + excluded.records"
)
_SHOW = "INSERT OR REPLACE INTO live VALUES (1, ?, ?)"
_NOTE = (
    "INSERT INTO problems VALUES (?, ?, ?, ?)"
    " ON CONFLICT (began, kind) DO UPDATE SET ended = excluded.ended, what = excluded.what"
)
_FORGET = "DELETE FROM problems WHERE began < (SELECT began FROM problems ORDER BY began DESC LIMIT 1 OFFSET ?)"


class Budget(msgspec.Struct, frozen=True):
    """The account's budget, as the limiter sees it.

    Args:
        limit: requests per window that this run may use.
        estimated: the server's weighted count, with the requests of others.
        carried: its part from the segment before.
        current: its part from this segment.
        elapsed: seconds elapsed in this segment; None while the server's clock is not known.
        segment: seconds of the segment; 0 while the server's clock is not known.
        in_flight: requests without an answer.
        waiting: requests that wait for a permit.
        throttled: answers with 429 since the limiter was made.
        cooldowns: pauses of the whole account after a 429.
        cooling: seconds until the pause ends.
        foreign_rate: requests a second of other programs.
        workers: that share the budget over a store, this one included; 0 if it is not shared.
        part: this worker's part of their requests, from 0 to 1.
        is_fallen_back: whether the store does not work now.

    """

    limit: int
    estimated: float
    carried: float = 0.0
    current: float = 0.0
    elapsed: float | None = None
    segment: float = 0.0
    in_flight: int = 0
    waiting: int = 0
    throttled: int = 0
    cooldowns: int = 0
    cooling: float = 0.0
    foreign_rate: float = 0.0
    workers: int = 0
    part: float = 1.0
    is_fallen_back: bool = False


class Minute(msgspec.Struct, frozen=True, array_like=True):
    """What happened in one minute. `at` is its number since 1970."""

    at: int
    requests: int = 0
    throttled: int = 0
    settled: int = 0


class Live(msgspec.Struct, frozen=True):
    """What a process shows about its run. Times are seconds since 1970.

    Args:
        at: when this was written.
        began: when the process began.
        active: when a request or an outcome last came.
        is_lasting: whether the run has no known end, as that of an ingester.
        counts: outcomes so far, by entity and outcome. Records that an earlier process settled are among them.
        requests: requests of this process.
        throttled: answers with 429 among them.
        minutes: the last hour, oldest first. Minutes without requests and outcomes are left out.
        budget: None if the run has no limiter with a window.

    """

    at: float
    began: float
    active: float = 0.0
    is_lasting: bool = False
    counts: dict[str, dict[str, int]] = {}
    requests: int = 0
    throttled: int = 0
    minutes: list[Minute] = []
    budget: Budget | None = None


class Problem(msgspec.Struct, frozen=True):
    """Something that kept a run from sending. Times are seconds since 1970; `ended` is None while it lasts."""

    began: float
    kind: str
    ended: float | None
    what: str


class Hour(msgspec.Struct, frozen=True):
    """How many records got an outcome in one hour. `hour` is its number since 1970."""

    hour: int
    entity: str
    state: str
    records: int


def count_by_hour(database: sqlite3.Connection, outcomes: Iterable[tuple[str, str]], now: float) -> None:
    """Count outcomes (entity, state), in the caller's transaction."""
    hour = int(now // 3_600)
    rows = [(hour, entity, state, records) for (entity, state), records in Counter(outcomes).items()]
    database.executemany(_COUNT, rows)


def write_live(database: sqlite3.Connection, live: Live, problems: Sequence[Problem]) -> None:
    """Write the row and the problems that are new or have changed, in the caller's transaction."""
    database.execute(_SHOW, (live.at, msgspec.json.encode(live).decode()))
    if problems:
        database.executemany(_NOTE, [(one.began, one.kind, one.ended, stored(one.what)) for one in problems])
        database.execute(_FORGET, (_MOST_PROBLEMS - 1,))


def forget_live(database: sqlite3.Connection, now: float) -> None:
    """Forget the row of an earlier process, and end the problems that it left open, in the caller's transaction.

    So the row and open problems are always of the last process, even if the machine's clock was put back since then.
    """
    database.execute("DELETE FROM live")
    database.execute("UPDATE problems SET ended = ? WHERE ended IS NULL", (now,))


def live_in(database: sqlite3.Connection) -> Live | None:
    """Return the row; None if there is none, or if it is damaged."""
    row = database.execute("SELECT state FROM live").fetchone()
    try:
        return msgspec.json.decode(row[0], type=Live) if row else None
    except NONSENSE:
        return None


def problems_in(database: sqlite3.Connection, most: int) -> tuple[Problem, ...]:
    """Return the last problems, the newest first. Damaged rows are left out."""
    which = "typeof(began) = 'real' AND typeof(coalesce(ended, 0.0)) = 'real' AND typeof(what) = 'text'"
    rows = database.execute(
        f"SELECT began, kind, ended, what FROM problems WHERE {which} ORDER BY began DESC LIMIT ?", (most,)
    )
    return tuple(Problem(*row) for row in rows)


def hours_in(database: sqlite3.Connection, most: int) -> tuple[Hour, ...]:
    """Return the outcomes of the last hours that had any, the oldest first. Damaged rows are left out."""
    rows = database.execute(
        "SELECT hour, entity, state, records FROM hours"
        " WHERE typeof(hour) = 'integer' AND typeof(records) = 'integer'"
        " AND hour >= coalesce((SELECT DISTINCT hour FROM hours ORDER BY hour DESC LIMIT 1 OFFSET ?), 0)"
        " ORDER BY hour, entity, state",
        (most - 1,),
    )
    return tuple(Hour(*row) for row in rows)
