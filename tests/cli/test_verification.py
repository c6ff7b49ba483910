"""A big journal is compared by totals first. Then the missing purchases are found with few requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from tests.support.commands import woowup
from woowup_async._flow import Entity, Position, Record, Settled
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._transport.credentials import ApiKey
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.cli.connection import Connection
from woowup_async.cli.verification import Verdicts, Verification, verify_journal
from woowup_async.models import AccountStats
from woowup_async.models.processing_log import BranchTotals
from woowup_async.outcomes import Accepted
from woowup_async.ports import Note

DAYS, A_DAY = 365, 20
BEGAN = date(2024, 1, 1)


def sales() -> Iterator[tuple[str, str, date]]:
    """Yield branch, number and day of each purchase."""
    for day in range(DAYS):
        for each in range(A_DAY):
            yield ("Centro", "Sur", "")[each % 3], f"{day}-{each}", BEGAN + timedelta(days=day)


class Account:
    """The client of an account that has some purchases, and counts its requests."""

    def __init__(self, held: dict[str, tuple[str, date]]) -> None:
        self.held, self.requests, self.finds = held, 0, 0
        self.purchases = SimpleNamespace(find=self.find)

    async def find(self, number: str) -> Any:
        self.requests += 1
        self.finds += 1
        held = self.held.get(number)
        return None if held is None else SimpleNamespace(branch=SimpleNamespace(name=held[0]) if held[0] else None)

    async def account_stats(self, *, from_: date = date.min, to: date = date.max) -> AccountStats:
        self.requests += 1
        branches = [branch for branch, day in self.held.values() if from_ <= day <= to]
        named = [BranchTotals(branch=name, total_purchases=branches.count(name)) for name in {*branches} - {""}]
        return AccountStats(total_purchases=len(branches), per_branches=named)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("journals") / "j"
    with closing(SqliteLedger(path, ApiKey("simulator-key").mark)) as ledger:
        ledger.begin([])
        for branch, number, day in sales():
            record = Record(Position("s", 1), {"createtime": f"{day} 10:00:00"})
            settled = Settled(Entity.PURCHASE, record, purchase_key(number, branch or None), Accepted("queued"))
            ledger.settle([Note(settled, b"d" * 16)], b"")
        ledger.finish()
    return path


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    made = Account({number: (branch, day) for branch, number, day in sales()})

    class Opened:
        async def __aenter__(self) -> Account:
            return made

        async def __aexit__(self, *error: object) -> None: ...

    monkeypatch.setattr(Connection, "opened", lambda self: Opened())
    return made


def verified(path: Path, sample: int = 5, **more: Any) -> tuple[Verdicts, list[str]]:
    said: list[str] = []
    asked = Verification(path, Connection("http://127.0.0.1:9"), sample, announce=said.append, **more)
    return anyio.run(lambda: verify_journal(asked, Random(1), clock=lambda: 9e9)), said


def test_nothing_is_missing(written: Path, account: Account) -> None:
    found, said = verified(written)
    assert (account.requests, found.requests, found.confirmed, found.missing) == (6, 6, 5, [])
    assert said == [
        "comparing 7,300 accepted purchases of 365 days",
        "  this takes 6 requests (3 s at 140 a minute)",
        "  if the totals differ, at most 365 requests (2.6 min at 140 a minute) more",
    ]


def test_single_purchases_and_a_whole_day(written: Path, account: Account) -> None:
    lost = ["100-3", "100-6", "300-4"]
    whole = [f"200-{each}" for each in range(0, A_DAY, 3)]  # branch Centro
    for number in (*lost, *whole):
        del account.held[number]
    found, said = verified(written, sample=0)
    assert {key.rpartition("/")[2] for key in found.missing} == {*lost, *whole}
    assert [(str(each.day), each.branch, each.journal, each.account) for each in found.short_days] == [
        ("2024-04-10", "Centro", 7, 5), ("2024-07-19", "Centro", 7, 0), ("2024-10-27", "Sur", 7, 6),
    ]  # fmt: skip
    assert found.presumed == len(whole) - 3
    assert account.finds == 6 + 6 + 3  # until as many are missing as the totals say, in the order of their keys
    assert account.requests - account.finds == found.requests - account.finds < 2 + 3 * 10
    assert said[-2:] == [
        "10 purchases fewer than in the journal",
        "  to find which takes at most 17 requests (7 s at 140 a minute)",
    ]


def test_purchases_without_a_branch_that_the_account_counts_in_one_of_its_own(written: Path, account: Account) -> None:
    account.held = {number: (branch or "Web", day) for number, (branch, day) in account.held.items()}
    del account.held["50-2"]
    found, _ = verified(written, sample=0)
    assert found.missing == ["50-2"]


def test_soon_after_the_run_they_are_pending(written: Path, account: Account) -> None:
    del account.held["100-3"]
    found, _ = verified(written, sample=0, delay=1e10)
    assert (found.missing, found.pending) == ([], ["Centro/100-3"])


@pytest.mark.parametrize("most", [1, 2, 5, 9, 12, 20])
def test_no_more_requests_than_allowed(most: int, written: Path, account: Account) -> None:
    for number in ("100-3", "200-4", "300-5"):
        del account.held[number]
    found, _ = verified(written, sample=0, max_requests=most)
    assert account.requests == found.requests == most
    assert found.is_cut


def test_a_small_journal_is_looked_up_as_a_whole(written: Path, account: Account) -> None:
    del account.held["100-3"]
    found, said = verified(written, sample=DAYS * A_DAY)
    assert found.missing == ["Centro/100-3"]
    assert account.requests == 1 + DAYS * A_DAY
    assert "if the totals differ" not in "".join(said)


def test_a_purchase_is_looked_up_once(written: Path, account: Account) -> None:
    del account.held["100-3"]
    found, _ = verified(written, sample=DAYS * A_DAY - 1)
    assert found.missing == ["Centro/100-3"]
    assert found.confirmed + 1 <= DAYS * A_DAY


@pytest.mark.parametrize(("missing", "most", "code"), [(True, "99", 1), (True, "1", 3), (False, "99", 0)])
def test_the_command(missing: bool, most: str, code: int, written: Path, account: Account) -> None:
    if missing:
        del account.held["100-3"]
    arguments = ("verify", written, "--delay", 0, "--max-requests", most, "--sample", 2)
    result = woowup(*arguments)
    assert result.exit_code == code, result.output
    assert result.output.startswith("comparing 7,300 accepted purchases of 365 days\n  this takes 3 requests")
    assert ("2024-04-10  Centro" in result.output) == (code == 1)
    assert ("stopped after 1 request (--max-requests)" in result.output) == (code == 3)
    shown = json.loads(woowup(*arguments, "--json").output)
    assert shown["is_cut"] == (code == 3)
    days = [{"day": "2024-04-10", "branch": "Centro", "journal": 7, "account": 6}]
    assert shown["short_days"] == (days if code == 1 else [])


def test_a_key_that_was_renewed(written: Path, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOOWUP_API_KEY", "renewed")
    refused = woowup("verify", written)
    assert (refused.exit_code, "--new-key" in refused.stderr) == (2, True)
    assert woowup("verify", written, "--new-key", "--sample", 0).exit_code == 0
    monkeypatch.setenv("WOOWUP_API_KEY", "simulator-key")
    assert woowup("verify", written, "--new-key", "--sample", 0).exit_code == 0
