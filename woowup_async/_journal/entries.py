"""Reading what a journal says of its records.

Room: _journal. Used by `ledger`, which writes, and by `reader`, which only looks.
"""

from __future__ import annotations

import sqlite3

from woowup_async._flow import Entity, Entry, State
from woowup_async._journal.outcomes import decoded
from woowup_async._journal.schema import stored

_FIND = "SELECT state, digest, accepted, outcome, run FROM records WHERE entity = ? AND key = ?"
_SETTLED = "SELECT count(*) FROM records WHERE run = ? AND state IN ('accepted', 'rejected')"


def entry_of(
    database: sqlite3.Connection, entity: Entity, key: str, run: int | None, *, sent: bytes | None = None
) -> Entry | None:
    """Look one record up; `run` is the present one, None where there is none; `sent`: its digest if it is under way."""
    row = database.execute(_FIND, (entity, stored(key))).fetchone()
    if sent is not None:
        return Entry(State.IN_FLIGHT, sent, row[2] if row else None, None, is_this_run=run is not None)
    if row is None:
        return None
    state, digest, accepted, outcome, settled_by = row
    return Entry(State(state), digest, accepted, decoded(state, outcome), settled_by == run)


def settled_by(database: sqlite3.Connection, run: int) -> int:
    """Count the records that a run settled."""
    return int(database.execute(_SETTLED, (run,)).fetchone()[0])
