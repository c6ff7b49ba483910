"""Encodes and decodes outcomes for the journal.

Room: _journal. Pure.
"""

from __future__ import annotations

from typing import Any

import msgspec

from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected, Released
from woowup_async.ports import State

_TYPES: dict[State, Any] = {
    State.ACCEPTED: Accepted,
    State.REJECTED: Rejected,
    State.RELEASED: Released,
    State.IN_DOUBT: InDoubt,
}
_STATES = {kind: state for state, kind in _TYPES.items()}
#: The encoded outcomes of most records.
_COMMON: dict[Outcome, str] = {}


def state_of(outcome: Outcome) -> State:
    """Return the state of an outcome."""
    return _STATES[type(outcome)]


def encoded(outcome: Outcome) -> str:
    """Return an outcome as JSON."""
    if isinstance(outcome, Accepted) and not outcome.left_out:
        if outcome not in _COMMON:
            _COMMON[outcome] = msgspec.json.encode(outcome).decode()
        return _COMMON[outcome]
    return msgspec.json.encode(outcome).decode()


def decoded(state: str, text: str | None) -> Outcome | None:
    """Return an outcome from its JSON; None if there is none."""
    kind = _TYPES.get(State(state))
    if kind is None or text is None:
        return None
    outcome: Outcome = msgspec.json.decode(text, type=kind)
    return outcome
