"""Exports of the same systems in other shapes: other columns and languages, answers of an API, orders of any kind."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from woowup_async._flow import Entity, Record
from woowup_async.sources import Mapping, open_source, presets
from woowup_async.sources.columns import renamed
from woowup_async.sources.table_format import TableFormat

pytestmark = pytest.mark.untraced  # `test_presets.py` covers the same lines
SAMPLES = Path(__file__).parents[1] / "samples" / "exports"
MAPPINGS = {name: presets.mapping_of(name) for name in presets.names()}
TABLES = [name for name, mapping in MAPPINGS.items() if mapping.json is None]
DOCUMENTS = [name for name, mapping in MAPPINGS.items() if mapping.json is not None]
ORDERS = [name for name in TABLES if MAPPINGS[name].purchase is not None]
#: The preamble of Mercado Libre.
ABOVE = {name: 5 if name == "mercadolibre-br" else 3 for name in MAPPINGS if name.startswith("mercadolibre")}


def sample(name: str) -> Path:
    return next(path for path in SAMPLES.iterdir() if path.stem == name)


def table(name: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the preamble of a sample, and its header and rows."""
    written: TableFormat = MAPPINGS[name].csv
    data = sample(name).read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    header = text.splitlines()[ABOVE.get(name, 0)]
    delimiter = max(written.delimiters or [","], key=header.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    return rows[: ABOVE.get(name, 0)], rows[ABOVE.get(name, 0) :]


def written(path: Path, above: list[list[str]], rows: list[list[str]], delimiter: str = ",") -> Path:
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows([*(row or [""] for row in above), *rows])
    path.write_text(file.getvalue(), encoding="utf-8")
    return path


async def read(path: Path, name: str, **how: Any) -> list[Any]:
    system, found = name.partition("-")[0], list[Any]()
    for entity in (Entity.USER, Entity.PURCHASE):
        if MAPPINGS[name].rule_of(entity) is not None:
            source = open_source(path, entity, presets.mapping_for(system, path, entity), **how)
            found += [_told(record) async for record in source]
    return found


WHOLE = dict[str, list[Any]]()


async def whole(name: str) -> list[Any]:
    """Return what a sample becomes as it is. Each is read once."""
    if name not in WHOLE:
        WHOLE[name] = await read(sample(name), name)
    return WHOLE[name]


def _told(record: Record) -> Any:
    """Return what a record becomes, or why it does not, in any language of its columns."""
    return record.raw if record.refusal is None else [reason.message for reason in record.refusal.reasons]


async def first_order(path: Path, mapping: Mapping, **how: Any) -> Record:
    first, *_ = [record async for record in open_source(path, Entity.PURCHASE, mapping, **how)]
    return first


@pytest.mark.parametrize("name", TABLES)
async def test_the_order_of_the_columns_does_not_matter(name: str, tmp_path: Path) -> None:
    above, rows = table(name)
    repeated = [column for column in rows[0] if rows[0].count(column) > 1]
    order = sorted(range(len(rows[0])), key=lambda place: place if rows[0][place] in repeated else -place)
    turned = [[row[place] for place in order] for row in rows]
    assert await read(written(tmp_path / "x.csv", above, turned), name) == await whole(name)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_the_separator_is_that_of_the_header(name: str, delimiter: str, tmp_path: Path) -> None:
    assert await read(written(tmp_path / "x.csv", *table(name), delimiter), name) == await whole(name)


@pytest.mark.parametrize("name", ORDERS)
async def test_an_order_needs_none_of_the_optional_columns(name: str, tmp_path: Path) -> None:
    mapping = MAPPINGS[name]
    assert mapping.purchase is not None
    assert mapping.user is not None
    needed = set(mapping.columns_of(Entity.USER)) - {*mapping.purchase.optional, *mapping.user.optional}
    above, rows = table(name)
    names = renamed(rows[0], mapping.columns)
    kept = [place for place, column in enumerate(names) if {column, f"{column}#1"} & needed]
    path = written(tmp_path / "x.csv", above, [[row[place] for place in kept] for row in rows])
    first = await first_order(path, presets.mapping_for(name, path, Entity.PURCHASE))
    whole = await first_order(sample(name), mapping)
    assert first.refusal is None
    for field in ("invoice_number", "createtime"):
        assert first.raw[field] == whole.raw[field]
    assert [line["quantity"] for line in first.raw["purchase_detail"]] == [
        line["quantity"] for line in whole.raw["purchase_detail"]
    ]
    assert first.raw["prices"]["total"] >= whole.raw["prices"]["total"]  # refunds are an optional column


@pytest.mark.parametrize("name", [name for name in TABLES if MAPPINGS[name].columns])
async def test_the_columns_may_have_each_of_their_other_names(name: str, tmp_path: Path) -> None:
    expected = await whole(name)
    above, rows = table(name)
    others = MAPPINGS[name].columns
    for number in range(max(map(len, others.values()))):
        header = [
            (others[column][number].replace("*", "ARS") if number < len(others.get(column, ())) else column)
            for column in rows[0]
        ]
        if len(set(header)) < len(set(rows[0])):
            continue  # two of these names are those of one language each
        assert await read(written(tmp_path / "x.csv", above, [header, *rows[1:]]), name) == expected, header


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("indent", [None, 2])
async def test_documents_alone_in_lines_in_a_list_or_in_an_answer(
    name: str, indent: int | None, tmp_path: Path
) -> None:
    mapping = MAPPINGS[name]
    assert mapping.json is not None
    expected = await whole(name)
    found = json.loads(sample(name).read_text(encoding="utf-8"))
    places = [place for place in mapping.json.records if place]
    if isinstance(found, dict):
        found = next((found[place] for place in places if isinstance(found.get(place), list)), [found])
    found = [order for order in found if isinstance(order, dict)]
    path = tmp_path / "x.json"
    for shape in (found, *({place: found, "page": 1} for place in places)):
        path.write_text(json.dumps(shape, indent=indent), encoding="utf-8")
        assert await read(path, name) == expected
    path.write_text("\n".join(json.dumps(each) for each in found), encoding="utf-8")
    assert await read(path, name) == expected
    path.write_text(json.dumps(found[0], indent=indent), encoding="utf-8")
    assert (await read(path, name))[0] == expected[0]


#: With an offset, or in UTC by the documentation of the API, the zone of the shop does not matter.
FIXED = {"shopify", "shopify-json", "woocommerce-json", "tiendanube-json", "nuvemshop-json", "vtex", "vtex-json",
         "mercadolibre-json", "magento-json"}  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MAPPINGS if MAPPINGS[name].purchase is not None])
