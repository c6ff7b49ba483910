"""Reading what a journal says of its records.

Room: _journal.
"""

from __future__ import annotations

import sqlite3

from woowup_async._flow import Entity
from woowup_async._journal.outcomes import decoded
from woowup_async._journal.schema import stored
from woowup_async._journal.tables import OLDER_DOUBT
from woowup_async.outcomes import InDoubt
from woowup_async.ports import Entry, State

_FIND = "SELECT state, digest, accepted, outcome, run, doubt FROM records WHERE entity = ? AND key = ?"
_FIND_OLDER = f"SELECT state, digest, accepted, outcome, run, {OLDER_DOUBT} FROM records WHERE entity = ? AND key = ?"
_SETTLED = "SELECT count(*) FROM records WHERE run = ? AND state IN ('accepted', 'rejected')"

#: What is known of a record whose row is damaged.
UNREADABLE = Entry(State.IN_DOUBT, b"", None, InDoubt("its row in the journal was damaged"), False, b"")


def merged(doubt: bytes | None, digest: bytes) -> bytes:
    """Add a content that may have been processed: b"" stands for several."""
    return digest if doubt is None or doubt == digest else b""


def entry_of(
    database: sqlite3.Connection,
    entity: Entity,
    key: str,
    run: int | None,
    *,
    sent: bytes | None = None,
    is_older: bool = False,
) -> Entry | None:
    """Look one record up.

    Args:
        database: the journal.
        entity: of the record.
        key: of the record.
        run: the present run; None without one.
        sent: digest of the record if it is under way.
        is_older: the journal keeps no doubt of its own.

    Raises:
        ValueError: its row is damaged; so say the other errors of `damage.NONSENSE`, too.

    """
    row = database.execute(_FIND_OLDER if is_older else _FIND, (entity, stored(key))).fetchone()
    if row is None:
        return None if sent is None else Entry(State.IN_FLIGHT, sent, None, None, run is not None, sent)
    state, digest, accepted, outcome, settled_by, doubt = row
    if sent is not None:
        return Entry(State.IN_FLIGHT, sent, accepted, None, run is not None, merged(doubt, sent))
    return Entry(State(state), digest, accepted, decoded(state, outcome), settled_by == run, doubt)


def is_sound(entry: Entry) -> bool:
    """Whether an entry holds what it should: in a file that a writer opened, damaged rows are set aside already."""
    contents = (entry.accepted, entry.doubt)
    if not isinstance(entry.digest, bytes) or not all(isinstance(each, bytes | None) for each in contents):
        return False
    return entry.state is not State.ACCEPTED or entry.accepted is not None


def settled_by(database: sqlite3.Connection, run: int) -> int:
    """Count the records that a run settled."""
    return int(database.execute(_SETTLED, (run,)).fetchone()[0])
