"""`python -m benchmarks.economy`: requests per 1,000 records, compared with the flow on the vendor's pages.

The vendor's flow is really run: exist, then create or update, then the purchase, one request after the other. Both use
the same simulated account over real sockets, without a rate limit, since only requests are counted. The rows of `users`
differ in the state of the account before. If it is random, a row has the mean of several seeds.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import anyio

from woowup_async import RateLimit, RetryPolicy, WoowUp
from woowup_async.errors import ApiError
from woowup_async.testing import Simulator

RESULTS = Path(__file__).parent / "results"
RECORDS = 1_000
SEEDS = 10
Records = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Shop:
    """The records to send, and the users that the account already has."""

    users: Records
    purchases: Records
    known: Records


@dataclass(frozen=True, slots=True)
class Row:
    """The requests of one situation, per 1,000 records."""

    name: str
    ours: float
    worst: int
    vendor: float
    bar: float | None

    @property
    def is_reached(self) -> bool:
        """Whether the mean is within the bar, if there is one."""
        return self.bar is None or self.ours <= self.bar


def users(count: int = RECORDS) -> Records:
    """Return distinct users."""
    return [{"document": f"{20_000_000 + number}", "first_name": "Ana"} for number in range(count)]


def purchases(owners: Records, count: int = RECORDS) -> Records:
    """Return distinct purchases of these users."""
    line = {"sku": "AB-1", "quantity": 1, "unit_price": 9.5}
    return [
        {
            "document": owners[number % len(owners)]["document"],
            "invoice_number": f"F-{number:06}",
            "purchase_detail": [line],
            "prices": {"total": 9.5},
            "createtime": "2024-01-01 10:00:00",
        }
        for number in range(count)
    ]


def poisoned(records: Records, rng: Random) -> Records:
    """Return the records with one in a hundred that only the server refuses."""
    bad = set(rng.sample(range(len(records)), len(records) // 100))
    return [record | {"metadata": {"bad": True}} if index in bad else record for index, record in enumerate(records)]


def half_known(rng: Random) -> Shop:
    """Return a shop in which a random half of the users exist."""
    everyone = users()
    return Shop(everyone, [], rng.sample(everyone, len(everyone) // 2))


#: name → (function that returns the shop; bar for the requests per 1,000 records, if there is one).
SITUATIONS: dict[str, tuple[Callable[[Random], Shop], float | None]] = {
    "users, all new": (lambda rng: Shop(users(), [], []), 1_020),
    "users, all existing": (lambda rng: Shop(users(), [], users()), 1_020),
    "users, half of them existing": (half_known, 1_520),
    "purchases, users known": (lambda rng: Shop([], purchases(users(100)), users(100)), 11),
    "purchases, 1 % bad, errors name no index": (
        lambda rng: Shop([], poisoned(purchases(users(100)), rng), users(100)),
        None,
    ),
    "orders: a new user and a purchase each": (lambda rng: Shop(users(), purchases(users()), []), None),
}


async def measured(shop: Shop, flow: Callable[[WoowUp, Shop, Path], Awaitable[None]], runs: int = 1) -> int:
    """Return the requests of the last run of a flow on a new account."""
    async with Simulator(RateLimit(limit=1_000_000), speed=60) as simulator:
        simulator.refuses = lambda record: ["bad"] if record.get("metadata", {}).get("bad") else []
        limit = RateLimit(limit=1_000_000, segment=simulator.segment)
        quick = RetryPolicy(base=0.001, cap=0.01)
        async with WoowUp(simulator.api_key, base_url=simulator.url, rate_limit=limit, retry=quick) as woowup:
            for user in shop.known:
                await woowup.users.create(user)
            before = 0
            with tempfile.TemporaryDirectory() as folder:
                for _ in range(runs):
                    before = simulator.requests
                    await flow(woowup, shop, Path(folder) / "journal")
        return simulator.requests - before


async def ours(woowup: WoowUp, shop: Shop, journal: Path) -> None:
    """Send all with one call."""
    await woowup.ingest(shop.users, shop.purchases, journal=journal)


async def vendors(woowup: WoowUp, shop: Shop, journal: Path) -> None:
    """Send all with the documented flow: exist → create or update → purchase."""
    for user in shop.users:
        exists = await woowup.users.exists(document=user["document"])
        await (woowup.users.update(user) if exists else woowup.users.create(user))
    for purchase in shop.purchases:
        try:
            await woowup.purchases.create(purchase)
        except ApiError:
            continue


async def row(name: str) -> Row:
    """Measure one situation with all seeds."""
    build, bar = SITUATIONS[name]
    shops = [build(Random(seed)) for seed in range(SEEDS)]
    counts = [await measured(shop, ours) for shop in shops]
    return Row(name, sum(counts) / len(counts), max(counts), await measured(shops[0], vendors), bar)


async def unchanged() -> Row:
    """Measure the second run of the same export."""
    shop = Shop(users(), purchases(users()), [])
    requests = await measured(shop, ours, runs=2)
    return Row("second run of an unchanged export", requests, requests, await measured(shop, vendors, runs=2), 0)


def table(rows: list[Row]) -> list[str]:
    """Return a Markdown table."""
    lines = ["| per 1,000 records | ours | worst of 10 | one by one | to reach | |", "|" + "---|" * 6]
    for each in rows:
        bar = (f"≤ {each.bar:,.0f}", "yes" if each.is_reached else "NO") if each.bar is not None else ("", "")
        cells = (each.name, f"{each.ours:,.1f}", f"{each.worst:,}", f"{each.vendor:,.0f}", *bar)
        lines.append("| " + " | ".join(cells) + " |")
    return lines


async def measure() -> list[Row]:
    """Measure all rows."""
    rows = []
    for name in SITUATIONS:
        rows.append(await row(name))
        print(f"  {rows[-1].name}: {rows[-1].ours:,.1f} requests", flush=True)
    return [*rows, await unchanged()]


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.economy", description=__doc__)
    parser.parse_args()
    rows = anyio.run(measure)
    lines = [
        f"{RECORDS:,} records a row, {SEEDS} seeds, over real sockets; Python {platform.python_version()}.",
        "An order is a user and a purchase; its row counts requests per 1,000 orders.",
        "",
        *table(rows),
    ]
    print("\n".join(["", *lines]))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "economy.md").write_text("# The economy of requests\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    figures = json.dumps([asdict(each) for each in rows], indent=1, ensure_ascii=False)
    (RESULTS / "economy.json").write_text(figures + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
