"""Uses of the public API. This is never run, only type-checked (mypy strict, and pyright by hand)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, assert_type

from pydantic import BaseModel

from woowup_async import (
    CLEAR,
    Accepted,
    InDoubt,
    Ingester,
    Lane,
    Outcome,
    Purchase,
    RateLimit,
    Receipt,
    Rejected,
    Released,
    Report,
    SessionPool,
    User,
    WoowUp,
    encoded_id,
)
from woowup_async.contrib.fastapi import IngesterDependency, PurchaseBody, UserBody, WoowUpPlugin, accept
from woowup_async.contrib.fastapi_testing import simulated
from woowup_async.events import RunEvent, Settled
from woowup_async.models import (
    AccountStats,
    Card,
    FamilyMember,
    Identity,
    IntegrationStats,
    LogStats,
    Payment,
    Prices,
    ProcessingLog,
    PurchaseItem,
    Queued,
    StoredLog,
    StoredMember,
    StoredPurchase,
    StoredUser,
    Transaction,
    UserChanges,
)
from woowup_async.sources import CsvFile, DataFrame, Entity, JsonLines, Mapping
from woowup_async.sources.dataframe import ArrowTable
from woowup_async.statistics import Health, HealthStatus
from woowup_async.testing import Simulator


async def use(woowup: WoowUp) -> None:
    """Use calls and a run."""
    line = PurchaseItem(sku="AB-1", quantity=2, unit_price=Decimal("9.50"))
    purchase = Purchase(
        email="ana@example.com",
        invoice_number=7,
        purchase_detail=[line],
        prices=Prices(total=19),
        payment=[Payment(type="cash", total=19.0)],
        channel="web",
        createtime=datetime.now(UTC),
    )
    assert_type(await woowup.users.create(User(email="ana@example.com")), StoredUser)
    assert_type(await woowup.users.exists(email="ana@example.com"), bool)
    assert_type(await woowup.purchases.create(purchase), Queued)
    assert_type(await woowup.purchases.create_bulk([purchase, {"invoice_number": 1}, b"{}"]), Queued)
    assert_type(await woowup.ingest(users=[User(document="1")], purchases=stream()), Report)
    mapping = Mapping.load("mapping.toml")
    assert_type(
        await woowup.ingest(CsvFile("a.csv", mapping, Entity.USER), JsonLines("b.jsonl"), dead_letters="dead.jsonl"),
        Report,
    )


async def one_by_one(woowup: WoowUp) -> None:
    """Read outcomes one by one."""
    async with woowup.outcomes(purchases=stream(), journal="shop.journal") as outcomes:
        async for settled in outcomes:
            assert_type(settled.outcome, Outcome)
            assert_type(settled.record.raw, Any)
        assert_type(outcomes.report, Report)


async def tables(woowup: WoowUp, table: ArrowTable) -> None:
    """Read a table in memory, and get the outcomes as a table."""
    source = DataFrame(table, Mapping.load("m.toml"), "purchase", name="orders")
    assert_type(await woowup.ingest(users=DataFrame(table), purchases=source), Report)
    async with woowup.outcomes(users=DataFrame(table, entity=Entity.USER)) as outcomes:
        assert_type(await outcomes.to_arrow(), Any)


def test_in_a_thread(plugin: WoowUpPlugin) -> None:
    """Run the simulator in a thread, and an app with it."""
    with Simulator(speed=60).run_in_thread() as simulator, simulated(plugin, simulator, rate_limit=RateLimit()) as same:
        assert_type(simulator, Simulator)
        assert_type(same, WoowUpPlugin)


class Order(BaseModel):
    """A model of somebody else."""

    invoice_number: str


class Named(NamedTuple):
    """A row."""

    email: str


async def rows(ingester: Ingester) -> None:
    """Submit objects that are records, too."""
    assert_type(await ingester.submit(Order(invoice_number="1")), Receipt)
    assert_type(ingester.submit_nowait(Named("a@b.co"), entity="user"), Receipt)


async def handler(order: PurchaseBody, user: UserBody, ingester: IngesterDependency) -> None:
    """Take bodies."""
    assert_type(order.invoice_number, str | int)
    assert_type(user.email, str | None)
    assert_type(accept(ingester, order), Receipt)
    assert_type(accept(ingester, {"email": "a"}, entity="user"), Receipt)


async def push(woowup: WoowUp, pool: SessionPool) -> None:
    """Submit records one at a time."""
    async with woowup.ingester(outbox="orders.outbox", on_event=hear) as ingester:
        receipt = await ingester.submit({"invoice_number": 1})
        assert_type(await receipt, Outcome)
        assert_type(receipt.outcome, Outcome | None)
        await ingester.submit(User(document="1"))
        await ingester.submit(b"{}", entity="user")
        await ingester.flush()
        assert_type(ingester.report, Report)
        assert_type(ingester.health(), Health)
        assert_type(ingester.health(overdue_after=None).status, HealthStatus)
        assert_type(ingester.health().since, datetime)
        assert_type(ingester.health().is_ready, bool)


def hear(event: RunEvent) -> None:
    """Take an event."""
    if isinstance(event, Settled):
        assert_type(event.outcome, Outcome)


async def read_and_change(woowup: WoowUp) -> None:
    """Use every namespace, with the types that a user expects."""
    ana, now = Identity(email="ana@example.com"), datetime.now(UTC)
    assert_type(await woowup.users.find(document="1"), StoredUser | None)
    assert_type(await woowup.users.exists(email="a"), bool)
    assert_type((await woowup.users.existence(email="a")).userapp_id, int | str | None)
    assert_type(await woowup.users.update(User(email="a@b.co", service_uid=CLEAR, points=2.0)), StoredUser)
    assert_type(woowup.users.search("ana", limit=5, page=1, page_size=50), AsyncIterator[StoredUser])
    assert_type(await woowup.users.belongs_to_segment("C-1", 7), bool)
    assert_type(await woowup.users.delete(ana), None)
    assert_type(await woowup.users.delete_segment(7), int | str)
    assert_type(await woowup.users.add_points(ana, 5, concept="gift"), int | str)
    assert_type(await woowup.users.merge(from_=ana, into=Identity(document="1")), None)
    assert_type(woowup.users.transactions(email="a", concept="sale"), AsyncIterator[Transaction])
    assert_type([user async for user in woowup.users.search("ana")], list[StoredUser])
    assert_type(await woowup.members.list(email="a"), list[StoredMember])
    assert_type(await woowup.members.create(ana, FamilyMember(relationship="son")), StoredMember)
    assert_type(await woowup.members.update(ana, FamilyMember(relationship="pet")), StoredMember)
    assert_type(await woowup.members.create_bulk(ana, [FamilyMember(relationship="pet")]), None)
    son = FamilyMember(relationship="son")
    assert_type(await woowup.members.list_by_id(7), list[StoredMember])
    assert_type(await woowup.members.create_by_id("C-1", son), StoredMember)
    assert_type(await woowup.members.update_by_id("C-1", "uid", son), StoredMember)
    assert_type(await woowup.members.create_bulk_by_id(7, [son]), None)
    assert_type(await woowup.legacy.find_user(7), StoredUser | None)
    assert_type(await woowup.legacy.user_exists("C-1"), bool)
    assert_type(await woowup.legacy.update_user(7, UserChanges(city="Rosario")), StoredUser)
    assert_type(await woowup.legacy.register(email="a@b.co", password="p"), StoredUser)
    assert_type(await woowup.legacy.newsletter(email="a@b.co"), StoredUser)
    assert_type(await woowup.legacy.add_points(7, 5, concept="gift"), int | str)
    assert_type(woowup.legacy.transactions("C-1", concept="sale"), AsyncIterator[Transaction])
    assert_type(encoded_id("C-1"), str)
    assert_type(await woowup.purchases.update({"invoice_number": 1}), Queued)
    assert_type(await woowup.purchases.find("F-1"), StoredPurchase | None)
    assert_type([each async for each in woowup.purchases.search(service_uid="C-1")], list[StoredPurchase])
    assert_type(await woowup.purchases.bank("450799"), Card)
    assert_type(await woowup.purchases.delete("F-1"), None)
    assert_type(await woowup.purchases.delete_bulk(from_=now, to=now), int | str)
    assert_type(await woowup.account_stats(), AccountStats)
    assert_type(await woowup.integration_stats.create(IntegrationStats()), None)
    assert_type(woowup.integration_stats.list(), AsyncIterator[dict[str, Any]])
    record = ProcessingLog(files=[], processingtime=now, stats=LogStats())
    assert_type(await woowup.connectors.log(record), StoredLog)
    assert_type(woowup.connectors.logs(entity="customers"), AsyncIterator[StoredLog])
    assert_type(woowup.with_options(lane=Lane.BULK), WoowUp)
    assert_type(woowup.statistics().spent, int)


async def stream() -> AsyncIterator[Purchase | bytes]:
    """A custom source."""
    yield b"{}"


async def many_accounts() -> None:
    """Use a pool."""
    async with SessionPool(in_flight=4) as pool:
        assert_type(pool.account("key", rate_limit=RateLimit(share=0.5)), WoowUp)


def read(outcome: Outcome) -> str:
    """Match every outcome."""
    match outcome:
        case Accepted(effect):
            return effect
        case Rejected(by, code, _):
            return f"{by} {code}"
        case Released(why) | InDoubt(why):
            return why
