"""`woowup plan`: what a backfill would do and cost, before it does.

Room: cli. Called by `app`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from woowup_async._ingest.engine import RunPolicy
from woowup_async._ingest.inputs import Inputs
from woowup_async._ingest.rehearsal import Rehearsal, rehearse
from woowup_async.cli.job import Job
from woowup_async.cli.summary import lines_of
from woowup_async.policies import BatchPolicy, RateLimit

#: Requests that one more user costs where none is known: half of them may exist already.
_UNSURE = 0.5
#: Lines of a summary that say nothing of a rehearsal.
_OF_A_RUN = (" refused for the rate limit", "keep them all")


async def plan(job: Job) -> Rehearsal:
    """Rehearse a job."""
    policy = RunPolicy(BatchPolicy(), job.ingest, in_flight=8)
    return await rehearse(policy, Inputs(job.users, job.purchases, job.journal))


def told(rehearsal: Rehearsal, limit: RateLimit, journal: Path | None) -> Iterator[str]:
    """Tell a rehearsal in words."""
    report, needed = rehearsal.report, rehearsal.report.requests
    unsure = int(rehearsal.requests["users.create"] * _UNSURE)
    yield from (
        line for line in lines_of(report) if " refused for the rate limit" not in line and "keep them" not in line
    )
    yield ""
    yield f"{rehearsal.batches:,} requests of purchases, {rehearsal.size_bytes / 1e6:,.1f} MB"
    if unsure:
        yield f"{needed:,} requests if all users are new or all exist, {needed + unsure:,} if half of them do"
    else:
        yield f"{needed:,} requests"
    yield f"at {per_minute(limit):,.0f} a minute: {span(needed, limit)}" + (
        f" to {span(needed + unsure, limit)}" if unsure else ""
    )
    if journal is None and needed:
        yield "with --journal FILE tomorrow's full export would cost its changes only"


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
        "seconds": report.requests * limit.segment / limit.limit,
        "unknown_fields": dict(report.unknown_fields),
    }


def per_minute(limit: RateLimit) -> float:
    """Requests a minute."""
    return limit.limit * 60 / limit.segment


def span(requests: int, limit: RateLimit) -> str:
    """How long so many requests take."""
    seconds = requests * limit.segment / limit.limit
    if seconds < 90:
        return f"{seconds:,.0f} s"
    return f"{seconds / 60:,.1f} min" if seconds < 5_400 else f"{seconds / 3_600:,.1f} h"
