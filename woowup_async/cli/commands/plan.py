"""`woowup plan`: what a backfill would send and cost.

Room: cli.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import anyio
import typer
from rich.console import Console

from woowup_async import RateLimit
from woowup_async._planning.dry_run import DryRun
from woowup_async._planning.shared_identifiers import SharedValues
from woowup_async._text import counted
from woowup_async.cli import options as o
from woowup_async.cli.connection import Connection
from woowup_async.cli.display import soon
from woowup_async.cli.display import unknown_customers as customers
from woowup_async.cli.display.reading import ReadingProgress
from woowup_async.cli.display.summary import dry_run_lines
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.display.words import cut, span
from woowup_async.cli.exits import USAGE, code_of, fail
from woowup_async.cli.job import Job, dry_run_of
from woowup_async.cli.outputs import check_apart, read_files
from woowup_async.cli.spend import LargerRequests, per_minute, requests_in, seconds_for

#: Extra requests per user if half of the users exist. How many exist is not known, so this is guessed.
_UNSURE = 0.5


def plan(
    records: o.RecordOptions,
    tables: o.TableOptions,
    budget: o.BudgetOptions,
    rules: o.RuleOptions,
    files: o.PlanOptions,
    *,
    as_json: bool,
    config: Path | None,
) -> None:
    """Show what a backfill would send and cost."""
    if not records:
        fail("nothing to plan: give --users, --purchases, or both", USAGE)
    check_apart(read_files(records, tables), [("--journal", files.journal), ("--dead-letters", files.dead_letters)])
    connection = Connection(rate_limit=budget.policy())
    job = Job(
        *tables.open(records),
        connection,
        ingest=rules.ingest(),
        dead_letters=files.dead_letters,
        journal=files.journal,
        strict_exit=rules.strict_exit,
        batch=rules.batch(),
        order=rules.order,
        only_buyers=rules.only_buyers,
    )
    show_plan(job, as_json=as_json)


def show_plan(job: Job, *, as_json: bool) -> NoReturn:
    """Run a job without sending, print what it would send and cost, and exit."""
    with ReadingProgress(Console(stderr=True)) as progress:
        result = anyio.run(partial(dry_run_of, job, progress.hear, has_curve=True))
    if as_json:
        say_json(_as_json(result, job))
    else:
        say_all(plan_lines(result, job))
    raise typer.Exit(code_of(result.report, is_strict=job.strict_exit))


def plan_lines(result: DryRun, job: Job) -> Iterator[str]:
    """Yield the result of a dry run as text."""
    yield from dry_run_lines(result.report, job.dead_letters)
    yield from _shared(result.shared.invoices, "invoice numbers appear in several branches")
    yield from _shared(result.shared.identifiers, "identifiers belong to several users")
    yield from customers.lines_of(result, job)
    yield ""
    yield from _cost(result, job.connection.rate_limit)
    yield from _cost_of_larger(larger_requests(result, job), job.connection.rate_limit)
    yield from soon.lines_of(result, job)
    if job.journal is None and result.report.requests:
        yield "with --journal FILE, tomorrow's full export would cost only what changed"


def _cost(result: DryRun, limit: RateLimit) -> Iterator[str]:
    needed = result.report.requests
    unsure = int(result.requests["users.create"] * _UNSURE)
    yield f"{counted(result.batches, 'request')} of purchases, {result.size_bytes / 1e6:,.1f} MB"
    if unsure:
        yield f"{counted(needed, 'request')} if all users are new or all exist, {needed + unsure:,} if half of them do"
    else:
        yield counted(needed, "request")
    upper = f" to {span(seconds_for(needed + unsure, limit))}" if unsure else ""
    yield f"at {per_minute(limit):,.0f} a minute: {span(seconds_for(needed, limit))}{upper}"


def _cost_of_larger(larger: LargerRequests | None, limit: RateLimit) -> Iterator[str]:
    if larger is not None:
        why = "as this account took before" if larger.is_learned else "if the account takes them"
        yield f"with --batch-up-to, in requests of {larger.items:,} purchases, {why}:"
        yield f"  {larger.requests:,} requests, {span(seconds_for(larger.requests, limit))}"


def _shared(shared: SharedValues, what: str) -> Iterator[str]:
    if shared.values:
        yield f"{shared.values:,} {what}; the first:"
        for value, owners in shared.examples:
            yield cut(f"  {value}: {', '.join(owner or '(none)' for owner in owners)}")


def _as_json(result: DryRun, job: Job) -> dict[str, Any]:
    """Return the result of a dry run for `--json`."""
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
        "larger_requests": _larger_as_json(larger_requests(result, job), limit),
        "revenue_on_the_account": soon.as_json(result, job),
        "without_purchases": report.without_purchases,
        "unknown_fields": dict(report.unknown_fields),
        "cleaned": dict(report.cleaned),
        "notices": dict(report.notices),
        "noticed": list(report.noticed),
        "invoices_under_several_branches": result.shared.invoices.values,
        "identifiers_of_several_users": result.shared.identifiers.values,
        "unknown_customers": customers.as_json(result, job),
        "rejections": [str(rejection) for rejection in report.rejections],
    }


def larger_requests(result: DryRun, job: Job) -> LargerRequests | None:
    """Return what a run costs in larger requests: as many purchases as were learned, or as the option allows."""
    learned, most = result.learned, job.batch.grow_to
    if learned is None and most is None:
        return None
    items = min(size for size in (learned and learned.items.works, most) if size)
    size_bytes = learned.size_bytes.works if learned is not None else job.batch.grow_bytes_to
    bulk = requests_in(result.bulk_items, result.size_bytes, items, size_bytes)
    return LargerRequests(items, result.report.requests - result.batches + bulk, learned is not None)


def _larger_as_json(larger: LargerRequests | None, limit: RateLimit) -> dict[str, Any] | None:
    return None if larger is None else larger._asdict() | {"seconds": seconds_for(larger.requests, limit)}
