"""The public API as a user writes it: never run, only type-checked (mypy strict, and pyright by hand)."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import assert_type

from woowup_async import (
    Accepted,
    InDoubt,
    Outcome,
    Purchase,
    RateLimit,
    Rejected,
    Released,
    Report,
    SessionPool,
    User,
    WoowUp,
)
from woowup_async.models import Payment, Prices, PurchaseItem, Queued, StoredUser
from woowup_async.sources import CsvFile, Entity, JsonLines, Mapping


async def use(woowup: WoowUp) -> None:
    """Call what there is."""
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


async def stream() -> AsyncIterator[Purchase | bytes]:
    """A source of one's own."""
    yield b"{}"


async def many_accounts() -> None:
    """One pool."""
    async with SessionPool(in_flight=4) as pool:
        assert_type(pool.account("key", rate_limit=RateLimit(share=0.5)), WoowUp)


def read(outcome: Outcome) -> str:
    """Every outcome, and no other."""
    match outcome:
        case Accepted(effect):
            return effect
        case Rejected(by, code, _):
            return f"{by} {code}"
        case Released(why) | InDoubt(why):
            return why