async def test_a_time_zone_is_for_times_without_an_offset(name: str) -> None:
    times = [await first_order(sample(name), MAPPINGS[name], timezone=zone) for zone in ("Asia/Tokyo", "UTC", None)]
    east, utc, own = (record.raw["createtime"] for record in times)
    assert (east == utc) == (name in FIXED)
    assert own == utc if name in FIXED else east < utc <= own


class TestShapesOfOneOrder:
    """What an export of a system may have: guests, refunds, orders of several rows, amounts with a currency."""

    async def order(self, name: str, tmp_path: Path, **cells: str) -> Any:
        above, rows = table(name)
        changed = {column.replace("_", " "): text for column, text in cells.items()}
        for column, text in changed.items():
            place = rows[0].index(column)
            for each in rows[1:]:
                each[place] = text if each is rows[1] or each[place] else ""
        path = written(tmp_path / "x.csv", above, rows)
        first = await first_order(path, presets.mapping_for(name, path, Entity.PURCHASE))
        return first.raw if first.refusal is None else [str(reason) for reason in first.refusal.reasons]

    @pytest.mark.parametrize(
        ("name", "column", "states"),
        [
            ("woocommerce", "Order Status", "Cancelado|wc-cancelled|Reembolsado|refunded|Fallido|Pendiente de pago"),
            ("tiendanube", "Estado del pago", "rechazado|Anulado|Reembolsado|Devuelto|Abandonado"),
            ("tiendanube", "Estado de la orden", "CANCELADA|Cancelada"),
            ("nuvemshop", "Status do Pagamento", "Recusado|Estornado|Devolvido|Reembolsado"),
            ("nuvemshop", "Status do Pedido", "Cancelado"),
            ("vtex", "Status", "canceled|Cancelado|cancellation-requested|incomplete"),
            ("magento", "Status", "Canceled|closed|Suspected Fraud|Cancelado|pending_payment|Pending Payment"),
            ("prestashop", "Status", "Cancelado|Canceled|Refunded|Reembolsado|Payment error|Error en pago"),
            ("shopify", "Financial Status", "REFUNDED|voided|expired"),
        ],
    )  # fmt: skip
    async def test_orders_that_do_not_count(self, name: str, column: str, states: str, tmp_path: Path) -> None:
        for state in states.split("|"):
            (reason,) = await self.order(name, tmp_path, **{column: state})
            assert "cancelled" in reason or "not paid" in reason

    @pytest.mark.parametrize(
        ("name", "column", "states"),
        [
            ("woocommerce", "Order Status", "Completado|Procesando|En espera|wc-processing"),
            ("tiendanube", "Estado del pago", "Recibido|Pendiente|Parcialmente reembolsado|Reembolsado parcialmente"),
            ("nuvemshop", "Status do Pagamento", "Confirmado|Parcialmente reembolsado"),
            ("vtex", "Status", "invoiced|Faturado|handling|ready-for-handling"),
            ("magento", "Status", "processing|Complete|Completo|pending"),
            ("prestashop", "Status", "Payment accepted|Pago aceptado|Enviado|Shipped"),
            ("shopify", "Financial Status", "paid|partially_refunded|pending"),
        ],
    )  # fmt: skip
    async def test_orders_that_count(self, name: str, column: str, states: str, tmp_path: Path) -> None:
        for state in states.split("|"):
            assert isinstance(await self.order(name, tmp_path, **{column: state}), dict)

    @pytest.mark.parametrize(
        ("name", "column", "amounts"),
        [
            ("woocommerce", "Order Shipping Amount", "$1,234.50|1,234.50|US$ 1234.5"),
            ("tiendanube", "Costo de envío", "$1.234,50|1.234,50|ARS 1234,5|$ 1.234,50"),
            ("nuvemshop", "Valor do Frete", "R$ 1,234.50|1234.50"),
            ("vtex", "Shipping Value", "R$ 1,234.50|1234.50"),
            ("magento", "Shipping and Handling", "$1,234.50|1234.5000"),
            ("shopify", "Shipping", "1234.50"),
        ],
    )
    async def test_amounts_with_a_currency(self, name: str, column: str, amounts: str, tmp_path: Path) -> None:
        for amount in amounts.split("|"):
            order = await self.order(name, tmp_path, **{column: amount})
            assert float(order["prices"]["shipping"]) == 1234.5

    @pytest.mark.parametrize("name", ["shopify", "woocommerce", "tiendanube", "vtex"])
    async def test_the_order_may_be_in_its_first_row_only(self, name: str, tmp_path: Path) -> None:
        mapping = MAPPINGS[name]
        assert mapping.purchase is not None
        of_lines = {column for rule in mapping.purchase.lines.values() for column in rule.named()}
        above, rows = table(name)
        (number,) = mapping.purchase.key
        kept = of_lines if name != "vtex" else of_lines | {number}  # VTEX repeats at least the number
        rows[2] = [cell if column in kept else "" for column, cell in zip(rows[0], rows[2])]
        path = written(tmp_path / "x.csv", above, rows)
        assert await read(path, name) == await whole(name)

    async def test_a_rut_keeps_its_letter(self, tmp_path: Path) -> None:
        for name, column in (("tiendanube", "DNI / CUIT"), ("vtex", "Client Document")):
            for spelling in ("20.347.878-k", "20347878K"):
                assert (await self.order(name, tmp_path, **{column: spelling}))["document"] == "20347878K"

    async def test_a_mask_of_vtex_is_taken_off(self, tmp_path: Path) -> None:
        masked = await self.order("vtex", tmp_path, Email="5f3759df5f3759df5f3759df@ct.vtex.com.br")
        assert "email" not in masked
        assert (await self.order("vtex", tmp_path, Email="Rui@exemplo.com-12b.ct.vtex.com.br"))["email"] == (
            "rui@exemplo.com"
        )


