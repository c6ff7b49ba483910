"""Finds the days on which the account has fewer purchases than a journal, with few requests.

Room: cli. One request gives the totals of all branches in a period. If they differ, the period is halved. One request
gives the first half, and the second half is the rest. Periods that do not differ are not looked at again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from woowup_async.models import AccountStats

#: Purchases by branch. "" stands for all branches that the journal does not name: the account may count a purchase
#: without a branch in one of its own.
Totals = Counter[str]
#: Asks for the totals of a period, from its first day to its last; None if no more requests may be sent.
Ask = Callable[[date, date], Awaitable[Totals | None]]


@dataclass(frozen=True, slots=True)
class ShortDay:
    """A day on which a branch of the account has fewer purchases than the journal."""

    branch: str
    day: date
    journal: int
    account: int


@dataclass(frozen=True, slots=True)
class Searched:
    """The short days, and whether all days were searched."""

    days: tuple[ShortDay, ...] = ()
    is_complete: bool = True


def totals_of(stats: AccountStats, named: Iterable[str]) -> Totals:
    """Return an answer's purchases by the branches that a journal names, and all others under ""."""
    by_branch = Counter({each.branch: each.total_purchases for each in stats.per_branches if each.branch})
    found = Counter({branch: by_branch[branch] for branch in named if branch})
    found[""] = stats.total_purchases - found.total()
    return found


def differs(journal: Totals, account: Totals) -> bool:
    """Return whether a branch of the journal has another count in the account."""
    return any(account[branch] != count for branch, count in journal.items())


async def short_days(journal: Mapping[date, Totals], ask: Ask) -> Searched:
    """Search all days of a journal. It takes one request for each day at most, and few if few days differ.

    More purchases than in the journal may hide missing ones, so such periods are halved, too. A day with more is not
    short: other programs may send to the account.
    """
    days, found = sorted(journal), list[ShortDay]()
    if not days:
        return Searched()
    whole = await ask(days[0], days[-1])
    if whole is None:
        return Searched(is_complete=False)
    waiting = [(0, len(days), whole)]
    while waiting:
        first, end, held = waiting.pop()
        expected: Totals = sum((journal[day] for day in days[first:end]), Counter())
        if not differs(expected, held):
            continue
        if end - first == 1:
            found += _short(days[first], expected, held)
            continue
        middle = (first + end) // 2
        # up to the day before the second half, so that the halves together are the whole
        left = await ask(days[first], days[middle] - timedelta(days=1))
        if left is None:
            return Searched(tuple(found), is_complete=False)
        right = held.copy()
        right.subtract(left)
        waiting += [(middle, end, right), (first, middle, left)]
    return Searched(tuple(found))


def _short(day: date, expected: Totals, held: Totals) -> list[ShortDay]:
    return [
        ShortDay(branch, day, count, max(held[branch], 0))
        for branch, count in sorted(expected.items())
        if held[branch] < count
    ]
