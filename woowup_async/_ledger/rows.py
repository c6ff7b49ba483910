"""Turns notes into values for the server, and rows of the server into entries.

Room: _ledger. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from woowup_async._flow import Entity
from woowup_async._journal.days import day_of
from woowup_async._journal.entries import merged
from woowup_async._journal.outcomes import decoded, encoded
from woowup_async._ledger.codes import STATE_OF, code_of, key_of, stored
from woowup_async._text import in_lower_case
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.ports import Entry, Note, State


class Columns(NamedTuple):
    """Notes of one kind, by column. `numbers` say which of `texts` is the outcome of each, counted from 1."""

    keys: list[str]
    digests: list[bytes]
    states: list[int]
    texts: list[str]
    numbers: list[int]
    positions: list[str]
    days: list[int | None]


def columns_of(entity: Entity, notes: Sequence[Note]) -> Columns:
    """Return notes about different records as columns."""
    columns = Columns([], [], [], [], [], [], [])
    keys, digests, states, texts, numbers, positions, days = columns
    known: dict[int, tuple[int, int]] = {}  # by the outcome, which those of one request share
    for settled, digest, _ in notes:
        outcome = settled.outcome
        state, number = known.get(id(outcome)) or known.setdefault(
            id(outcome), (code_of(outcome), _added(texts, outcome))
        )
        position = stored(str(settled.record.position))
        keys.append(key_of(settled.key or f"\0{position}"))  # a record without a key is stored under its position
        digests.append(digest)
        states.append(state)
        numbers.append(number)
        positions.append(position)
        is_day = entity is Entity.PURCHASE and isinstance(outcome, Accepted)
        days.append(day_of(settled.record.raw) if is_day else None)
    return columns


def _added(texts: list[str], outcome: Outcome) -> int:
    texts.append(stored(encoded(outcome)))
    return len(texts)


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
