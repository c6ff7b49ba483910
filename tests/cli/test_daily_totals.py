"""Days on which an account has fewer purchases than a journal, found with few requests."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from woowup_async.cli.daily_totals import Searched, ShortDay, Totals, differs, short_days, totals_of
from woowup_async.models import AccountStats
from woowup_async.models.processing_log import BranchTotals

BEGAN = date(2024, 1, 1)
BRANCHES = ("A", "B", "")
Days = dict[date, Totals]


class Account:
    """Totals by day, and the number of questions about them."""

    def __init__(self, held: Days, most: int = 10_000) -> None:
        self.held, self.most, self.asked = held, most, 0

    async def ask(self, first: date, last: date) -> Totals | None:
        if self.asked == self.most:
            return None
        self.asked += 1
        return sum((counts for day, counts in self.held.items() if first <= day <= last), Counter())


def days(count: int, step: int = 1) -> list[date]:
    return [BEGAN + timedelta(days=step * number) for number in range(count)]


async def test_equal_totals_take_one_request() -> None:
    journal: Days = {day: Counter(A=3, B=1) for day in days(1_000)}
    account = Account(journal)
    assert await short_days(journal, account.ask) == Searched()
    assert account.asked == 1
    assert await short_days({}, account.ask) == Searched()


async def test_one_short_day_takes_a_request_for_each_halving() -> None:
    journal: Days = {day: Counter(A=3) for day in days(1_024)}
    account = Account(journal | {days(1_024)[700]: Counter(A=1)})
    found = await short_days(journal, account.ask)
    assert found.days == (ShortDay("A", days(1_024)[700], 3, 1),)
    assert account.asked == 1 + 10


async def test_purchases_of_other_programs_between_the_days_of_the_journal() -> None:
    """The halves of a period are the whole, also where the journal has gaps."""
    journal: Days = {day: Counter(A=2) for day in days(8, step=3)}
    held: Days = {day: Counter(A=2) for day in days(8, step=3)} | {BEGAN + timedelta(days=1): Counter(A=5)}
    held[days(8, step=3)[6]] = Counter(A=1)
    assert (await short_days(journal, Account(held).ask)).days == (ShortDay("A", days(8, step=3)[6], 2, 1),)


async def test_what_others_send_between_two_halves_hides_no_day_of_the_second() -> None:
    journal: Days = {day: Counter(A=2) for day in days(4, step=3)}
    held: Days = journal | {days(1)[0]: Counter(A=3), BEGAN + timedelta(days=5): Counter(A=1)}
    held[days(4, step=3)[3]] = Counter(A=1)
    assert (await short_days(journal, Account(held).ask)).days == (ShortDay("A", days(4, step=3)[3], 2, 1),)


async def test_what_others_send_does_not_hide_a_short_day() -> None:
    journal: Days = {day: Counter(A=2) for day in days(4)}
    held: Days = journal | {days(4)[1]: Counter(), days(4)[2]: Counter(A=9)}
    assert (await short_days(journal, Account(held).ask)).days == (ShortDay("A", days(4)[1], 2, 0),)


async def test_too_few_requests() -> None:
    journal: Days = {day: Counter(A=2) for day in days(64)}
    held: Days = {day: Counter(A=1) for day in days(64)}
    for most in range(64):
        found = await short_days(journal, Account(held, most).ask)
        assert not found.is_complete
        assert len(found.days) < 64
    assert len((await short_days(journal, Account(held, 64).ask)).days) == 64


_COUNTS = st.dictionaries(st.sampled_from(BRANCHES), st.integers(1, 3), min_size=1).map(Counter)
_DAYS = st.dictionaries(st.integers(0, 30).map(lambda number: BEGAN + timedelta(days=number)), _COUNTS)


@given(_DAYS, _DAYS)
async def test_every_day_that_is_short_is_found_unless_the_whole_is_equal(journal: Days, held: Days) -> None:
    """The oracle compares each day. Totals of a period are equal by chance if others sent what is missing."""
    account = Account(held)
    found = await short_days(journal, account.ask)
    short = {
        (branch, day) for day, counts in journal.items() for branch, count in counts.items()
        if held.get(day, Counter())[branch] < count
    }  # fmt: skip
    assert {(each.branch, each.day) for each in found.days} <= short
    assert account.asked <= max(1, len(journal))
    only_less = all(held.get(day, Counter()) <= counts for day, counts in journal.items()) and held.keys() <= {*journal}
    if only_less:
        assert {(each.branch, each.day) for each in found.days} == short


def test_branches_that_the_journal_does_not_name_are_counted_together() -> None:
    stats = AccountStats(
        total_purchases=10,
        per_branches=[BranchTotals(branch="A", total_purchases=4), BranchTotals(branch="Web", total_purchases=3)],
    )
    assert totals_of(stats, ("A", "")) == {"A": 4, "": 6}
    assert not differs(Counter({"A": 4}), totals_of(stats, ("A",)))
    assert differs(Counter({"A": 4, "": 5}), totals_of(stats, ("A", "")))
