"""`woowup doctor`: check with four requests whether an account is ready for a backfill.

Room: cli.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
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

#: Requests to the API: enough to see the use by other programs in the headers.
_REQUESTS = 3
#: Seconds that the clocks may differ without a warning (guessed).
_SKEW = 2.0
_PATIENCE = Timeouts(connect=5.0, total=15.0, admit=40.0)


def doctor(
    host: o.HostOptions,
    connectors_url: o.Url = None,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Check key, hosts, clock, limit, and other programs.

    Exit code: 0 ready, 1 not ready, 2 wrong usage.

    Example: WOOWUP_API_KEY=… woowup doctor
    """
    require_key()
    connection = host.connection(RateLimit(segment=segment), connectors_url)
    is_ready = anyio.run(_show_findings, connection, as_json)
    raise typer.Exit(WELL if is_ready else REJECTED)


async def _show_findings(connection: Connection, as_json: bool) -> bool:
    """Show each finding as soon as it is known. Return whether the account is ready."""
    is_ready = True
    async for finding in examine(connection):
        if as_json:
            say_json(finding.as_json())
        else:
            say_all(finding.lines())
        is_ready = is_ready and finding.verdict != "bad"
    return is_ready


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        verdict: "look" means that a person should read it, "bad" that a backfill would fail.
        about: what was checked.
        text: what was found.
        advice: what to do about it.

    """

    verdict: Literal["ok", "look", "bad"]
    about: str
    text: str
    advice: str = ""

    def lines(self) -> Iterator[str]:
        """Yield the finding as text."""
        yield f"{self.verdict:4}  {self.about}: {self.text}"
        if self.advice:
            yield f"      {self.advice}"

    def as_json(self) -> dict[str, str]:
        """Return the finding for `--json`."""
        return {"verdict": self.verdict, "about": self.about, "told": self.text, "advice": self.advice}


async def examine(connection: Connection) -> AsyncIterator[Finding]:
    """Run the checks one by one. Without a valid key, the budget is not checked."""
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
    """Show which proxy is used for which host. Company networks often need one."""
    for url in dict.fromkeys(connection.urls()):
        host, proxy = urlsplit(url).hostname, proxy_for(url)
        if proxy and connection.trust_env:
            yield Finding("ok", "proxy", f"{host} is reached through {proxy}")
        elif proxy:
            advice = "use --trust-env if the host cannot be reached without it"
            yield Finding("look", "proxy", f"the environment sets {proxy} for {host}, but it is not used", advice)
        elif connection.trust_env:
            yield Finding("ok", "proxy", f"the environment sets no proxy for {host}")


async def _key(woowup: WoowUp) -> Finding:
    began = time.perf_counter()
    try:
        for _ in range(_REQUESTS):
            await woowup.users.exists(service_uid="woowup_async-doctor")
    except WoowUpError as error:
        return Finding("bad", "API", str(error), _advice(error))
    seconds = (time.perf_counter() - began) / _REQUESTS
    return Finding("ok", "API", f"the key works; an answer takes {seconds * 1e3:,.0f} ms")


def _budget(woowup: WoowUp, policy: RateLimit) -> Iterator[Finding]:
    seen, skew = woowup.statistics(), woowup.clock_skew()
    if skew is None:
        advice = "a run then keeps a pace that is safe without them, about 5 % slower"
        yield Finding("look", "limit", "the answers have no rate limit headers", advice)
        return
    per_minute = seen.limit * 60 / policy.segment
    yield Finding("ok", "limit", f"{seen.limit} requests a segment, {per_minute:,.0f} a minute")
    yield _clock(skew)
    yield _others(round(seen.estimated - seen.spent))


def _clock(skew: float) -> Finding:
    text = f"the server's clock is {skew:+.1f} s from this machine's"
    if abs(skew) <= _SKEW:
        return Finding("ok", "clock", text)
    return Finding("look", "clock", text, "woowup works with this, but check the time service of this machine")


def _others(requests: int) -> Finding:
    if requests <= 0:
        return Finding("ok", "others", "no other program seems to use the budget")
    text = f"{requests} requests of other programs or of a recent run count against the budget"
    return Finding("look", "others", text, "a backfill leaves room for other programs; --share sets a fixed part")


async def _connectors(woowup: WoowUp) -> Finding:
    """Check the host of the processing log. Only reports need it."""
    try:
        async for _ in woowup.connectors.logs(limit=1):
            break
    except WoowUpError as error:
        advice = "only the processing log needs this host; a backfill works without it"
        return Finding("look", "connectors", str(error), advice)
    return Finding("ok", "connectors", "the processing log answers")


def _advice(error: WoowUpError) -> str:
    match error:
        case Forbidden():
            return "the server does not accept this key: copy it again from the account's settings"
        case AccountGone():
            return "the account was deleted; its key will never work again"
        case Throttled() | AdmissionTimeout():
            return "the account's budget is spent: stop the other programs that use it, or wait a minute"
        case UnexpectedReply():
            return "this is not WoowUp's API: check --base-url and any proxy"
        case NotSent() | ReplyLost():
            return "no answer from this host: check the network, the firewall and --base-url"
    return "see the message; try again in a minute"
