"""What a journal's entry means for a record that comes again.

Room: _ingest. Pure. Asked by `pipeline` before a record is sent.

The digest decides: what the account surely has as it is costs no request, what it has otherwise is replaced, what is
in doubt goes again as it was.
"""

from __future__ import annotations

from woowup_async._flow import Entity, Entry, Route, State
from woowup_async.outcomes import Accepted, InDoubt, Outcome
from woowup_async.policies import IngestPolicy

_UNCHANGED = Accepted("unchanged")


def known_outcome(entry: Entry, digest: bytes, policy: IngestPolicy, *, is_lasting: bool = False) -> Outcome | None:
    """Return the outcome of a record that needs no request; None where it needs one.

    `is_lasting`: in a run without end a rejected record that is submitted again is tried again.
    """
    if entry.digest != digest:
        return None
    if entry.state is State.ACCEPTED and (policy.delta or entry.is_this_run):
        return _UNCHANGED
    if entry.state is State.REJECTED and entry.is_this_run and not is_lasting:
        return entry.outcome
    if policy.doubt == "report" and entry.state in (State.IN_FLIGHT, State.IN_DOUBT):
        return entry.outcome or InDoubt("it was in flight when an earlier process of this run ended")
    return None


def route_of(entity: Entity, entry: Entry, digest: bytes, policy: IngestPolicy) -> Route:
    """Say how a known record is sent."""
    if entity is Entity.USER:
        return Route.REPLACE if entry.accepted is not None else Route.PLAIN
    if entry.accepted is not None and (entry.accepted != digest or entry.digest != digest):
        return Route.REPLACE
    is_doubtful = entry.state in (State.IN_FLIGHT, State.IN_DOUBT)
    if is_doubtful and entry.digest != digest:
        return Route.OVERWRITE
    return Route.READ_BACK if is_doubtful and policy.doubt == "read_back" else Route.PLAIN
