"""Use every namespace but `legacy` once, with a simulated account: `python examples/crud.py`.

Remove `Simulator` and the two URLs to use your own account.
"""

import asyncio
from datetime import UTC, datetime, timedelta

from woowup_async import Purchase, RateLimit, User, WoowUp
from woowup_async.models import (
    AbandonedCart,
    Branch,
    BranchCustomers,
    CartProduct,
    CustomAttribute,
    CustomersLog,
    EntityStats,
    FamilyMember,
    Identity,
    IntegrationStats,
    LogStats,
    Prices,
    ProcessingLog,
    Product,
    PurchaseItem,
    UserEvent,
)
from woowup_async.testing import Simulator


async def users(woowup: WoowUp) -> None:
    """Create, update and find customers, their points and their families."""
    ana = Identity(email="ana@example.com")
    stored = await woowup.users.create(User(email="ana@example.com", service_uid="C-1", first_name="Ana"))
    await woowup.users.update(User(email="ana@example.com", city="Rosario"))
    print("created", stored.userapp_id, "exists", await woowup.users.exists(email="ana@example.com"))
    found = await woowup.users.find(service_uid="C-1")
    print("found in", found and found.city, "in segment 7:", await woowup.users.belongs_to_segment("C-1", 7))
    await woowup.users.add_points(ana, 100, concept="gift", description="Bienvenida")
    async for transaction in woowup.users.transactions(email="ana@example.com"):
        print("points", transaction.points, transaction.concept)
    await woowup.members.create(ana, FamilyMember(relationship="pet_dog", uid="1", first_name="Toto"))
    await woowup.members.create_bulk(ana, [FamilyMember(relationship="son", uid="2", first_name="Leo")])
    await woowup.members.update(ana, FamilyMember(relationship="son", uid="2", first_name="Leonel"))
    print("family", [member.first_name for member in await woowup.members.list(email="ana@example.com")])
    await woowup.users.create(User(document="20123456", first_name="Ana"))
    await woowup.users.merge(from_=Identity(document="20123456"), into=ana)
    print("search", [user.email async for user in woowup.users.search("ana", limit=10)])


async def purchases(woowup: WoowUp) -> None:
    """Create, update, find and delete purchases."""
    line = PurchaseItem(sku="TAZA-1", quantity=2, unit_price=9.5)

    def purchase(number: str, total: float = 19) -> Purchase:
        return Purchase(
            service_uid="C-1",
            invoice_number=number,
            purchase_detail=[line],
            prices=Prices(total=total),
            createtime=datetime.now(UTC),
        )

    print("queued", (await woowup.purchases.create(purchase("F-1"))).code)
    await woowup.purchases.create_bulk([purchase("F-2"), purchase("F-3")])
    await woowup.purchases.update(purchase("F-1", total=18))
    stored = await woowup.purchases.find("F-1")
    print("total", stored and stored.prices["total"])
    print("bought", [each.invoice_number async for each in woowup.purchases.search(service_uid="C-1")])
    card = await woowup.purchases.bank("450799")
    print("card", card.brand, card.type)
    await woowup.purchases.delete("F-3")


async def reports(woowup: WoowUp) -> None:
    """Send and read the reports about an integration."""
    totals = await woowup.account_stats()
    print("totals", totals.total_customers, totals.total_purchases, totals.total_revenue)
    await woowup.integration_stats.create(IntegrationStats(customers=EntityStats(created=2, updated=1)))
    print("reports", [report async for report in woowup.integration_stats.list()])
    branch = BranchCustomers(branch="Centro", total_created=2, total_updated=1, total_failed=0)
    customers = CustomersLog(total_created=2, total_updated=1, total_failed=0, per_branches=[branch])
    log = ProcessingLog(files=["a.csv"], processingtime=datetime.now(UTC), stats=LogStats(customers=customers))
    await woowup.connectors.log(log)
    print("logs", [record.files async for record in woowup.connectors.logs(entity="customers")])


async def catalogue(woowup: WoowUp) -> None:
    """Use the operations that only the vendor's clients have, not the official pages."""
    await woowup.branches.create(Branch(name="Centro"))
    await woowup.branches.update("Centro", Branch(name="Centro", display_name="Sucursal Centro"))
    branch = await woowup.branches.find("Centro")
    print("branch", branch and branch.display_name, [each.name async for each in woowup.branches.list()])
    await woowup.products.upsert(Product(sku="TAZA-1", name="Taza", price=9.5))
    await woowup.products.upsert(Product(sku="TAZA-1", name="Taza azul"))
    product = await woowup.products.find("TAZA-1")
    print("product", product and product.name, [each.sku async for each in woowup.products.list(available=True)])
    await woowup.events.create("opened-app")
    await woowup.user_events.create(UserEvent(event="opened-app", service_uid="C-1", datetime=datetime.now(UTC)))
    cart = AbandonedCart(
        service_uid="C-1", products=[CartProduct(sku="TAZA-1")], external_id="7", createtime=datetime.now(UTC)
    )
    await woowup.abandoned_carts.create(cart)
    size = CustomAttribute(name="size", label="Talle", data_type="string", field_type="text")
    await woowup.custom_attributes.create(size, "product")
    print("attributes", [each.name async for each in woowup.custom_attributes.list("product")])
    print("categories", await woowup.categories.list())


async def audience(woowup: WoowUp) -> None:
    """Use segments, blacklists, coupons and benefits. Segments and coupons are made on WoowUp's own pages."""
    print("segments", [segment.id for segment in await woowup.segments.list()])
    print("in segment 7:", [user.email async for user in woowup.users.list(segment_id=7)])
    await woowup.segments.schedule_export(7)
    export = await woowup.segments.export(7)
    print("export", export and export.url)
    await woowup.blacklist.create("email", ["no@example.com"])
    print("coupons", [coupon.code async for coupon in woowup.coupons.list(status="available")])
    print("benefits", (await woowup.benefits.list(current=5)).current)


async def load(woowup: WoowUp) -> None:
    """Load products, branches and families in one run, with an outcome for each record."""
    family = {"identity": {"service_uid": "C-1"}, "members": [{"relationship": "nephew", "uid": "3"}]}
    report = await woowup.ingest(
        products=[Product(sku="TAZA-2", name="Taza verde")], branches=[{"name": "Norte"}], members=[family]
    )
    print("loaded", report.products.accepted, report.branches.accepted, report.members.accepted)


async def clean_up(woowup: WoowUp) -> None:
    """Delete data. The real server deletes later, and the library never repeats a deletion."""
    now = datetime.now(UTC)
    window = {"from_": now - timedelta(hours=1), "to": now + timedelta(hours=1)}
    print("request", await woowup.purchases.delete_bulk(**window, notify_to="ana@example.com"))
    await woowup.users.delete(Identity(service_uid="C-1"))
    print("request", await woowup.users.delete_segment(7))
    print("left", await woowup.request("GET", "/stats"))


async def main() -> None:
    """Run all steps in order."""
    async with Simulator() as simulator:
        simulator.segments[7] = set()
        async with WoowUp(
            simulator.api_key,
            base_url=simulator.url,
            connectors_url=simulator.connectors_url,
            rate_limit=RateLimit(segment=simulator.segment),
        ) as woowup:
            for step in (users, purchases, reports, catalogue, audience, load, clean_up):
                await step(woowup)
        print(simulator.requests, "requests,", simulator.throttled, "refused")


if __name__ == "__main__":
    asyncio.run(main())
