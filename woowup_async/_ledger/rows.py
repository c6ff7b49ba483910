"""Turns notes into values for the server, and rows of the server into entries.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from woowup_async._flow import Entity, Item, Record
from woowup_async._journal.days import day_of
from woowup_async._journal.entries import merged
from woowup_async._journal.outcomes import decoded, encoded
from woowup_async._ledger.arrays import Packed, digests, integers, shorts, texts, texts_or_nulls
from woowup_async._ledger.codes import STATE_OF, code_of, key_of, keys_of, stored, stored_all
from woowup_async._ledger.leaving import SEPARATOR
from woowup_async._text import in_lower_case
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.ports import Entry, Note, State


class Columns(NamedTuple):
    """Notes of one kind, by column. `numbers` say which of `states` and `texts` each has, counted from 1."""

    keys: Packed
    digests: Packed
    states: Packed
    texts: Packed
    numbers: Packed
    positions: Packed
    days: Packed | None


def columns_of(entity: Entity, notes: Sequence[Note]) -> Columns:
    """Return notes about different records as columns."""
    outcomes: list[Outcome] = []
    known: dict[int, int] = {}  # by the outcome, which those of one request share
    numbers = [
        known.get(id(each.outcome)) or known.setdefault(id(each.outcome), _added(outcomes, each.outcome))
        for each, _, _ in notes
    ]
    positions = _positions([each.record for each, _, _ in notes])
    return Columns(
        # a record without a key is stored under its position
        texts(keys_of([each.key or f"\0{position}" for (each, _, _), position in zip(notes, positions)])),
        digests([digest for _, digest, _ in notes]),
        shorts([code_of(outcome) for outcome in outcomes]),
        texts([stored(encoded(outcome)) for outcome in outcomes]),
        shorts(numbers),
        texts(positions),
        _days(notes) if entity is Entity.PURCHASE else None,
    )


def items_of(
    entity: Entity, places: list[str], items: Sequence[Item], seen: Sequence[int]
) -> tuple[Packed | None, ...]:
    """Return items, and the settlements of their records that were seen, as the arrays of a claim."""
    named = [_named(item.customers) for item in items] if entity is Entity.USER else None
    return (
        texts(places),
        digests([item.digest for item in items]),
        texts(_positions([item.record for item in items])),
        None if named is None else texts_or_nulls(named),
        integers(seen),
    )


def _named(customers: Sequence[str]) -> str | None:
    names, lowered = spelled(customers)
    return SEPARATOR.join([*names, *(each or "" for each in lowered)]) if names else None


def _positions(records: Iterable[Record]) -> list[str]:
    """Return positions as texts. `str` would be one more call for each."""
    positions = [record.position for record in records]
    return stored_all([f"{position.source}:{position.number}" for position in positions])


def _days(notes: Sequence[Note]) -> Packed | None:
    """Return the days of accepted purchases; None if there are none."""
    days = [day_of(each.record.raw) if isinstance(each.outcome, Accepted) else None for each, _, _ in notes]
    return integers(days) if any(day is not None for day in days) else None


def _added(outcomes: list[Outcome], outcome: Outcome) -> int:
    outcomes.append(outcome)
    return len(outcomes)


def under_way(
    rows: list[tuple[Any, ...]], keys: Sequence[str], claimed: Mapping[str, tuple[bytes, int]], mine: int
) -> list[tuple[Any, ...]]:
    """Return rows of `statements.FIND` with what this process has claimed, which the server does not look up."""
    if not claimed or claimed.keys().isdisjoint(keys):
        return rows
    by_place = {row[0] - 1: row for row in rows}
    for place, key in enumerate(keys):
        if key in claimed:
            known = by_place.get(place, (place + 1, *[None] * 7))
            by_place[place] = (*known[:8], mine, claimed[key][0], True)
    return list(by_place.values())


def entry_of(row: Sequence[Any], mine: int, run: int) -> Entry:
    """Return an entry from a row of `statements.FIND`, of a writer and a run."""
    _, code, digest, accepted, text, settled_in, doubt, _, writer, sent, is_alive = row
    if writer is not None:
        is_elsewhere = writer != mine and bool(is_alive)
        return Entry(State.IN_FLIGHT, sent, accepted, None, not is_elsewhere, merged(doubt, sent), is_elsewhere)
    state = STATE_OF[code]
    return Entry(state, digest, accepted, decoded(state, text), settled_in == run, doubt)


class About(NamedTuple):
    """What an outcome says about customers: a word of `woowup_customers`, and the version of their user."""

    what: str
    content: bytes | None = None


def about_customers(note: Note) -> About | None:
    """Return what a note says about its customers, as `_journal.customers` does; None if it says nothing."""
    settled, digest, customers = note
    outcome = settled.outcome
    if not customers:
        return None
    if settled.entity is not Entity.USER:
        if isinstance(outcome, Accepted):
            return About("confirm")
        is_missing = isinstance(outcome, Rejected) and outcome.code == "user_not_found"
        return About("forget") if is_missing else None
    if isinstance(outcome, Accepted):
        return About("accept", digest)
    if isinstance(outcome, InDoubt):
        return About("open", b"")
    return About("link") if len(customers) > 1 or not isinstance(outcome, Rejected) else None


def spelled(customers: Sequence[str]) -> tuple[list[str], list[str | None]]:
    """Return identifiers as they are stored, and e-mail addresses also in lower case; None for other identifiers."""
    lowered = [None if (fold := in_lower_case(each)) is None else key_of(fold) for each in customers]
    return [key_of(each) for each in customers], lowered
