"""`woowup verify`: compare a journal with the account, since the server only queues bulk requests.

Room: cli. `verification` compares. It sends one request for the totals, one for each purchase of the sample, and more
to find missing ones if the totals differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import anyio
import typer

from woowup_async import RateLimit
from woowup_async._ledger.opening import Place
from woowup_async._text import counted, printable
from woowup_async.cli import options as o
from woowup_async.cli.display.terminal import say, say_all, say_json
from woowup_async.cli.display.words import cut
from woowup_async.cli.exits import REJECTED, STOPPED, WELL, require_key
from woowup_async.cli.verification import Verdicts, Verification, verify_journal

_SHOWN = 10


def verify(
    journal: Place,
    options: o.VerifyOptions,
    host: o.HostOptions,
    rate_limit: int,
    segment: float,
    *,
    as_json: bool,
    config: Path | None,
) -> None:
    """Compare a journal with the account."""
    require_key()
    connection = host.connection(RateLimit(limit=rate_limit, segment=segment))
    verification = Verification(
        journal, connection, options.sample, options.delay, options.resubmit, options.new_key, options.max_requests,
        announce=None if as_json else say,
    )  # fmt: skip
    found = anyio.run(verify_journal, verification, Random())  # noqa: S311 - it draws a sample
    if as_json:
        say_json(_as_json(found))
    else:
        say_all(verdict_lines(found))
    raise typer.Exit(REJECTED if found.missing else STOPPED if found.is_cut else WELL)


def verdict_lines(found: Verdicts) -> Iterator[str]:
    """Yield the result as text."""
    yield from _branches(found)
    yield from _days(found)
    yield ""
    pending = len(found.pending) + len(found.under_way)
    looked_up = found.confirmed + pending + len(found.missing) + len(found.elsewhere)
    yield (
        f"of {looked_up:,} accepted purchases that were looked up: {found.confirmed:,} confirmed, "
        f"{pending:,} pending, {len(found.missing):,} missing"
    )
    yield from _remarks(found)
    if found.elsewhere:
        yield f"{len(found.elsewhere):,} have a number that another branch has too: the API returns only that one"
    if found.pending:
        yield "pending purchases were queued a short time ago: verify again later"
    if found.under_way:
        yield f"a running process sends {len(found.under_way):,} of them, or has just sent them: verify again later"
    for key in found.missing[:_SHOWN]:
        yield cut(f"  missing: {key}")
    if found.resubmitted:
        yield f"{found.resubmitted:,} are released: the same backfill command sends them again"
    elif found.missing:
        yield "with --resubmit, the same backfill command sends the missing ones again"
        yield "with a larger --sample, more purchases are looked up"


def _remarks(found: Verdicts) -> Iterator[str]:
    """Yield what limits the result."""
    if found.presumed:
        yield f"{found.presumed:,} of them were not looked up: the account has none of their branch and day"
    if found.short_days and found.undated:
        yield f"{found.undated:,} purchases have no day in the journal: only the sample may find them"
    if found.is_cut:
        yield f"stopped after {counted(found.requests, 'request')} (--max-requests): the rest was not compared"


def _days(found: Verdicts) -> Iterator[str]:
    """Yield the days of which the account has fewer purchases."""
    if not found.short_days:
        return
    yield ""
    yield f"{'day':12}{'branch':30}{'journal':>12}{'account':>12}"
    for each in found.short_days[:_SHOWN]:
        name = printable(each.branch, 29) or "(others)"
        yield f"{each.day:%Y-%m-%d}  {name:30}{each.journal:>12,}{each.account:>12,}"
    if len(found.short_days) > _SHOWN:
        yield f"and {len(found.short_days) - _SHOWN:,} more"


def _branches(found: Verdicts) -> Iterator[str]:
    yield f"{'branch':30}{'journal':>12}{'before':>12}{'now':>12}{'more':>12}"
    before = found.before or {}
    for branch in sorted({*found.journal, *found.now} - {"*"}):
        yield _row(branch or "(none)", found.journal.get(branch, 0), before.get(branch), found.now.get(branch))
    yield _row("all", sum(found.journal.values()), before.get("*"), found.now.get("*"))
    if found.before is None:
        yield "nothing to compare with: verify before the next backfill, to see what it adds"


def _row(name: str, journal: int, before: int | None, now: int | None) -> str:
    more = f"{now - before:+,}" if now is not None and before is not None else ""
    cells = [f"{journal:,}", "" if before is None else f"{before:,}", "" if now is None else f"{now:,}", more]
    return f"{printable(name, 29):30}" + "".join(f"{cell:>12}" for cell in cells)


def _as_json(found: Verdicts) -> dict[str, Any]:
    """Return the result for `--json`."""
    days = [
        {"day": each.day.isoformat(), "branch": each.branch, "journal": each.journal, "account": each.account}
        for each in found.short_days
    ]
    return {name: getattr(found, name) for name in found.__slots__} | {"short_days": days}
