"""Send what changed in a shop's PostgreSQL since the last run.

    SHOP_DB=postgresql://reader:…@db.example.com/shop WOOWUP_API_KEY=… python load.py

`orders.toml` says what the columns of `orders.sql` mean. The journal has the highest `updated_at` that was sent. The
same without a program: woowup backfill --users sql:orders.toml --purchases sql:orders.toml --journal shop.journal
"""

import asyncio
import os
from pathlib import Path

from woowup_async import WoowUp
from woowup_async.sources import Entity, Mapping, SqlQuery

HERE = Path(__file__).parent


async def main() -> None:
    """Read the query once for the customers and once for the orders."""
    mapping = Mapping.load(HERE / "orders.toml")
    users, purchases = (
        SqlQuery(os.environ["SHOP_DB"], HERE / "orders.sql", mapping, entity=entity)
        for entity in (Entity.USER, Entity.PURCHASE)
    )
    async with WoowUp() as woowup:
        report = await woowup.ingest(users=users, purchases=purchases, journal="shop.journal", dead_letters="bad.jsonl")
    print(report.users.submitted, "customers,", report.purchases.submitted, "orders,", report.requests, "requests")
    print("orders", dict(report.purchases.effects))


if __name__ == "__main__":
    asyncio.run(main())