PACKAGE = """\
Ventas AR

# de venta;Fecha de venta;Estado;Unidades;Ingresos por productos (ARS);Total (ARS);SKU;Título de la publicación;\
Precio unitario de venta de la publicación (ARS);Comprador
10;31 de agosto de 2026 23:59 hs.;Paquete de 2 productos;;$ 3.000,50;$ 2.650;;;;Lia Rey
11;31 de agosto de 2026 23:59 hs.;Entregado;1;;;AA;Uno;$ 1.000,50;Lia Rey
12;31 de agosto de 2026 23:59 hs.;Entregado;2;;;BB;Dos;$ 1.000;Lia Rey
"""


async def test_a_package_of_mercado_libre_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(PACKAGE, encoding="utf-8")
    mapping = presets.mapping_for("mercadolibre", tmp_path / "x.csv", Entity.PURCHASE)
    source = open_source(tmp_path / "x.csv", Entity.PURCHASE, mapping)
    package, *sold = [record async for record in source]
    assert package.refusal is not None
    assert str(package.refusal.reasons[0]) == "Estado#1: a package, whose products are the rows below it"
    assert sum(record.raw["prices"]["total"] for record in sold) == pytest.approx(3000.50)
    assert [record.raw["createtime"] for record in sold] == ["2026-09-01 02:59:00"] * 2


