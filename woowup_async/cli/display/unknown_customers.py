"""Purchases of unknown customers: how many a dry run found, and how many requests it costs to ask about them.

Room: cli. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from woowup_async._planning.dry_run import DryRun
from woowup_async._planning.unknown_customers import asked_for
from woowup_async._text import counted
from woowup_async.cli.display.words import span
from woowup_async.cli.job import Job
from woowup_async.cli.spend import seconds_for


def lines_of(result: DryRun, job: Job) -> Iterator[str]:
    """Yield the result as text."""
    found, mode = result.unknown_customers, job.ingest.unknown_users
    if not found.users:
        if result.report.purchases.submitted:
            yield "customers of purchases are not checked: give --users, or a --journal with users"
        return
    if not found.purchases:
        return
    yield f"{found.purchases:,} purchases name {found.customers:,} customers who are not among the users"
    if found.other_case:
        yield f"  {found.other_case:,} of these purchases differ only by letter case: correct the e-mail addresses"
    asked = asked_for(found, mode)
    if asked:
        yield f"  asking whether they exist: {_cost(asked, job)} (--unknown-users {mode})"
    if asked < found.customers:
        rest = found.customers - asked
        yield f"  {rest:,} of them are not asked about: their purchases would be unconfirmed"
        yield f"  asking about all of them: {_cost(found.customers, job)} (--unknown-users ask)"


def as_json(result: DryRun, job: Job) -> dict[str, Any] | None:
    """Return the result for `--json`, or None if customers are not checked."""
    found = result.unknown_customers
    if not found.users:
        return None
    asked = asked_for(found, job.ingest.unknown_users)
    return {
        "purchases": found.purchases,
        "customers": found.customers,
        "other_letter_case": found.other_case,
        "asked_for": asked,
        "requests_to_ask_for_all": found.customers,
        "seconds_to_ask_for_all": seconds_for(found.customers, job.connection.rate_limit),
    }


def _cost(requests: int, job: Job) -> str:
    return f"{counted(requests, 'request')}, {span(seconds_for(requests, job.connection.rate_limit))}"
