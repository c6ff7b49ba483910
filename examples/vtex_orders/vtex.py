"""Send the orders of a VTEX shop of the last days, as its OMS API has them.

    VTEX_URL=https://ACCOUNT.vtexcommercestable.com.br VTEX_KEY=… VTEX_TOKEN=… WOOWUP_API_KEY=… python vtex.py 2

The orders are first written to a file, as they came: so they can be read again without asking VTEX, and the mapping
can be tried on them with `woowup mapping check`. The preset `vtex` says what goes where; it also removes the mask that
VTEX puts on e-mail addresses.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientSession

from woowup_async import Report, WoowUp
from woowup_async.sources import Entity, open_source
from woowup_async.sources.presets import mapping_for

#: Orders of one page of the list (VTEX documents 100 as the most).
PAGE = 100
#: Orders that are read at the same time.
AT_ONCE = 5


async def order_ids(vtex: ClientSession, since: datetime) -> AsyncIterator[str]:
    """Yield the numbers of the orders created since a time."""
    moment = "%Y-%m-%dT%H:%M:%S.000Z"
    window = f"creationDate:[{since:{moment}} TO {datetime.now(UTC):{moment}}]"
    page, pages = 1, 1
    while page <= pages:
        query = {"f_creationDate": window, "orderBy": "creationDate,asc", "page": str(page), "per_page": str(PAGE)}
        async with vtex.get("/api/oms/pvt/orders", params=query) as response:
            answer = await response.json()
        for order in answer["list"]:
            yield order["orderId"]
        page, pages = page + 1, answer["paging"]["pages"]


async def download(vtex: ClientSession, since: datetime, file: Path) -> int:
    """Write the orders to a file, one a line, and return how many there are."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def whole(number: str) -> str:
        async with turns, vtex.get(f"/api/oms/pvt/orders/{number}") as response:
            return json.dumps(await response.json())

    numbers = [number async for number in order_ids(vtex, since)]
    lines = await asyncio.gather(*map(whole, numbers))
    await asyncio.to_thread(file.write_text, "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return len(lines)


async def send(file: Path) -> Report:
    """Send the customers and the orders of a file. The journal leaves out what the account has already."""
    users, purchases = (
        open_source(file, entity, mapping_for("vtex", file, entity)) for entity in (Entity.USER, Entity.PURCHASE)
    )
    async with WoowUp() as woowup:
        return await woowup.ingest(
            users=users, purchases=purchases, journal="vtex.journal", dead_letters="vtex.bad.jsonl"
        )


async def main(days: int) -> None:
    """Read from VTEX, then send to WoowUp."""
    headers = {"X-VTEX-API-AppKey": os.environ["VTEX_KEY"], "X-VTEX-API-AppToken": os.environ["VTEX_TOKEN"]}
    file = Path("vtex-orders.jsonl")
    async with ClientSession(os.environ["VTEX_URL"], headers=headers, raise_for_status=True) as vtex:
        print(await download(vtex, datetime.now(UTC) - timedelta(days=days), file), "orders read")
    report = await send(file)
    print(
        "customers", dict(report.users.effects), "orders", dict(report.purchases.effects), report.rejected, "rejected"
    )


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
