"""The statements that store notes.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from woowup_async._flow import Entity
from woowup_async._ledger import arrays
from woowup_async._ledger import statements as sql
from woowup_async._ledger.claimed import Claimed, Dropped
from woowup_async._ledger.codes import ENTITIES, key_of
from woowup_async._ledger.rows import about_customers, columns_of, spelled
from woowup_async.ports import Note

#: Most notes of one statement (guessed). PostgreSQL finds a text of an array by reading those before it.
_PART = 200


class Writer(NamedTuple):
    """A process that writes to a ledger: its numbers, the limiter's memory, the seconds of its lease, and its step."""

    number: int
    account: int
    run: int
    memory: bytes
    lease: float
    step: int = 0


def in_parts(notes: Iterable[Note]) -> list[list[Note]]:
    """Cut notes into parts in which no two are about one record, in their order. Nearly always there is one part."""
    given = list(notes)
    keys = [note.settled.key or f"\0{note.settled.record.position}" for note in given]
    seen = set(keys)
    if len(seen) == len(keys):
        return [given]
    parts: list[list[Note]] = [[]]
    seen.clear()
    for note, key in zip(given, keys):
        if key in seen:
            parts.append([])
            seen.clear()
        seen.add(key)
        parts[-1].append(note)
    return parts


def steps_of(
    notes: Iterable[Note], who: Writer, claimed: Claimed, dropped: Dropped
) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the statements for notes, in their order, those of one kind together.

    Args:
        notes: what is stored.
        who: the process.
        claimed: the records that it claimed. What it says of others must not overwrite what another process has.
        dropped: what the notes remove from claims. The first statement about records does it, and has the number of
            the step.

    """
    claims: tuple[arrays.Packed | None, ...] = _claims_of(dropped)
    step: int | None = who.step
    for part in in_parts(notes):
        # first: the others lock rows of the process, which its next notes wait for
        for note in [note for note in part if note.customers]:
            if (about := about_customers(note)) is not None:
                yield sql.CUSTOMERS, (who.account, about.what, *spelled(note.customers), about.content)
        for entity, is_mine, some in _kinds(part, claimed):
            head = who.number, who.account, ENTITIES[entity], who.run, is_mine
            is_new = is_mine and claimed.are_new(some)
            yield sql.SETTLE, (*head, *columns_of(entity, some), who.memory, who.lease, *claims, is_new, step)
            claims, step = (None, None, None), None


def late_steps_of(notes: Sequence[Note], who: Writer) -> Iterator[tuple[str, Sequence[Any]]]:
    """Yield the statements for notes of a process whose lease has ended. Nothing is said about customers."""
    for part in in_parts(notes):
        for entity, _, some in _kinds(part, Claimed()):
            yield sql.LATE, (who.number, who.account, ENTITIES[entity], who.run, *columns_of(entity, some))


def _kinds(notes: Sequence[Note], claimed: Claimed) -> Iterator[tuple[Entity, bool, list[Note]]]:
    """Yield notes of one kind, some at a time, and whether this process claimed their records."""
    kinds: dict[tuple[Entity, bool], list[Note]] = {}
    entities = {one.entity for one, _, _ in notes}
    if len(entities) == 1 and claimed.of(entity := next(iter(entities))).keys() >= {one.key for one, _, _ in notes}:
        kinds[entity, True] = list(notes)  # nearly always
    else:
        for note in notes:
            entity = note.settled.entity
            kinds.setdefault((entity, note.settled.key in claimed.of(entity)), []).append(note)
    for (entity, is_mine), all_of_it in kinds.items():
        for first in range(0, len(all_of_it), _PART):
            yield entity, is_mine, all_of_it[first : first + _PART]


def _claims_of(dropped: Dropped) -> tuple[arrays.Packed | None, ...]:
    return (
        arrays.integers(dropped.whole) if dropped.whole else None,
        arrays.integers(dropped.parts) if dropped.parts else None,
        arrays.texts([key_of(key) for key in dropped.done]) if dropped.parts else None,
    )
