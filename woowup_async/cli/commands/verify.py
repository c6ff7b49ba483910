"""`woowup verify`: is what the journal calls accepted really in the account? A 2xx on bulk only means queued.

Room: cli. It spends one request on totals and one for each purchase of the sample.
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

#: Seconds after which a queued purchase should be there: "near real time" (documented), in minutes (guessed).
DELAY = 300.0
_SHOWN = 10
_READING = "account_stats"


@dataclass(slots=True)
class Verdicts:
    """What was found.

    Attributes:
        confirmed: purchases of the sample that the account has.
        pending: those that it has not yet, a short while after the run.
        missing: those that it should have.
        elsewhere: those whose number it has for another branch: which one it returns is not documented.
        journal: accepted purchases by branch.
        before: purchases of the account by branch, at the verification before; None where there was none.
        now: the same at this one.
        resubmitted: missing ones that the next backfill sends again.

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
    """What to hold against what: a journal, an account, how many of its purchases."""

    journal: Path
    connection: Connection = field(default_factory=Connection)
    sample: int = 50
    delay: float = DELAY
    resubmit: bool = False


async def verify(asked: Verification, random: Random, clock: Callable[[], float] = time.time) -> Verdicts:
    """Look.

    Raises:
        JournalError: it does not exist, a run writes to it, or it is another account's.
        WoowUpError: the account does not answer.

    """
    if not asked.journal.is_file():
        raise JournalError(f"journal {asked.journal}: there is no such file")
    async with asked.connection.opened() as woowup:
        with closing(SqliteLedger(asked.journal, ApiKey(os.environ.get("WOOWUP_API_KEY", "")).mark)) as ledger:
            audit, found = ledger.audit(), Verdicts()
            found.journal = dict(audit.branches())
            noted = ledger.noted(_READING)
            found.before = msgspec.json.decode(noted, type=dict[str, int]) if noted else None
            found.now = _by_branch(await woowup.account_stats())
            ledger.note(_READING, msgspec.json.encode(found.now).decode())
            is_early = clock() - audit.settled_at() < asked.delay
            for key in audit.sample(asked.sample, random):
                await _look(woowup, key, found, is_early=is_early)
            if asked.resubmit:
                _resubmit(audit, found)
    return found


async def _look(woowup: WoowUp, key: str, found: Verdicts, *, is_early: bool) -> None:
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
    """Say what was found, in lines."""
    yield f"{'branch':30}{'journal':>12}{'before':>12}{'now':>12}{'more':>12}"
    before = found.before or {}
    for branch in sorted({*found.journal, *found.now} - {"*"}):
        yield _row(branch or "(none)", found.journal.get(branch, 0), before.get(branch), found.now.get(branch))
    yield _row("all", sum(found.journal.values()), before.get("*"), found.now.get("*"))
    if found.before is None:
        yield "nothing to compare with: verify once before a backfill, too; the next time shows what came in"
    yield ""
    looked = found.confirmed + len(found.pending) + len(found.missing) + len(found.elsewhere)
    yield (
        f"of {looked:,} accepted purchases that were looked up: {found.confirmed:,} confirmed, "
        f"{len(found.pending):,} pending, {len(found.missing):,} missing"
    )
    if found.elsewhere:
        yield f"{len(found.elsewhere):,} have their number at another branch, too: the API returns one of them"
    if found.pending:
        yield "pending ones were queued a short while ago: verify again later"
    for key in found.missing[:_SHOWN]:
        yield cut(f"  missing: {key}")
    if found.resubmitted:
        yield f"{found.resubmitted:,} are released: the same backfill command sends them again"
    elif found.missing:
        yield "with --resubmit, the same backfill command sends the missing ones again; --sample looks at more"


def _row(name: str, journal: int, before: int | None, now: int | None) -> str:
    more = f"{now - before:+,}" if now is not None and before is not None else ""
    cells = [f"{journal:,}", "" if before is None else f"{before:,}", "" if now is None else f"{now:,}", more]
    return f"{printable(name, 29):30}" + "".join(f"{cell:>12}" for cell in cells)


def _as_json(found: Verdicts) -> dict[str, Any]:
    """The same for machines."""
    return {name: getattr(found, name) for name in found.__slots__}


@dataclass(frozen=True, slots=True)
class Checked:
    """What is looked up."""

    sample: Annotated[int, typer.Option(min=0, metavar="N", help="Purchases to look up: a request each.")] = 50
    delay: Annotated[float, typer.Option(metavar="S", help="Pending, not missing, so long.")] = DELAY
    resubmit: Annotated[bool, typer.Option("--resubmit", help="Let the next backfill send missing ones.")] = False


def verify_journal(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL")],
    checked: Checked,
    host: o.Host,
    rate_limit: o.Limit = 70,
    segment: o.SegmentSeconds = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Compare a journal with the account.

    Totals by branch, compared with those of the last verification; and a random sample of purchases, looked up.
    Exit code: 0 nothing missing, 1 some missing, 2 usage.

    Example: woowup verify shop.journal --sample 100
    """
    require_key()
    limit = RateLimit(limit=rate_limit, segment=segment)
    connection = Connection(host.base_url, rate_limit=limit, trust_env=host.trust_env)
    asked = Verification(journal, connection, checked.sample, checked.delay, checked.resubmit)
    found = anyio.run(verify, asked, Random())
    if as_json:
        say_json(_as_json(found))
    else:
        say_all(verdict_lines(found))
    raise typer.Exit(REJECTED if found.missing else WELL)
