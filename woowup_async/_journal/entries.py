"""Reads the records of a journal.

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

#: The entry of a record whose row is damaged.
UNREADABLE = Entry(State.IN_DOUBT, b"", None, InDoubt("its row in the journal was damaged"), False, b"")


def merged(doubt: bytes | None, digest: bytes) -> bytes:
    """Add a digest that may have been processed to a doubt. b"" stands for several digests."""
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
        entity: the kind of the record.
        key: the key of the record.
        run: the current run; None if there is none.
        sent: the digest of the record if it is under way.
        is_older: whether the journal has no column `doubt`.

    Raises:
        ValueError: its row is damaged. The other errors of `damage.NONSENSE` mean the same.

    """
    row = database.execute(_FIND_OLDER if is_older else _FIND, (entity, stored(key))).fetchone()
    if row is None:
        return None if sent is None else Entry(State.IN_FLIGHT, sent, None, None, run is not None, sent)
    state, digest, accepted, outcome, settled_by, doubt = row
    if sent is not None:
        return Entry(State.IN_FLIGHT, sent, accepted, None, run is not None, merged(doubt, sent))
    return Entry(State(state), digest, accepted, decoded(state, outcome), settled_by == run, doubt)


def is_sound(entry: Entry) -> bool:
    """Return whether an entry has valid values. A writer sets damaged rows aside when it opens the file."""
    contents = (entry.accepted, entry.doubt)
    if not isinstance(entry.digest, bytes) or not all(isinstance(each, bytes | None) for each in contents):
        return False
    return entry.state is not State.ACCEPTED or entry.accepted is not None


def settled_by(database: sqlite3.Connection, run: int) -> int:
    """Count the records that a run settled."""
    return int(database.execute(_SETTLED, (run,)).fetchone()[0])
