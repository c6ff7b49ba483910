"""`woowup demo`: send a real day of orders to a simulated account, and check that all arrived.

Room: cli.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import typer
from rich.console import Console

from woowup_async import RateLimit
from woowup_async._flow import Entity, Settled
from woowup_async._samples import MAPPING, ORDERS
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.progress import Display, Watchers
from woowup_async.cli.display.summary import run_lines
from woowup_async.cli.display.terminal import show
from woowup_async.cli.display.words import span
from woowup_async.cli.job import Ending, Job, run_job
from woowup_async.events import RunEvent
from woowup_async.outcomes import Accepted
from woowup_async.ports import Source
from woowup_async.sources import Chain, Mapping, open_source

if TYPE_CHECKING:
    from woowup_async.testing import Simulator

SPEED = 20.0
#: The documented default budget.
REQUESTS_A_MINUTE = 140
#: Requests for one order as the vendor documents it: exist, create or update, purchase.
_VENDOR_REQUESTS = 3


def demo() -> None:
    """Send a real day of orders to a simulator."""
    raise typer.Exit(anyio.run(run, Console()))


class Expected:
    """The customers, and the totals of purchases, that the account must have according to the outcomes."""

    def __init__(self) -> None:
        self.users: set[str] = set()
        self.purchases: dict[str, Decimal] = {}

    def hear(self, event: RunEvent) -> None:
        """Keep an accepted record."""
        if isinstance(event, Settled) and isinstance(event.outcome, Accepted):
            raw: Any = event.record.raw
            if event.entity is Entity.USER:
                self.users.add(raw["service_uid"])
            else:
                self.purchases[raw["invoice_number"]] = raw["prices"]["total"]

    def differences(self, simulator: Simulator) -> Iterator[str]:
        """Yield how the simulated account differs."""
        users = {user["service_uid"] for user in simulator.users.values()}
        held = {number: Decimal(str(body["prices"]["total"])) for (_, number), body in simulator.purchases.items()}
        if users != self.users or len(simulator.users) != len(self.users):
            yield f"customers differ: {sorted(users ^ self.users)[:5]}"
        if held.keys() != self.purchases.keys():
            yield f"purchases differ: {sorted(held.keys() ^ self.purchases.keys())[:5]}"
        wrong = [number for number, total in held.items() if self.purchases.get(number, total) != total]
        if wrong:
            yield f"totals differ: {sorted(wrong)[:5]}"


async def run(console: Console, dead_letters: Path | None = None) -> int:
    """Run the demo. Return 0 if the account has exactly what was accepted."""
    from woowup_async.testing import Simulator  # a server takes long to import, and other commands do not need it

    mapping = Mapping.load(MAPPING)
    users, purchases = (open_source(ORDERS, entity, mapping) for entity in (Entity.USER, Entity.PURCHASE))
    totals = {Entity.USER: await _count(users), Entity.PURCHASE: await _count(purchases)}
    letters = dead_letters or Path(tempfile.mkdtemp(prefix="woowup-demo-")) / "dead-letters.jsonl"
    expected = Expected()
    async with Simulator(speed=SPEED) as simulator:
        show(console, f"Sending a real day of orders ({ORDERS.name}) to an account simulated at {SPEED:g}x speed:")
        show(console, f"{REQUESTS_A_MINUTE * SPEED:,.0f} requests a minute instead of {REQUESTS_A_MINUTE}.")
        connection = Connection(simulator.url, rate_limit=RateLimit(segment=simulator.segment), budget="none")
        job = Job(Chain([users]), Chain([purchases]), connection, simulator.api_key, dead_letters=letters)
        pace = REQUESTS_A_MINUTE * SPEED
        with Display(console, totals=totals, limit=pace, span=2 * simulator.segment) as display:
            ending = await run_job(job, Watchers(display, expected.hear))
        return _conclude(console, ending, simulator, expected, letters)


def _conclude(console: Console, ending: Ending, simulator: Simulator, expected: Expected, letters: Path) -> int:
    report = ending.report
    for line in run_lines(report, letters):
        show(console, line)
    orders = report.purchases.accepted
    one_by_one = _VENDOR_REQUESTS * orders
    show(console, "")
    show(console, f"at the real {REQUESTS_A_MINUTE} a minute: {_minutes(report.requests)};")
    show(console, f"one by one (exist, create or update, purchase): {one_by_one:,} requests, {_minutes(one_by_one)}")
    differences = [*expected.differences(simulator)]
    if ending.stopped_by:
        differences.insert(0, f"stopped: {ending.stopped_by}")
    if simulator.throttled:
        differences.append(f"{simulator.throttled} requests were refused by the rate limit")
    for difference in differences:
        show(console, difference)
    if not differences:
        show(console, f"checked: the account has exactly the {len(expected.users):,} customers and")
        show(console, f"the {len(expected.purchases):,} purchases that were accepted, to the cent.")
    return 1 if differences else 0


def _minutes(requests: int) -> str:
    return span(requests * 60 / REQUESTS_A_MINUTE)


async def _count(source: Source) -> int:
    return len([record async for record in source])
