"""Each record gets one outcome, even if the journal fails."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.support.items import purchase
from woowup_async._flow import Entity, Item
from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.customers import Customers
from woowup_async._ingest.lookups import Lookups
from woowup_async._ingest.rules.people import People
from woowup_async._ingest.rules.seen_purchases import Recent, SeenPurchases
from woowup_async._ingest.rules.seen_users import SeenUsers
from woowup_async._ingest.rules.unsettled import Unsettled
from woowup_async._ingest.settler import Settler
from woowup_async._ingest.storing import Storing
from woowup_async._journal.file_ledger import FileLedger
from woowup_async._journal.ledger import SqliteLedger
from woowup_async._planning.dry_run import Free
from woowup_async.errors import JournalError
from woowup_async.events import RunEvent, Settled
from woowup_async.outcomes import Accepted, InDoubt, Outcome, Released
from woowup_async.policies import IngestPolicy
from woowup_async.ports import Known, Note


def settler(heard: list[RunEvent], ledger: FileLedger | None = None) -> Settler:
    customers = Customers(IngestPolicy(), Known(), People(Recent()), is_lasting=False)
    storing = None if ledger is None else Storing(ledger, Lookups(ledger), Free(), ledger.answers_at_once)
    return Settler(
        storing,
        SeenPurchases(Recent()),
        SeenUsers(is_lasting=False),
        customers,
        Unsettled(),
        Announcer(heard.append, None, None),
    )


def broken(self: FileLedger, *args: object) -> None:
    raise JournalError("the disk failed")


def outcomes(heard: list[RunEvent]) -> list[Outcome]:
    return [each.outcome for each in heard if isinstance(each, Settled)]


async def test_a_record_never_taken_in_is_in_doubt_if_the_journal_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, ledger = list[RunEvent](), FileLedger(SqliteLedger(tmp_path / "j"))
    await ledger.begin([])
    mine = settler(heard, ledger)
    await mine.release_unopened([(Entity.PURCHASE, purchase(1))], "over")
    monkeypatch.setattr(FileLedger, "find", broken)
    await mine.release_unopened([(Entity.PURCHASE, purchase(2))], "over")
    assert outcomes(heard) == [Released("over"), InDoubt("over")]
    await ledger.aclose()


async def test_an_outcome_is_announced_although_the_journal_fails_in_an_unknown_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(*_: object) -> None:
        raise RuntimeError("odd")

    heard, ledger = list[RunEvent](), FileLedger(SqliteLedger(tmp_path / "j"))
    await ledger.begin([])
    monkeypatch.setattr(SqliteLedger, "settle", odd)
    mine, one = settler(heard, ledger), purchase(1)
    mine.unsettled.open(one, is_doubtful=False)
    with pytest.raises(JournalError, match="the journal failed: RuntimeError"):
        await mine.settle(Entity.PURCHASE, (one,), Accepted("queued"))
    assert outcomes(heard) == [Accepted("queued")]
    await ledger.aclose()


async def test_without_a_journal_the_run_knows_what_may_have_been_processed() -> None:
    heard = list[RunEvent]()
    mine, one = settler(heard), purchase(1)
    mine.unsettled.open(one, is_doubtful=True)
    await mine.settle(Entity.PURCHASE, (one,), Released("no permit"))
    await mine.release_unopened([(Entity.PURCHASE, purchase(1)), (Entity.USER, purchase(1))], "over")
    kinds = [type(each) for each in outcomes(heard)]
    assert kinds == [InDoubt, InDoubt, Released]


def test_a_purchase_without_a_customer_confirms_no_customer() -> None:
    mine = settler([])
    bare = Item(purchase(1).record, "1", b"{}")
    mine.unsettled.open(bare, is_unconfirmed=True)
    mine.confirm(bare)
    assert not mine.unsettled.unconfirmed
    assert not mine.customers.is_known(())


async def test_an_identical_item_shares_the_outcome_and_costs_nothing() -> None:
    heard: list[Any] = []
    mine, one = settler(heard), purchase(1)
    mine.unsettled.open(one)
    mine.unsettled.join(purchase(1))
    await mine.settle(Entity.PURCHASE, (one,), Accepted("created"))
    assert outcomes(heard) == [Accepted("created"), Accepted("unchanged")]
    assert mine.announcer.counts.report(0.0).saved == {"merged": 1}


class Slow(FileLedger):
    """A ledger that answers when it is let go."""

    answers_at_once = False

    def __init__(self, file: SqliteLedger) -> None:
        super().__init__(file)
        self.asked, self.let_go, self.has_stored = anyio.Event(), anyio.Event(), False

    async def settle(self, notes: Sequence[Note], memory: bytes, delivered: Sequence[int] = ()) -> None:
        self.asked.set()
        await self.let_go.wait()
        await super().settle(notes, memory, delivered)
        self.has_stored = True


@pytest.mark.parametrize("way", ["scope", "task"])
async def test_a_note_ends_before_its_outcome_is_announced_whatever_is_cancelled(tmp_path: Path, way: str) -> None:
    heard, ledger = list[RunEvent](), Slow(SqliteLedger(tmp_path / "j"))
    await ledger.begin([])
    mine, one = settler(heard, ledger), purchase(1)
    mine.unsettled.open(one)
    scope, was_cancelled = anyio.CancelScope(), list[bool]()

    async def settle() -> None:
        try:
            with scope:
                await mine.settle(Entity.PURCHASE, (one,), Accepted("created"))
        except asyncio.CancelledError:
            was_cancelled.append(True)
            raise

    task = asyncio.create_task(settle())
    await ledger.asked.wait()
    task.cancel() if way == "task" else scope.cancel()
    await anyio.lowlevel.checkpoint()
    assert (heard, ledger.has_stored) == ([], False)
    assert mine.unsettled.holds(one)
    assert not mine.unsettled.join(purchase(1))  # it waits, since the outcome is decided
    ledger.let_go.set()
    await asyncio.wait((task,))
    assert (outcomes(heard), ledger.has_stored) == ([Accepted("created")], True)
    assert not mine.unsettled.holds(one)
    assert was_cancelled == ([True] if way == "task" else [])
    await ledger.aclose()


async def test_an_item_that_another_process_has_sent(tmp_path: Path) -> None:
    heard, ledger = list[RunEvent](), FileLedger(SqliteLedger(tmp_path / "j"))
    await ledger.begin([])
    mine, one = settler(heard, ledger), purchase(1)
    mine.unsettled.open(one)
    assert mine.unsettled.join(purchase(1))
    await mine.settle_open(Entity.PURCHASE, one, Accepted("unchanged"))
    user = purchase(2)
    mine.unsettled.open_user(user, (user.key,))
    mine.unsettled.reconsider(user, is_doubtful=False)
    assert not mine.unsettled.is_doubtful(user)
    mine.unsettled.reconsider(user, is_doubtful=True)
    assert mine.unsettled.is_doubtful(user)
    assert not await mine.is_known((user.key,))
    await mine.settle_open(Entity.USER, user, Accepted("unchanged"))
    assert outcomes(heard) == [Accepted("unchanged")] * 3
    assert await ledger.find(Entity.PURCHASE, ["1"]) == [None]  # the other one has noted it
    await ledger.aclose()
