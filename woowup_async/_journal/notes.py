"""Writes outcomes as rows of the journal.

Room: _journal.

Doubt belongs to the record. Once bytes of it may have been processed without an answer, only an answer about these
bytes, or the acceptance of a later content, clears the doubt. A record that is released or refused before that stays in
doubt.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence

from woowup_async._flow import Entity
from woowup_async._journal.days import day_of
from woowup_async._journal.live import count_by_hour
from woowup_async._journal.outcomes import encoded, state_of
from woowup_async._journal.schema import place_of, stored
from woowup_async._journal.under_way import Interrupted
from woowup_async.outcomes import Accepted, InDoubt, Rejected
from woowup_async.ports import Note

_MERGED = "CASE WHEN doubt IS NULL OR doubt = excluded.doubt THEN excluded.doubt ELSE x'' END"
_LEFT = f"""
INSERT INTO records (entity, key, digest, state, position, run, doubt) VALUES (?, ?, ?, 'in_flight', ?, ?, ?)
ON CONFLICT (entity, key) DO UPDATE SET
    digest = excluded.digest, state = 'in_flight', outcome = NULL, position = excluded.position, run = excluded.run,
    doubt = {_MERGED}
"""
_SETTLE = f"""
INSERT INTO records (entity, key, digest, accepted, state, outcome, position, run, doubt, day)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (entity, key) DO UPDATE SET
    digest = excluded.digest, accepted = coalesce(excluded.accepted, accepted), outcome = excluded.outcome,
    position = excluded.position, run = excluded.run, day = coalesce(excluded.day, day),
    state = iif(excluded.state = 'released' AND doubt IS NOT NULL, 'in_doubt', excluded.state),
    doubt = CASE WHEN excluded.accepted IS NOT NULL OR doubt = ? THEN NULL
        WHEN excluded.doubt IS NULL THEN doubt ELSE {_MERGED} END
-- what was accepted stays accepted if a later run ends before it compares
WHERE excluded.state <> 'released' OR state <> 'accepted' OR accepted <> excluded.digest
"""

#: A key of a record without one begins with NUL, so it is below `char(1)`. Seldom are there any, which the key finds.
_FORGET = """
DELETE FROM records WHERE entity = :entity AND key < char(1) AND run < :run AND position IN (
    SELECT position FROM records WHERE entity = :entity AND key >= char(1) AND run = :run
)
"""
#: As exact texts: SQLite's module takes a fifth longer for the members themselves.
_ENTITIES = {entity: entity.value for entity in Entity}
#: Entity, key, digest, accepted digest, state, outcome, position, run; the digest in doubt if no answer came; the
#: day of an accepted purchase; the refused digest if the server refused it.
NoteRow = tuple[str, str, bytes, bytes | None, str, str, str, int, bytes | None, int | None, bytes | None]


def rows_of(notes: Iterable[Note], run: int) -> list[NoteRow]:
    """Return outcomes as rows. Those of one request share their outcome and its text."""
    texts: dict[int, tuple[str, str]] = {}
    return [_row(note, run, texts) for note in notes]


def write_settled(database: sqlite3.Connection, rows: Sequence[NoteRow]) -> None:
    """Write outcomes to the database, and count them by hour."""
    database.executemany(_SETTLE, rows)
    count_by_hour(database, [(entity, state) for entity, _, _, _, state, *_ in rows], time.time())


def forget_overtaken(database: sqlite3.Connection, run: int) -> None:
    """Forget what older runs refused without a key, if a run has found a record with a key in its place."""
    for entity in Entity:
        database.execute(_FORGET, {"entity": entity, "run": run})


def write_left(database: sqlite3.Connection, left: Iterable[Interrupted]) -> None:
    """Write records without a known result: each is in flight, and its digest is added to the record's doubt."""
    database.executemany(
        _LEFT, [(each.entity, each.key, each.digest, each.position, each.run, each.digest) for each in left]
    )


def _row(note: Note, run: int, texts: dict[int, tuple[str, str]]) -> NoteRow:
    one, digest, _ = note
    position, outcome, key = place_of(one.record.position), one.outcome, one.key
    if not key.isascii():
        key = stored(key)
    # a record without a key is stored under its position; no key begins like this
    key = key or f"\0{position}"
    known = texts.get(id(outcome))
    state, text = known or texts.setdefault(id(outcome), (state_of(outcome).value, encoded(outcome)))
    accepted = doubt = refused = day = None
    if isinstance(outcome, Accepted):
        accepted = digest
        day = day_of(one.record.raw) if one.entity is Entity.PURCHASE else None
    elif isinstance(outcome, InDoubt):
        doubt = digest
    elif isinstance(outcome, Rejected) and outcome.by == "server":
        refused = digest
    return _ENTITIES[one.entity], key, digest, accepted, state, text, position, run, doubt, day, refused
