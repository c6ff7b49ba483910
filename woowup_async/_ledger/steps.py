"""The statements that store notes.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from woowup_async._flow import Entity
from woowup_async._ledger import arrays
from woowup_async._ledger import statements as sql
from woowup_async._ledger.claimed import Claimed
from woowup_async._ledger.codes import ENTITIES, key_of
from woowup_async._ledger.rows import about_customers, columns_of, spelled
from woowup_async.ports import Note

#: Most notes of one statement (guessed). PostgreSQL finds a text of an array by reading those before it.
_PART = 200


class Writer(NamedTuple):
    """A process that writes to a ledger: its numbers, the limiter's memory, and the seconds of its lease."""

    number: int
    account: int
    run: int
    memory: bytes
    lease: float


def in_parts(notes: Iterable[Note]) -> list[list[Note]]:
    """Cut notes into parts in which no two are about one record, in their order. Nearly always there is one part."""
    parts: list[list[Note]] = [[]]
    seen = set[str]()
    for note in notes:
        key = note.settled.key or f"\0{note.settled.record.position}"
        if key in seen:
            parts.append([])
            seen.clear()
        seen.add(key)
        parts[-1].append(note)
    return parts


def steps_of(notes: Sequence[Note], who: Writer, claimed: Claimed) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the statements for notes about different records, those of one kind together.

    Args:
        notes: at most one for each record.
        who: the process.
        claimed: the records that it claimed. What it says of others must not overwrite what another process has.

    """
    # first: the others lock rows of the process, which its next notes wait for
    for note in [note for note in notes if note.customers]:
        if (about := about_customers(note)) is not None:
            yield sql.CUSTOMERS, (who.account, about.what, *spelled(note.customers), about.content)
    kinds: dict[tuple[Entity, bool], list[Note]] = {}
    for note in notes:
        entity = note.settled.entity
        kinds.setdefault((entity, note.settled.key in claimed.of(entity)), []).append(note)
    whole, parts, done = claimed.dropped(notes)
    dropped = (
        arrays.integers(whole) if whole else None,
        arrays.integers(parts) if parts else None,
        arrays.texts([key_of(key) for key in done]) if parts else None,
    )
    for (entity, is_mine), all_of_it in kinds.items():
        head = who.number, who.account, ENTITIES[entity], who.run, is_mine
        for first in range(0, len(all_of_it), _PART):
            columns = columns_of(entity, all_of_it[first : first + _PART])
            yield sql.SETTLE, (*head, *columns, who.memory, who.lease, *dropped)
            dropped = None, None, None