async def test_the_currency_of_one_column_tells_the_country(tmp_path: Path) -> None:
    text = sample("mercadolibre-mx").read_text(encoding="utf-8")
    path = tmp_path / "x.csv"
    path.write_text(
        text.replace("Precio unitario de venta de la publicación (MXN)", "Precio unitario"), encoding="utf-8"
    )
    assert await read(path, "mercadolibre-mx") == await read(sample("mercadolibre-mx"), "mercadolibre-mx")


async def test_a_partly_refunded_order_of_woocommerce(tmp_path: Path) -> None:
    (order, *_) = json.loads(sample("woocommerce-json").read_text(encoding="utf-8"))
    order["refunds"] = [{"id": 1, "reason": "", "total": "-5.25"}, {"id": 2, "total": "-0.75"}]
    order["line_items"] *= 2
    (tmp_path / "x.json").write_text(json.dumps(order))
    (found,) = [each for each in await read(tmp_path / "x.json", "woocommerce-json") if "prices" in each]
    assert str(found["prices"]["total"]) == "99.00"


async def test_a_guest_of_shopify(tmp_path: Path) -> None:
    (order, *_) = json.loads(sample("shopify-json").read_text(encoding="utf-8"))
    (tmp_path / "x.json").write_text(json.dumps(order | {"customer": None}))
    user, purchase = await read(tmp_path / "x.json", "shopify-json")
    assert user == {"email": "lia.rey@example.com"}
    assert (purchase["email"], "service_uid" in purchase) == ("lia.rey@example.com", False)


async def test_payments_of_mercado_libre_that_were_not_approved_are_not_sent(tmp_path: Path) -> None:
    (order, *_) = json.loads(sample("mercadolibre-json").read_text(encoding="utf-8"))
    refused, card, money = (
        {"payment_type": kind, "payment_method_id": kind, "total_paid_amount": total, "installments": 1}
        for kind, total in (("ticket", 29.97), ("credit_card", 20), ("account_money", 9.97))
    )
    for payments, expected in (
        ([refused | {"status": "rejected"}, card | {"status": "approved"}, money | {"status": "approved"}],
         [("credit", "20"), ("mercadopago", "9.97")]),
        ([card, money], [("credit", "20"), ("mercadopago", "9.97")]),
        ([refused | {"status": "rejected"}], []),
        ([], []),
    ):  # fmt: skip
        (tmp_path / "x.json").write_text(json.dumps(order | {"payments": payments}))
        (purchase,) = [each for each in await read(tmp_path / "x.json", "mercadolibre-json") if "prices" in each]
        assert [(each["type"], str(each["total"])) for each in purchase.get("payment", [])] == expected


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("mercadolibre")])
async def test_the_sheet_of_mercado_libre_as_a_workbook(name: str, tmp_path: Path) -> None:
    above, rows = table(name)
    book = openpyxl.Workbook()
    for row in [*above, *rows]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "x.xlsx")
    assert await read(tmp_path / "x.xlsx", name) == await whole(name)


async def test_a_refund_of_woocommerce_is_not_sent_as_a_purchase(tmp_path: Path) -> None:
    above, (header, *rows) = table("woocommerce")
    place = header.index("Order Total Amount")
    refunds = [[*row[:place], f"-{row[place]}", *row[place + 1 :]] for row in rows]
    found = await read(written(tmp_path / "x.csv", above, [header, *refunds]), "woocommerce")
    assert found
    assert all("a refund" in each for each in found)
