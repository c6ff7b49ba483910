"""`woowup plan`: what a backfill would do and cost, before it does.

Room: cli.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import anyio
import typer

from woowup_async._planning.dry_run import DryRun
from woowup_async._planning.shared_identifiers import SharedValues
from woowup_async.cli import options as o
from woowup_async.cli.connection import Connection
from woowup_async.cli.display import unknown_customers as customers
from woowup_async.cli.display.summary import lines_of
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.display.words import cut, span
from woowup_async.cli.exits import REJECTED, USAGE, WELL, fail
from woowup_async.cli.job import Job, dry_run_of
from woowup_async.cli.spend import per_minute, seconds_for

#: Requests that one more user costs where none is known: half of them may exist already.
_UNSURE = 0.5


def plan_lines(result: DryRun, job: Job) -> Iterator[str]:
    """Say what a dry run came to, in lines."""
    limit, journal = job.connection.rate_limit, job.journal
    report, needed = result.report, result.report.requests
    unsure = int(result.requests["users.create"] * _UNSURE)
    yield from (
        line for line in lines_of(report) if " refused for the rate limit" not in line and "keep them" not in line
    )
    yield from _shared(result.shared.invoices, "invoice numbers stand under several branches")
    yield from _shared(result.shared.identifiers, "identifiers belong to several users")
    yield from customers.lines_of(result, job)
    yield ""
    yield f"{result.batches:,} requests of purchases, {result.size_bytes / 1e6:,.1f} MB"
    if unsure:
        yield f"{needed:,} requests if all users are new or all exist, {needed + unsure:,} if half of them do"
    else:
        yield f"{needed:,} requests"
    yield f"at {per_minute(limit):,.0f} a minute: {span(seconds_for(needed, limit))}" + (
        f" to {span(seconds_for(needed + unsure, limit))}" if unsure else ""
    )
    if journal is None and needed:
        yield "with --journal FILE tomorrow's full export would cost its changes only"


def _shared(shared: SharedValues, what: str) -> Iterator[str]:
    if shared.values:
        yield f"{shared.values:,} {what}; the first:"
        for value, owners in shared.examples:
            yield cut(f"  {value}: {', '.join(owner or '(none)' for owner in owners)}")


def _as_json(result: DryRun, job: Job) -> dict[str, Any]:
    """The same for machines."""
    report, limit = result.report, job.connection.rate_limit
    tallies = {
        name: {"submitted": tally.submitted, "rejected": tally.rejected, "effects": dict(tally.effects)}
        | {"codes": dict(tally.codes)}
        for name, tally in (("users", report.users), ("purchases", report.purchases))
    }
    return tallies | {
        "requests": report.requests,
        "requests_by_endpoint": dict(result.requests),
        "saved": dict(report.saved),
        "batches": result.batches,
        "bytes": result.size_bytes,
        "seconds": seconds_for(report.requests, limit),
        "unknown_fields": dict(report.unknown_fields),
        "cleaned": dict(report.cleaned),
        "notices": dict(report.notices),
        "noticed": list(report.noticed),
        "invoices_under_several_branches": result.shared.invoices.values,
        "identifiers_of_several_users": result.shared.identifiers.values,
        "unknown_customers": customers.as_json(result, job),
        "rejections": [str(rejection) for rejection in report.rejections],
    }


def plan(
    given: o.Given,
    tables: o.Tables,
    budget: o.Budget,
    rules: o.Rules,
    journal: o.Journal = None,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Show what a backfill would send and cost.

    Exit code: 0 all valid, 1 some would be rejected, 2 usage.
    Example: woowup plan --mapping m.toml --users u.csv --purchases 'o*.csv'
    """
    if not given:
        fail("nothing to plan: give --users, --purchases, or both", USAGE)
    job = Job(
        *tables.sources(given),
        connection=Connection(rate_limit=budget.policy()),
        ingest=rules.ingest(),
        journal=journal,
    )
    show_plan(job, as_json=as_json)


def show_plan(job: Job, *, as_json: bool) -> NoReturn:
    """Run a job dry, show what it came to, and end the command."""
    found = anyio.run(dry_run_of, job)
    if as_json:
        say_json(_as_json(found, job))
    else:
        say_all(plan_lines(found, job))
    raise typer.Exit(REJECTED if found.report.rejected else WELL)
