"""The exports that are kept beside this repository, compared with a reading of the raw files: money, times, customers.

They are skipped if that folder is not there.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from tests.support.commands import backfill, woowup
from woowup_async.testing import Simulator

FOLDER = Path(__file__).parents[4] / "shared" / "data" / "exports"
MONTHS = {"junio": 6, "Jun": 6}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of exports is not there")


class Order(NamedTuple):
    """An order as the raw file has it."""

    number: str
    total: Decimal
    at: datetime
    counts: bool = True


def rows(name: str, delimiter: str = ",", encoding: str = "utf-8", above: int = 0) -> list[dict[str, str]]:
    text = (FOLDER / name).read_text(encoding=encoding).split("\n", above)[above]
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def document(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"), parse_float=Decimal)


def at(text: str, form: str, zone: str = "UTC") -> datetime:
    return datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shopify() -> list[Order]:
    firsts = [row for row in rows("shopify_orders.csv") if row["Total"]]
    return [
        Order(row["Name"], Decimal(row["Total"]) - Decimal(row["Refunded Amount"]),
              datetime.strptime(row["Created at"], "%Y-%m-%d %H:%M:%S %z"), row["Financial Status"] == "paid")
        for row in firsts
    ]  # fmt: skip


def woocommerce() -> list[Order]:
    return [
        Order(row["Order Number"],
              Decimal(row["Order Total Amount"].replace(",", "")) - Decimal(row["Order Refund Amount"]),
              at(row["Order Date"], "%Y-%m-%d %H:%M"), row["Order Status"] == "Completed")
        for row in rows("woocommerce_orders.csv")
    ]  # fmt: skip


def tiendanube() -> list[Order]:
    return [
        Order(row["Número de orden"], Decimal(row["Total"].replace(".", "").replace(",", ".")),
              at(row["Fecha"], "%d/%m/%Y %H:%M:%S", "America/Argentina/Buenos_Aires"))
        for row in rows("tiendanube_ventas.csv", ";", "latin-1") if row["Total"]
    ]  # fmt: skip


def nuvemshop() -> list[Order]:
    return [
        Order(row["Número do Pedido"], Decimal(row["Total"]),
              at(row["Data"], "%d/%m/%Y %H:%M:%S", "America/Sao_Paulo"), row["Status do Pagamento"] == "Confirmado")
        for row in rows("nuvemshop_vendas.csv", ";", "latin-1") if row["Total"]
    ]  # fmt: skip


def mercadolibre() -> list[Order]:
    found = []
    for row in rows("mercadolibre_ventas.csv", ";", above=3):
        day, _, month, _, year, time, _ = row["Fecha de venta"].split()
        moment = at(f"{year}-{MONTHS[month]}-{day} {time}", "%Y-%m-%d %H:%M", "America/Santiago")
        income = row["Ingresos por productos (CLP)"].removeprefix("$ ").replace(".", "")
        found.append(Order(row["# de venta"], Decimal(income), moment))
    return found


def magento() -> list[Order]:
    found = []
    for row in rows("magento_grid.csv"):
        month, day, year, time, half = row["Purchase Date"].replace(",", "").split()
        moment = at(f"{year}-{MONTHS[month]}-{day} {time} {half}", "%Y-%m-%d %I:%M:%S %p")
        total = Decimal(row["Grand Total (Purchased)"]) - Decimal(row["Total Refunded"] or 0)
        found.append(Order(row["ID"], total, moment, row["Status"] == "complete"))
    return found


def of_document(name: str, number: str, total: str, moment: Callable[[Any], datetime], cents: int = 1) -> list[Order]:
    found = document(name)
    return [Order(str(found[number]), Decimal(found[total]) / cents, moment(found))]


def iso(key: str) -> Callable[[Any], datetime]:
    return lambda found: datetime.fromisoformat(found[key])


def utc(key: str) -> Callable[[Any], datetime]:
    return lambda found: datetime.fromisoformat(found[key]).replace(tzinfo=UTC)


#: The preset, the orders of the raw file, and how many customers they are.
EXPORTS: dict[str, tuple[str, Callable[[], list[Order]], int]] = {
    "shopify_orders.csv": ("shopify", shopify, 1),
    "woocommerce_orders.csv": ("woocommerce", woocommerce, 1),
    "woocommerce_order.json": (
        "woocommerce", lambda: of_document("woocommerce_order.json", "number", "total", utc("date_created_gmt")), 1),
    "tiendanube_ventas.csv": ("tiendanube", tiendanube, 2),
    "tiendanube_order.json": (
        "tiendanube", lambda: of_document("tiendanube_order.json", "number", "total", iso("created_at")), 1),
    "nuvemshop_vendas.csv": ("nuvemshop", nuvemshop, 1),
    "mercadolibre_ventas.csv": ("mercadolibre", mercadolibre, 1),
    "mercadolibre_order.json": (
        "mercadolibre", lambda: of_document("mercadolibre_order.json", "id", "total_amount", iso("date_closed")), 1),
    "magento_grid.csv": ("magento", magento, 1),
    "vtex_order.json": (
        "vtex", lambda: of_document("vtex_order.json", "orderId", "value", iso("creationDate"), 100), 1),
    "prestashop_order.json": (
        "prestashop", lambda: of_document("prestashop_order.json", "reference", "total_paid", utc("date_add")), 1),
}  # fmt: skip


def test_every_export_is_here() -> None:
    known = {*EXPORTS, "shopify_customers.csv", "README.md"}
    assert {path.name for path in FOLDER.iterdir()} <= known


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_arrives_whole(simulator: Simulator, name: str) -> None:
    preset, orders_of, customers = EXPORTS[name]
    orders = orders_of()
    counted = [order for order in orders if order.counts]
    given = ("--preset", preset, "--users", FOLDER / name, "--purchases", FOLDER / name)

    planned = json.loads(woowup("plan", *given, "--json").output)["purchases"]
    assert planned["submitted"] == len(orders)
    assert sum(planned["effects"].values()) == len(counted)
    assert planned["codes"] == ({"left_out": len(orders) - len(counted)} if len(counted) < len(orders) else {})

    assert backfill(simulator, *given).exit_code == 0
    stored = list(simulator.purchases.values())
    assert {purchase["invoice_number"] for purchase in stored} == {order.number for order in counted}
    totals = [Decimal(str(purchase["prices"]["total"])) for purchase in stored]
    assert round(sum(totals), 2) == round(sum(order.total for order in counted), 2)
    times = {purchase["invoice_number"]: purchase["createtime"] for purchase in stored}
    assert times == {order.number: order.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S") for order in counted}
    assert len(simulator.users) == customers
    assert not simulator._account.orphans


def test_the_customers_of_shopify(simulator: Simulator) -> None:
    customers, orders = FOLDER / "shopify_customers.csv", FOLDER / "shopify_orders.csv"
    assert backfill(simulator, "--preset", "shopify", "--users", customers).exit_code == 0
    emails = {row["Email"].lower() for row in rows("shopify_customers.csv") if row["Email"]}
    assert {user["email"] for user in simulator.users.values() if user.get("email")} == emails
    assert len(simulator.users) == len(rows("shopify_customers.csv"))
    assert backfill(simulator, "--preset", "shopify", "--users", orders, "--purchases", orders).exit_code == 0
    assert not simulator._account.orphans


def test_cleaning_keeps_customers_and_orders_together(simulator: Simulator) -> None:
    file = FOLDER / "tiendanube_ventas.csv"
    given = ("--preset", "tiendanube", "--clean", "document,email,telephone", "--region", "AR")
    result = backfill(simulator, *given, "--users", file, "--purchases", file)
    assert result.exit_code == 0, result.output
    users = {user["email"]: user for user in simulator.users.values()}
    assert users["eva@example.com"]["document"] == "27345678"
    assert users["eva@example.com"]["telephone"] == "+5491155551234"
    assert [purchase["document"] for purchase in simulator.purchases.values()] == ["12345678", "27345678"]
    assert not simulator._account.orphans
