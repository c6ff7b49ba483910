"""Whole drafts: generated tables are recognized, and every draft is a mapping."""

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.support.drafts import mapping_of, sample
from tests.support.examples import some
from woowup_async.sources.drafting.rules.drafted import drafted
from woowup_async.sources.drafting.rules.toml_text import text_of
from woowup_async.sources.mapping import Mapping

_CELLS = st.sampled_from(
    ("", "1", "1,5", "1.234", "x y", "a@x.co", "25/01/2026", "2026-01-02T10:00:00Z", "'01", "NULL")
)
_NAMES = st.sampled_from(("Pedido", "Fecha", "Total", "Mail", "Estado", "SKU", "Cantidad", "Precio", "Nombre", "{a}[b]",
                          "Dirección", "Número", "País", "Hora", "#", "Sucursal", "Talle"))  # fmt: skip


@settings(max_examples=some(60))
@given(table=st.lists(_NAMES, min_size=1, max_size=8).flatmap(
    lambda names: st.tuples(st.just(names), st.lists(st.lists(_CELLS, min_size=len(names), max_size=len(names)),
                                                     min_size=1, max_size=6))),
    contents=st.sampled_from(("orders", "customers")),
)  # fmt: skip
def test_a_draft_always_loads(table: tuple[list[str], list[list[str]]], contents: Any) -> None:
    names, rows = table
    taken = sample(*(";".join(f'"{cell}"' for cell in row) for row in (names, *rows)), delimiter=";")
    draft = drafted(taken, contents)
    assume(not draft.is_empty)
    mapping = Mapping.parse(text_of(draft, "f.csv", "a test"), "draft")
    assert (mapping.purchase is not None) == (contents == "orders")
    assert mapping.user is not None


#: Names of the same columns in three languages and two kinds of writing.
_HEADERS: dict[str, tuple[str, ...]] = {
    "invoice_number": ("Nro. Pedido", "Número do Pedido", "order_id", "Invoice No", "N° Factura", "Ticket"),
    "createtime": ("Fecha de compra", "Data do Pedido", "created_at", "Order Date", "Fecha Emisión", "Fecha y hora"),
    "email": ("Correo electrónico", "E-mail do cliente", "customer_email", "Buyer Email", "Mail", "Email"),
    "prices.total": ("Importe total", "Valor Total", "grand_total", "Order Total", "Total", "Total pedido"),
    "sku": ("Cód. artículo", "Código do Produto", "sku", "Item SKU", "Código de producto", "SKU"),
    "quantity": ("Cantidad", "Quantidade", "qty", "Quantity", "Unidades", "Cant."),
    "unit_price": ("Precio unitario", "Preço unitário", "unit_price", "Item Price", "P. Unit.", "Precio"),
}


@given(
    chosen=st.fixed_dictionaries({field: st.sampled_from(names) for field, names in _HEADERS.items()}),
    order=st.permutations(list(_HEADERS)),
    amounts=st.lists(st.tuples(st.integers(1, 9), st.integers(100, 99_999)), min_size=4, max_size=12),
)
def test_known_columns_are_recognized(chosen: dict[str, str], order: list[str], amounts: list[tuple[int, int]]) -> None:
    lines = [";".join(chosen[field] for field in order)]
    for number, (count, cents) in enumerate(amounts, 1):
        cells = {
            "invoice_number": f"A-{number}", "createtime": f"{number + 12:02}/01/2026 10:00",
            "email": f"c{number}@example.com", "prices.total": f"{count * cents / 100:.2f}".replace(".", ","),
            "sku": f"SKU-{cents}", "quantity": str(count), "unit_price": f"{cents / 100:.2f}".replace(".", ","),
        }  # fmt: skip
        lines.append(";".join(cells[field] for field in order))
    mapping = mapping_of(sample(*lines, delimiter=";"), "orders")
    assert mapping.purchase is not None
    rules = mapping.purchase.fields | mapping.purchase.lines
    assert {field: rules[field].column for field in _HEADERS} == chosen
    assert mapping.purchase.key == [chosen["invoice_number"]]
    assert (mapping.csv.decimal, mapping.csv.datetime) == (",", "%d/%m/%Y %H:%M")


@pytest.mark.parametrize(
    ("lines", "contents", "said"),
    [
        (("Fecha,Total,Mail", "2026-01-02,10.5,a@x.co"), "orders", "no column has the number of orders"),
        (("Pedido,Mail", "1,a@x.co"), "orders", "no column has the total of orders"),
        (("Nombre,Ciudad", "Ana,Lima"), "customers", "no column identifies customers"),
        (("Pedido,Total,Mail", "1,1.234,a@x.co"), "orders", "the decimal mark is not sure"),
    ],
)
def test_what_is_missing_is_said_in_one_line(lines: tuple[str, ...], contents: Any, said: str) -> None:
    problems = drafted(sample(*lines), contents).problems
    assert any(each.startswith(said) for each in problems)
    assert not any("\n" in each for each in problems)


def test_rows_that_continue_orders_and_rows_of_sums() -> None:
    mapping = mapping_of(
        sample("Pedido,Mail,SKU,Cantidad,Precio", "1,a@x.co,A-1,1,9.00", ",,B-1,2,8.00", ",,Total,,25.00"), "orders"
    )
    assert mapping.purchase is not None
    assert mapping.purchase.fill_down is True
    assert [test.reason for test in mapping.purchase.leave_out] == ["a row of sums"]


def test_customers() -> None:
    mapping = mapping_of(sample("Código,Nombre,Mail", "7,Ana,a@x.co", "8,Eva,"), "customers")
    assert mapping.purchase is None
    assert mapping.user is not None
    assert mapping.user.key == ["Código"]
    assert set(mapping.user.fields) == {"service_uid", "first_name", "last_name", "email"}


def test_guards_and_nulls_are_settings() -> None:
    mapping = mapping_of(sample("Código,Mail", "'007,a@x.co", "8,NULL"), "customers")
    assert mapping.csv.excel_guards
    assert mapping.csv.null == ["NULL"]
