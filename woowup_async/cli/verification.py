"""Compares a journal with the account: totals first, then single purchases where totals differ, then a sample.

Room: cli. Totals only say where to look. A purchase counts as missing if it was looked up, or if the account has none
of its branch and day and some of them were looked up.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import msgspec

from woowup_async import WoowUp
from woowup_async._journal.audit import Audit, branch_and_number
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._ledger.address import check_driver, file_of
from woowup_async._ledger.opening import Place
from woowup_async._text import counted
from woowup_async._transport.credentials import ApiKey
from woowup_async.cli.connection import Connection
from woowup_async.cli.daily_totals import Searched, ShortDay, Totals, differs, short_days, totals_of
from woowup_async.cli.display.words import span
from woowup_async.cli.spend import per_minute, seconds_for
from woowup_async.errors import JournalError
from woowup_async.models import AccountStats

if TYPE_CHECKING:
    from woowup_async._ledger.reader import PostgresReader

#: Seconds after which a queued purchase should be in the account: "near real time" (documented), in minutes (guessed).
DELAY = 300.0
#: Purchases that are looked up of a day of which the account has none, before all of them count as missing (guessed).
_PROOFS = 3
_READING = "account_stats"


@dataclass(slots=True)
class Verdicts:
    """What a verification found.

    Attributes:
        confirmed: purchases that were looked up and that the account has.
        pending: purchases that it does not have yet, a short time after the run.
        under_way: purchases that it does not have, and that a running process sends or has just sent.
        missing: purchases that it should have.
        elsewhere: purchases whose number it has for another branch. Which one it returns is not documented.
        journal: accepted purchases by branch.
        before: purchases of the account by branch at the last verification. None if this is the first one.
        now: purchases of the account by branch now.
        resubmitted: missing purchases that the next backfill sends again.
        short_days: days and branches of which the account has fewer purchases than the journal.
        presumed: missing or pending purchases that were not looked up, since the account has none of their day.
        undated: accepted purchases whose day the journal does not know, so only the sample may find them.
        requests: requests that were sent.
        is_cut: whether the allowed requests were not enough.

    """

    confirmed: int = 0
    pending: list[str] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    journal: dict[str, int] = field(default_factory=dict)
    before: dict[str, int] | None = None
    now: dict[str, int] = field(default_factory=dict)
    resubmitted: int = 0
    short_days: tuple[ShortDay, ...] = ()
    presumed: int = 0
    undated: int = 0
    requests: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Verification:
    """Which journal and account to compare, and how.

    Args:
        journal: the file, or the ledger on a server.
        connection: to the account.
        sample: purchases to look up at random.
        delay: seconds in which a purchase that the account does not have is pending.
        resubmit: whether the next backfill sends missing ones again.
        has_new_key: whether the journal was written with an older key of the account.
        max_requests: the most requests to send. None for no limit.
        announce: called with lines about the cost, before it is spent.

    """

    journal: Place
    connection: Connection = field(default_factory=Connection)
    sample: int = 50
    delay: float = DELAY
    resubmit: bool = False
    has_new_key: bool = False
    max_requests: int | None = None
    announce: Callable[[str], None] | None = None


async def verify_journal(
    verification: Verification, random: Random, clock: Callable[[], float] = time.time
) -> Verdicts:
    """Compare a journal with the account.

    Raises:
        JournalError: the journal does not exist, a run writes to it, or it belongs to another account.
        WoowUpError: the account does not answer.

    """
    account = ApiKey(os.environ.get("WOOWUP_API_KEY", "")).mark
    async with verification.connection.opened() as woowup:
        await verification.connection.check_host()
        with _opened(verification, account) as (ledger, audit):
            found = Verdicts()
            found.journal = dict(audit.branches())
            noted = ledger.noted(_READING)
            found.before = msgspec.json.decode(noted, type=dict[str, int]) if noted else None
            is_early = clock() - audit.settled_at() < verification.delay
            comparison = _Comparison(verification, woowup, audit, found, is_early=is_early)
            stats = await comparison.whole()
            found.now = _by_branch(stats)
            ledger.note(_READING, msgspec.json.encode(found.now).decode())
            await comparison.rest(stats, random)
            if verification.resubmit:
                audit.release(found.missing)
                found.resubmitted = len(found.missing)
    return found


@contextmanager
def _opened(
    verification: Verification, account: Callable[[bytes], bytes]
) -> Iterator[tuple[SqliteLedger | PostgresReader, Audit]]:
    place = verification.journal
    if isinstance(place, Path):
        if not place.is_file():
            raise JournalError(f"journal {place}: there is no such file")
        with closing(SqliteLedger(place, account, adopt=verification.has_new_key)) as ledger:
            yield ledger, ledger.audit()
        return
    if verification.has_new_key:
        file_of(place)
    check_driver(place)
    from woowup_async._ledger.audit import PostgresAudit
    from woowup_async._ledger.reader import PostgresReader

    with closing(PostgresReader(place, account)) as reader:
        yield reader, PostgresAudit(reader)


@dataclass(slots=True)
class _Comparison:
    """One comparison, with the requests that it may still send."""

    asked: Verification
    woowup: WoowUp
    audit: Audit
    found: Verdicts
    is_early: bool
    days: dict[date, Totals] = field(init=False)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.days = self.audit.days()

    async def whole(self) -> AccountStats:
        """Announce the cost, and return the totals of the account."""
        days, accepted = len(self.days), sum(self.found.journal.values())
        fewest = 1 + min(self.asked.sample, accepted)
        self._announce(f"comparing {accepted:,} accepted purchases of {days:,} days")
        self._announce(f"  this takes {self._cost(fewest)}")
        if self._is_big():
            self._announce(f"  if the totals differ, at most {self._cost(days)} more")
        self.found.requests += 1
        return await self.woowup.account_stats()

    async def rest(self, stats: AccountStats, random: Random) -> None:
        """Search the days if the totals differ, look up purchases of short days, and look up a sample."""
        named = self.found.journal
        if self._is_big() and differs(Counter(named), totals_of(stats, named)):
            searched = await self._search()
            self.found.short_days = searched.days
            await self._look_into(searched.days)
        for key in self.audit.sample(self.asked.sample, random):
            await self._look_up(key)
        self._set_aside()

    def _set_aside(self) -> None:
        """Count missing purchases that a process sends meanwhile as under way. A ledger on a server may have some."""
        if under_way := self.audit.under_way(self.found.missing, self.asked.delay):
            self.found.under_way = [key for key in self.found.missing if key in under_way]
            self.found.missing = [key for key in self.found.missing if key not in under_way]

    def _is_big(self) -> bool:
        """Return whether some purchases would not be looked up without a search."""
        return sum(self.found.journal.values()) > self.asked.sample

    async def _search(self) -> Searched:
        self.found.undated = sum(self.found.journal.values()) - sum(each.total() for each in self.days.values())
        return await short_days(self.days, self._ask)

    async def _ask(self, first: date, last: date) -> Totals | None:
        if not self._may_send():
            return None
        return totals_of(await self.woowup.account_stats(from_=first, to=last), self.found.journal)

    async def _look_into(self, days: Sequence[ShortDay]) -> None:
        """Look up purchases of short days, until as many are missing as the totals say."""
        if not days:
            return
        most = sum(_PROOFS if each.account == 0 else each.journal for each in days)
        fewer = sum(each.journal - each.account for each in days)
        self._announce(f"{fewer:,} purchases fewer than in the journal")
        self._announce(f"  to find which takes at most {self._cost(most)}")
        keys = self.audit.keys_on({(each.branch, each.day) for each in days})
        for each in days:
            await self._look_into_day(each, keys[each.branch, each.day])

    async def _look_into_day(self, day: ShortDay, keys: list[str]) -> None:
        lost = self._lost()
        before = len(lost)
        for number, key in enumerate(keys):
            if len(lost) - before >= day.journal - day.account:
                return
            if day.account == 0 and number == _PROOFS == len(lost) - before:
                lost += keys[number:]
                self._seen.update(keys[number:])
                self.found.presumed += len(keys) - number
                return
            await self._look_up(key)

    async def _look_up(self, key: str) -> None:
        if key in self._seen or not self._may_send():
            return
        self._seen.add(key)
        branch, number = branch_and_number(key)
        stored = await self.woowup.purchases.find(number)
        if stored is None:
            self._lost().append(key)
        elif branch and stored.branch is not None and stored.branch.name != branch:
            self.found.elsewhere.append(key)
        else:
            self.found.confirmed += 1

    def _lost(self) -> list[str]:
        return self.found.pending if self.is_early else self.found.missing

    def _may_send(self) -> bool:
        if self.asked.max_requests is not None and self.found.requests >= self.asked.max_requests:
            self.found.is_cut = True
            return False
        self.found.requests += 1
        return True

    def _announce(self, text: str) -> None:
        if self.asked.announce is not None:
            self.asked.announce(text)

    def _cost(self, requests: int) -> str:
        limit = self.asked.connection.rate_limit
        lasting = f"{span(seconds_for(requests, limit))} at {per_minute(limit):,.0f} a minute"
        return f"{counted(requests, 'request')} ({lasting})"


def _by_branch(stats: AccountStats) -> dict[str, int]:
    by_branch = {each.branch or "": each.total_purchases for each in stats.per_branches}
    return by_branch | {"*": stats.total_purchases}
