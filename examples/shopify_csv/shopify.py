"""Send the exports of a Shopify shop: Customers > Export and Orders > Export.

    WOOWUP_API_KEY=… python shopify.py customers_export.csv orders_export.csv

The preset `shopify` has the mapping. The orders are counted before anything is sent, and the money of the accepted
ones after it.
"""

import asyncio
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

from woowup_async import Accepted, Rejected, WoowUp
from woowup_async.sources import Entity, open_source
from woowup_async.sources.presets import mapping_for


async def main(customers: Path, orders: Path) -> None:
    """Send both files and add up what was accepted."""
    users = open_source(customers, Entity.USER, mapping_for("shopify", customers, Entity.USER))
    mapping = mapping_for("shopify", orders, Entity.PURCHASE)
    print(len([record async for record in open_source(orders, Entity.PURCHASE, mapping)]), "orders in the file")

    money, results = Decimal(0), Counter[str]()
    async with (
        WoowUp() as woowup,
        woowup.outcomes(
            users=users,
            purchases=open_source(orders, Entity.PURCHASE, mapping),
            journal="shopify.journal",
            dead_letters="shopify.bad.jsonl",
        ) as outcomes,
    ):
        async for settled in outcomes:
            match settled.outcome:
                case Accepted(effect):
                    results[f"{settled.entity.value} {effect}"] += 1
                    if settled.entity is Entity.PURCHASE:
                        money += Decimal(str(settled.record.raw["prices"]["total"]))
                case Rejected(_, code):
                    results[f"{settled.entity.value} {code}"] += 1
    print(dict(results), "for", money)


if __name__ == "__main__":
    asyncio.run(main(*map(Path, sys.argv[1:])))
