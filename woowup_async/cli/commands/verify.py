"""`woowup verify`: compare a journal with the account, since the server only queues bulk requests.

Room: cli. It sends one request for the totals and one for each purchase of the sample.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Annotated, Any

import anyio
import msgspec
import typer

from woowup_async import RateLimit, WoowUp
from woowup_async._journal.audit import Audit, branch_and_number
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._text import printable
from woowup_async._transport.credentials import ApiKey
from woowup_async.cli import options as o
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.terminal import say_all, say_json
from woowup_async.cli.display.words import cut
from woowup_async.cli.exits import REJECTED, WELL, require_key
from woowup_async.errors import JournalError
from woowup_async.models import AccountStats

#: Seconds after which a queued purchase should be in the account: "near real time" (documented), in minutes (guessed).
DELAY = 300.0
_SHOWN = 10
_READING = "account_stats"


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """How many purchases to look up, and what to do with missing ones."""

    sample: Annotated[int, typer.Option(min=0, metavar="N", help="Purchases to look up, one request each.")] = 50
    delay: Annotated[float, typer.Option(metavar="S", help="Seconds that a purchase is pending.")] = DELAY
    resubmit: Annotated[bool, typer.Option("--resubmit", help="Let the next backfill send missing ones.")] = False


def verify(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL")],
    options: VerifyOptions,
    host: o.HostOptions,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Compare a journal with the account.

    Compares totals by branch with those of the last verification, and looks up a random sample of purchases.
    Exit code: 0 nothing missing, 1 some missing, 2 wrong usage.

    Example: woowup verify shop.journal --sample 100
    """
    require_key()
    connection = host.connection(RateLimit(limit=rate_limit, segment=segment))
    verification = Verification(journal, connection, options.sample, options.delay, options.resubmit)
    found = anyio.run(verify_journal, verification, Random())
    if as_json:
        say_json(_as_json(found))
    else:
        say_all(verdict_lines(found))
    raise typer.Exit(REJECTED if found.missing else WELL)


@dataclass(slots=True)
class Verdicts:
    """What a verification found.

    Attributes:
        confirmed: purchases of the sample that the account has.
        pending: purchases that it does not have yet, a short time after the run.
        missing: purchases that it should have.
        elsewhere: purchases whose number it has for another branch. Which one it returns is not documented.
        journal: accepted purchases by branch.
        before: purchases of the account by branch at the last verification. None if this is the first one.
        now: purchases of the account by branch now.
        resubmitted: missing purchases that the next backfill sends again.

    """

    confirmed: int = 0
    pending: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    journal: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] | None = None
    now: dict[str, int] = field(default_factory=dict)
    resubmitted: int = 0


@dataclass(frozen=True, slots=True)
class Verification:
    """Which journal and account to compare, and how."""

    journal: Path
    connection: Connection = field(default_factory=Connection)
    sample: int = 50
    delay: float = DELAY
    resubmit: bool = False


async def verify_journal(
    verification: Verification, random: Random, clock: Callable[[], float] = time.time
) -> Verdicts:
    """Compare a journal with the account.

    Raises:
        JournalError: the journal does not exist, a run writes to it, or it belongs to another account.
        WoowUpError: the account does not answer.

    """
    if not verification.journal.is_file():
        raise JournalError(f"journal {verification.journal}: there is no such file")
    async with verification.connection.opened() as woowup:
        with closing(SqliteLedger(verification.journal, ApiKey(os.environ.get("WOOWUP_API_KEY", "")).mark)) as ledger:
            audit, found = ledger.audit(), Verdicts()
            found.journal = dict(audit.branches())
            noted = ledger.noted(_READING)
            found.before = msgspec.json.decode(noted, type=dict[str, int]) if noted else None
            found.now = _by_branch(await woowup.account_stats())
            ledger.note(_READING, msgspec.json.encode(found.now).decode())
            is_early = clock() - audit.settled_at() < verification.delay
            for key in audit.sample(verification.sample, random):
                await _look_up(woowup, key, found, is_early=is_early)
            if verification.resubmit:
                _resubmit(audit, found)
    return found


async def _look_up(woowup: WoowUp, key: str, found: Verdicts, *, is_early: bool) -> None:
    branch, number = branch_and_number(key)
    stored = await woowup.purchases.find(number)
    if stored is None:
        (found.pending if is_early else found.missing).append(key)
    elif branch and stored.branch is not None and stored.branch.name != branch:
        found.elsewhere.append(key)
    else:
        found.confirmed += 1


def _resubmit(audit: Audit, found: Verdicts) -> None:
    audit.release(found.missing)
    found.resubmitted = len(found.missing)


def _by_branch(stats: AccountStats) -> dict[str, int]:
    by_branch = {each.branch or "": each.total_purchases for each in stats.per_branches}
    return by_branch | {"*": stats.total_purchases}


def verdict_lines(found: Verdicts) -> Iterator[str]:
    """Yield the result as text."""
    yield from _branches(found)
    yield ""
    looked_up = found.confirmed + len(found.pending) + len(found.missing) + len(found.elsewhere)
    yield (
        f"of {looked_up:,} accepted purchases that were looked up: {found.confirmed:,} confirmed, "
        f"{len(found.pending):,} pending, {len(found.missing):,} missing"
    )
    if found.elsewhere:
        yield f"{len(found.elsewhere):,} have a number that another branch has too: the API returns only that one"
    if found.pending:
        yield "pending purchases were queued a short time ago: verify again later"
    for key in found.missing[:_SHOWN]:
        yield cut(f"  missing: {key}")
    if found.resubmitted:
        yield f"{found.resubmitted:,} are released: the same backfill command sends them again"
    elif found.missing:
        yield "with --resubmit, the same backfill command sends the missing ones again"
        yield "with a larger --sample, more purchases are looked up"


def _branches(found: Verdicts) -> Iterator[str]:
    yield f"{'branch':30}{'journal':>12}{'before':>12}{'now':>12}{'more':>12}"
    before = found.before or {}
    for branch in sorted({*found.journal, *found.now} - {"*"}):
        yield _row(branch or "(none)", found.journal.get(branch, 0), before.get(branch), found.now.get(branch))
    yield _row("all", sum(found.journal.values()), before.get("*"), found.now.get("*"))
    if found.before is None:
        yield "nothing to compare with: verify before the next backfill too, to see what it adds"


def _row(name: str, journal: int, before: int | None, now: int | None) -> str:
    more = f"{now - before:+,}" if now is not None and before is not None else ""
    cells = [f"{journal:,}", "" if before is None else f"{before:,}", "" if now is None else f"{now:,}", more]
    return f"{printable(name, 29):30}" + "".join(f"{cell:>12}" for cell in cells)


def _as_json(found: Verdicts) -> dict[str, Any]:
    """Return the result for `--json`."""
    return {name: getattr(found, name) for name in found.__slots__}
