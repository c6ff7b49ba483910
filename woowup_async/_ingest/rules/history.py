"""Decides whether a known record is sent again, and how.

Room: _ingest. Pure.

The digest decides. If the account certainly has this content, no request is sent. If it has other content, that is
replaced. If it may have other content, the record is created, or updated if it exists.
"""

from __future__ import annotations

from woowup_async._flow import Entity, Route
from woowup_async._ingest.rules.verdicts import UNCONFIRMED, unchanged_after
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Rejected
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Entry, State


def known_outcome(
    entry: Entry, digest: bytes, policy: IngestPolicy, *, is_lasting: bool = False, is_confirmed: bool = True
) -> Outcome | None:
    """Return the outcome of a record that needs no request; None if it needs one.

    Args:
        entry: what is known about the record.
        digest: digest of the bytes that would be sent.
        policy: the settings of the run.
        is_lasting: whether the run has no known end. Then a rejected record that is submitted again is sent again.
        is_confirmed: whether the customer of a purchase is known now.

    """
    if entry.digest != digest:
        return None
    if (doubt := doubt_of(entry)) is not None:
        is_same = doubt == digest
        why = "it was in flight when an earlier process of this run ended"
        return _in_doubt(entry, why) if policy.doubt == "report" and is_same else None
    if entry.state is State.ACCEPTED and (policy.delta or entry.is_this_run):
        if _is_present(entry) and policy.on_duplicate == "update":
            return None  # its number was taken, perhaps with other content
        if not is_unconfirmed(entry):
            return unchanged_after(entry.outcome)
        return None if is_confirmed or policy.unknown_users == "ask" else UNCONFIRMED
    if entry.state is State.REJECTED and entry.is_this_run and not is_lasting:
        is_orphan = isinstance(entry.outcome, Rejected) and entry.outcome.code == "user_not_found"
        return None if is_orphan and is_confirmed else entry.outcome
    return None


def route_of(entity: Entity, entry: Entry, digest: bytes, policy: IngestPolicy) -> Route:
    """Return how a known record is sent."""
    if entity is Entity.USER:
        return Route.REPLACE if entry.accepted is not None else Route.PLAIN
    doubt = doubt_of(entry)
    if _is_present(entry) and policy.on_duplicate == "update":
        return Route.REPLACE
    if entry.accepted is not None and (entry.accepted != digest or doubt not in (None, digest)):
        return Route.REPLACE
    if doubt is None:
        return Route.REPLACE if entry.accepted is not None and entry.digest != digest else Route.PLAIN
    if doubt != digest:
        return Route.OVERWRITE
    return Route.READ_BACK if policy.doubt == "read_back" else Route.PLAIN


def doubt_of(entry: Entry) -> bytes | None:
    """Return the digest that may have been processed without an answer; b"" for several digests, None for no doubt."""
    if entry.doubt is None and entry.state in (State.IN_FLIGHT, State.IN_DOUBT):
        return entry.digest
    return entry.doubt


def is_unconfirmed(entry: Entry) -> bool:
    """Return whether it was queued while its customer was not known to exist."""
    return isinstance(entry.outcome, Accepted) and entry.outcome.effect == "unconfirmed"


def _is_present(entry: Entry) -> bool:
    return isinstance(entry.outcome, Accepted) and entry.outcome.effect == "present"


def _in_doubt(entry: Entry, why: str) -> Outcome:
    return entry.outcome if isinstance(entry.outcome, InDoubt) else InDoubt(why)
