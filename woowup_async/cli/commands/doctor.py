"""`woowup doctor`: check with four requests whether an account and this machine are ready for a backfill.

Room: cli.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import typer

from woowup_async import RateLimit, RetryPolicy, Timeouts, WoowUp
from woowup_async._ledger.opening import Place
from woowup_async._text import counted
from woowup_async._transport.credentials import ApiKey
from woowup_async._wire.addresses import BASE_URL, CONNECTORS_URL
from woowup_async.cli import options as o
from woowup_async.cli.advice import advice_for
from woowup_async.cli.budgets import place_of
from woowup_async.cli.checks import machine, network
from woowup_async.cli.checks.finding import Finding
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.exits import REJECTED, WELL, require_key
from woowup_async.errors import WoowUpError
from woowup_async.statistics import BudgetStatistics

#: Requests to the API: enough to see the use by other programs in the headers.
_REQUESTS = 3
#: Seconds that the clocks may differ without a warning (guessed).
_SKEW = 2.0
_PATIENCE = Timeouts(connect=5.0, total=15.0, admit=40.0)


def doctor(
    host: o.HostOptions,
    connectors_url: str | None,
    segment: float,
    journal: Place | None,
    *,
    as_json: bool,
    config: Path | None,
) -> None:
    """Check network, key, limit, clock, disk and journal."""
    require_key()
    connection = host.connection(RateLimit(segment=segment), connectors_url)
    is_ready = anyio.run(_show_findings, connection, journal, as_json)
    raise typer.Exit(WELL if is_ready else REJECTED)


async def _show_findings(connection: Connection, journal: Place | None, as_json: bool) -> bool:
    """Show each finding as soon as it is known. Return whether the account is ready."""
    is_ready = True
    async for finding in examine(connection, journal):
        if as_json:
            say_json(finding.as_json())
        else:
            say_all(finding.lines())
        is_ready = is_ready and finding.verdict != "bad"
    return is_ready


async def examine(connection: Connection, journal: Place | None = None) -> AsyncIterator[Finding]:
    """Run the checks one by one. Without a valid key, the budget is not checked."""
    for finding in network.proxies(connection):
        yield finding
    if (found := await network.certificate(connection)) is not None:
        yield found
    async with connection.opened() as client:
        woowup = client.with_options(timeouts=_PATIENCE, retry=RetryPolicy(attempts=1))
        found = await _key(woowup)
        yield found
        if found.verdict != "bad":
            for finding in _budget(woowup, connection):
                yield finding
        yield await _connectors(woowup, connection)
    for finding in machine.disk(journal):
        yield finding
    if journal is not None:
        for finding in machine.journal(journal, ApiKey(os.environ["WOOWUP_API_KEY"]).mark):
            yield finding


async def _key(woowup: WoowUp) -> Finding:
    began = time.perf_counter()
    try:
        for _ in range(_REQUESTS):
            await woowup.users.exists(service_uid="woowup_async-doctor")
    except WoowUpError as error:
        return Finding("bad", "API", str(error), advice_for(error))
    seconds = (time.perf_counter() - began) / _REQUESTS
    return Finding("ok", "API", f"the key works; an answer takes {seconds * 1e3:,.0f} ms")


def _budget(woowup: WoowUp, connection: Connection) -> Iterator[Finding]:
    seen, skew = woowup.statistics(), woowup.clock_skew()
    if skew is None:
        advice = "a run then keeps a pace that is safe without them, about 5 % slower"
        yield Finding("look", "limit", "the answers have no rate limit headers", advice)
        return
    per_minute = seen.limit * 60 / connection.rate_limit.segment
    yield Finding("ok", "limit", f"{seen.limit} requests a segment, {per_minute:,.0f} a minute")
    yield _clock(skew)
    if seen.budget is not None:
        yield _shared(seen.budget, place_of(connection.budget or "none"))
    if seen.budget is None or seen.budget.workers <= 1:  # otherwise the other requests may be the workers'
        yield _others(round(seen.estimated - seen.spent))


def _clock(skew: float) -> Finding:
    text = f"the server's clock is {skew:+.1f} s from this machine's"
    if abs(skew) <= _SKEW:
        return Finding("ok", "clock", text)
    return Finding("look", "clock", text, "woowup works with this, but check the time service of this machine")


def _shared(budget: BudgetStatistics, place: str) -> Finding:
    if not budget.is_fallen_back:
        workers = max(0, budget.workers - 1)  # without this one
        return Finding("ok", "budget", f"it is shared over {place}; {counted(workers, 'other worker')} seen lately")
    text = f"the budget store {place} does not work, so each worker uses its own part"
    return Finding("look", "budget", text, "check --budget, WOOWUP_BUDGET and the store; --budget none shares nothing")


def _others(requests: int) -> Finding:
    if requests <= 0:
        return Finding("ok", "others", "no other program seems to use the budget")
    text = f"{requests} requests of other programs or of a recent run count against the budget"
    return Finding("look", "others", text, "a backfill leaves room for other programs; --share sets a fixed part")


async def _connectors(woowup: WoowUp, connection: Connection) -> Finding:
    """Check the host of the processing log. Only reports need it.

    The key of another server, such as the simulator, is not sent to WoowUp's host.
    """
    api, log = connection.urls()
    if log == CONNECTORS_URL and api != BASE_URL:
        text = "the processing log was not asked: the API's URL is not WoowUp's, but the log's is"
        return Finding("look", "connectors", text, "set --connectors-url or WOOWUP_CONNECTORS_URL to check it, too")
    try:
        async for _ in woowup.connectors.logs(limit=1):
            break
    except WoowUpError as error:
        advice = "only the processing log needs this host; a backfill works without it"
        return Finding("look", "connectors", str(error), advice)
    return Finding("ok", "connectors", "the processing log answers")
