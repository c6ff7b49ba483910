"""`woowup doctor`: is this account ready for a backfill? Four requests, and what to do about each finding.

Room: cli.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from typing import Literal
from urllib.parse import urlsplit

import anyio
import typer

from woowup_async import RateLimit, RetryPolicy, Timeouts, WoowUp
from woowup_async.cli import options as o
from woowup_async.cli.connection import Connection, proxy_for
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.exits import REJECTED, WELL, require_key
from woowup_async.errors import (
    AccountGone,
    AdmissionTimeout,
    Forbidden,
    NotSent,
    ReplyLost,
    Throttled,
    UnexpectedReply,
    WoowUpError,
)

#: Requests to the API: enough for others' use to show in the counts.
_REQUESTS = 3
#: Seconds that a clock may be off before a person should know (guessed).
_SKEW = 2.0
_PATIENCE = Timeouts(connect=5.0, total=15.0, admit=40.0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    verdict: Literal["ok", "look", "bad"]
    about: str
    told: str
    advice: str = ""

    def lines(self) -> Iterator[str]:
        """Say it in lines."""
        yield f"{self.verdict:4}  {self.about}: {self.told}"
        if self.advice:
            yield f"      {self.advice}"


async def examine(connection: Connection) -> AsyncIterator[Finding]:
    """Look at one thing after the other; stop where the next cannot be known."""
    for finding in proxies(connection):
        yield finding
    async with connection.opened() as client:
        woowup = client.with_options(timeouts=_PATIENCE, retry=RetryPolicy(attempts=1))
        found = await _key(woowup)
        yield found
        if found.verdict != "bad":
            for finding in _budget(woowup, connection.rate_limit):
                yield finding
        yield await _connectors(woowup)


def proxies(connection: Connection) -> Iterator[Finding]:
    """Which proxy is on the way to which host: often the only way out of a company."""
    for url in dict.fromkeys(connection.urls()):
        host, proxy = urlsplit(url).hostname, proxy_for(url)
        if proxy and connection.trust_env:
            yield Finding("ok", "proxy", f"{host} is asked through {proxy}")
        elif proxy:
            advice = "where the host cannot be reached without it: --trust-env"
            yield Finding("look", "proxy", f"the environment names {proxy} for {host}; it is not used", advice)
        elif connection.trust_env:
            yield Finding("ok", "proxy", f"the environment names none for {host}")


async def _key(woowup: WoowUp) -> Finding:
    began = time.perf_counter()
    try:
        for _ in range(_REQUESTS):
            await woowup.users.exists(service_uid="woowup_async-doctor")
    except WoowUpError as error:
        return Finding("bad", "API", str(error), _advice(error))
    seconds = (time.perf_counter() - began) / _REQUESTS
    return Finding("ok", "API", f"the key works, an answer takes {seconds * 1e3:,.0f} ms")


def _budget(woowup: WoowUp, policy: RateLimit) -> list[Finding]:
    seen, skew = woowup.statistics(), woowup.clock_skew()
    if skew is None:
        told = "the answers show no window"
        return [Finding("look", "limit", told, "a pace that is safe without headers is kept: some 5 % slower")]
    per_minute = seen.limit * 60 / policy.segment
    found = [Finding("ok", "limit", f"{seen.limit} requests a segment, {per_minute:,.0f} a minute")]
    off = abs(skew) > _SKEW
    advice = "it harms nothing here; check this machine's time service before it harms something else" if off else ""
    found.append(
        Finding("look" if off else "ok", "clock", f"the server's is {skew:+.1f} s from this machine's", advice)
    )
    others = round(seen.estimated - seen.spent)
    if others > 0:
        advice = (
            "other programs, or a run of a moment ago; a backfill gives way to them, RateLimit(share=…) fixes a part"
        )
        found.append(Finding("look", "others", f"{others} requests of somebody else weigh on the budget now", advice))
    else:
        found.append(Finding("ok", "others", "no other program seems to use the budget"))
    return found


async def _connectors(woowup: WoowUp) -> Finding:
    """The processing log's host: needed for reports only."""
    try:
        async for _ in woowup.connectors.logs(limit=1):
            break
    except WoowUpError as error:
        advice = "needed for the processing log only; a backfill does without"
        return Finding("look", "connectors", str(error), advice)
    return Finding("ok", "connectors", "the processing log answers")


def _advice(error: WoowUpError) -> str:
    match error:
        case Forbidden():
            return "the server does not accept this key: copy it again from the account's settings"
        case AccountGone():
            return "the account was deleted; its key will never work again"
        case Throttled() | AdmissionTimeout():
            return "the account's budget is spent: stop what else uses it, or wait a minute"
        case UnexpectedReply():
            return "this is not WoowUp's API: check --base-url, and proxies on the way"
        case NotSent() | ReplyLost():
            return "no answer from this host: check the network, the firewall, and --base-url"
    return "see the message; try again in a minute"


def doctor(
    host: o.Host,
    connectors_url: o.Url = None,
    segment: o.SegmentSeconds = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Check key, hosts, clock, limit, and other programs.

    Exit code: 0 ready, 1 not ready, 2 usage.

    Example: WOOWUP_API_KEY=… woowup doctor
    """
    require_key()
    connection = Connection(host.base_url, connectors_url, RateLimit(segment=segment), host.trust_env)
    is_ready = anyio.run(_shown, connection, as_json)
    raise typer.Exit(WELL if is_ready else REJECTED)


async def _shown(connection: Connection, as_json: bool) -> bool:
    is_ready = True
    async for finding in examine(connection):
        if as_json:
            say_json(asdict(finding))
        else:
            say_all(finding.lines())
        is_ready = is_ready and finding.verdict != "bad"
    return is_ready
