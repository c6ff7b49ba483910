"""A run with a journal over a file that loses customers in every way, then a run over the corrected file.

At every moment, a purchase that is reported as accepted is on the server, except for `unconfirmed` under `trust`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from woowup_async import Accepted, IngestPolicy, RateLimit, Report, WoowUp
from woowup_async._flow import Entity, Settled
from woowup_async.events import RunEvent
from woowup_async.sources import Mapping, open_source
from woowup_async.testing import Simulator
from woowup_async.testing.faults import Scripted

pytestmark = pytest.mark.untraced
COLUMNS = ["Doc", "Mail", "Name", "Gender", "Born", "State"]
USERS = """
[csv]
null = ["-"]
[user]
key = ["Doc"]
require = ["Mail"]
leave_out = [{ column = "State", matches = "^closed$", reason = "the account was closed" }]
[user.fields]
document = { column = "Doc" }
email = { column = "Mail" }
first_name = { column = "Name" }
gender = { column = "Gender" }
birthdate = { column = "Born", as = "date" }
"""
ORDERS = """
[purchase]
key = ["Number"]
[purchase.fields]
invoice_number = { column = "Number" }
document = { column = "Doc" }
"prices.total" = { column = "Price", as = "decimal" }
[purchase.lines]
sku = { constant = "AB" }
quantity = { constant = 1 }
unit_price = { column = "Price", as = "decimal" }
"""


def row(number: int) -> list[str]:
    return [str(1_000 + number), f"c{number}@example.com", f"Name {number}", "F", "1990-02-01", "open"]


def lost_rows(number: int) -> list[str]:
    """Lose one customer in ten, each in another of ten ways. [] means a missing row."""
    doc, mail, name, gender, born, state = row(number)
    ways = [
        [doc, "", name, gender, born, state],  # a required cell is empty
        [doc, mail, name, gender, born, "closed"],  # left out by the mapping
        [doc, mail, name, "female", born, state],  # refused by local checks
        [doc, mail, name, gender, "1990-02-30", state],  # a day that does not exist
        [doc, mail, "poison", gender, born, state],  # refused by the server
        [doc, mail, name, gender],  # a row that is cut short
        ["NULL", mail, name, gender, born, state],  # a word for a missing identifier
        [doc, f"no address {number}", name, gender, born, state],  # no e-mail address
        [],
        [f"{doc}x", mail, name, gender, born, state],  # another document
    ]
    return ways[number // 10 % len(ways)] if number % 10 == 0 else row(number)


def written(path: Path, rows: Iterator[list[str]], columns: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(each for each in rows if each)
    return path


def mapping(path: Path, text: str) -> Mapping:
    path.write_text(text, encoding="utf-8")
    return Mapping.load(path)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("customers", "orders"), [(100, 500), pytest.param(300, 3_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("mode", ["auto", "ask", "trust"])
@pytest.mark.slow
async def test_accepted_means_that_it_will_be_there(tmp_path: Path, mode: Any, customers: int, orders: int) -> None:
    of_users, of_orders = mapping(tmp_path / "u.toml", USERS), mapping(tmp_path / "o.toml", ORDERS)
    damaged = written(tmp_path / "damaged.csv", map(lost_rows, range(customers)), COLUMNS)
    corrected = written(tmp_path / "corrected.csv", map(row, range(customers)), COLUMNS)
    bought = ([f"F-{number}", row(number * 7 % customers)[0], f"{1 + number % 9}.50"] for number in range(orders))
    purchases = written(tmp_path / "orders.csv", bought, ["Number", "Doc", "Price"])
    policy = IngestPolicy(unknown_users=mode)
    async with Simulator(RateLimit(100_000)) as simulator:
        simulator.refuses = lambda record: ["poison"] if record.get("first_name") == "poison" else []
        options: dict[str, Any] = {"base_url": simulator.url, "rate_limit": RateLimit(100_000), "ingest": policy}

        wrong = list[RunEvent]()

        def hear(event: RunEvent) -> None:
            if isinstance(event, Settled) and event.entity is Entity.PURCHASE:
                there = (None, event.key) in simulator.purchases
                is_open = event.outcome == Accepted("unconfirmed")
                if isinstance(event.outcome, Accepted) and not there and not (is_open and mode == "trust"):
                    wrong.append(event)  # an exception here would not reach the test

        async def run(path: Path) -> Report:
            async with WoowUp(simulator.api_key, **options) as woowup:
                return await woowup.ingest(
                    users=open_source(path, Entity.USER, of_users),
                    purchases=open_source(purchases, Entity.PURCHASE, of_orders),
                    journal=tmp_path / "run.journal",
                    on_event=hear,
                )

        simulator.script(*[Scripted(genuine=True)] * 20, Scripted(drop=True, process=True))
        first = await run(damaged)
        lost = customers // 10
        assert first.submitted == first.accepted + first.rejected
        assert len(simulator.purchases) == first.purchases.accepted - first.unconfirmed
        assert (first.unconfirmed > 0) is (mode == "trust")
        assert first.purchases.rejected + first.unconfirmed == orders - len(simulator.purchases)
        assert len(simulator.purchases) == orders * 9 // 10
        asked = simulator.requests

        again = await run(damaged)
        assert simulator.requests - asked <= 2 * lost
        assert again.unconfirmed == first.unconfirmed
        assert again.purchases.effects.get("unchanged") == orders * 9 // 10

        before = simulator.requests
        second = await run(corrected)
        assert second.accepted == second.submitted
        assert second.unconfirmed == 0
        assert len(simulator.purchases) == orders
        assert simulator.duplicates == 0
        assert simulator.requests - before <= lost * 2 + 10
        third = await run(corrected)
        assert third.requests == 0
        assert not wrong
