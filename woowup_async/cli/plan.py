"""`woowup plan`: what a backfill would do and cost, before it does.

Room: cli. Called by `app`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from woowup_async._ingest.rehearsal import Rehearsal
from woowup_async._ingest.sharing import Shared
from woowup_async.cli.summary import lines_of
from woowup_async.cli.words import cut, span
from woowup_async.policies import RateLimit

#: Requests that one more user costs where none is known: half of them may exist already.
_UNSURE = 0.5


def told(rehearsal: Rehearsal, limit: RateLimit, journal: Path | None) -> Iterator[str]:
    """Tell a rehearsal in words."""
    report, needed = rehearsal.report, rehearsal.report.requests
    unsure = int(rehearsal.requests["users.create"] * _UNSURE)
    yield from (
        line for line in lines_of(report) if " refused for the rate limit" not in line and "keep them" not in line
    )
    yield from _shared(rehearsal.sharing.invoices, "invoice numbers stand under several branches")
    yield from _shared(rehearsal.sharing.identifiers, "identifiers belong to several users")
    yield ""
    yield f"{rehearsal.batches:,} requests of purchases, {rehearsal.size_bytes / 1e6:,.1f} MB"
    if unsure:
        yield f"{needed:,} requests if all users are new or all exist, {needed + unsure:,} if half of them do"
    else:
        yield f"{needed:,} requests"
    yield f"at {per_minute(limit):,.0f} a minute: {span(seconds_for(needed, limit))}" + (
        f" to {span(seconds_for(needed + unsure, limit))}" if unsure else ""
    )
    if journal is None and needed:
        yield "with --journal FILE tomorrow's full export would cost its changes only"


def _shared(shared: Shared, what: str) -> Iterator[str]:
    if shared.values:
        yield f"{shared.values:,} {what}; the first:"
        for value, owners in shared.examples:
            yield cut(f"  {value}: {', '.join(owner or '(none)' for owner in owners)}")


def as_json(rehearsal: Rehearsal, limit: RateLimit) -> dict[str, Any]:
    """The same for machines."""
    report = rehearsal.report
    tallies = {
        name: {"submitted": tally.submitted, "rejected": tally.rejected, "effects": dict(tally.effects)}
        | {"codes": dict(tally.codes)}
        for name, tally in (("users", report.users), ("purchases", report.purchases))
    }
    return tallies | {
        "requests": report.requests,
        "requests_by_endpoint": dict(rehearsal.requests),
        "saved": dict(report.saved),
        "batches": rehearsal.batches,
        "bytes": rehearsal.size_bytes,
        "seconds": seconds_for(report.requests, limit),
        "unknown_fields": dict(report.unknown_fields),
        "cleaned": dict(report.cleaned),
        "invoices_under_several_branches": rehearsal.sharing.invoices.values,
        "identifiers_of_several_users": rehearsal.sharing.identifiers.values,
        "rejections": [str(rejection) for rejection in report.rejections],
    }


def seconds_for(requests: int, limit: RateLimit) -> float:
    """Seconds that so many requests take."""
    return requests * 60 / per_minute(limit)


def per_minute(limit: RateLimit) -> float:
    """Requests a minute that the account's limit leaves to this run."""
    return limit.limit * limit.share * 60 / limit.segment
