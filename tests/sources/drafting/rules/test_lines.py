"""Lines of orders: products, or one line for the whole order."""

from typing import Any

from tests.support.drafts import look
from woowup_async.sources.drafting.rules.lines import Lines, lines_of
from woowup_async.sources.drafting.rules.totals import total_of, with_best_price, with_best_total


def _lines(*rows: str) -> Lines:
    found = with_best_price(with_best_total(look(*rows)))
    return lines_of(found, total_of(found))


def _rules(lines: Lines) -> dict[str, dict[str, Any]]:
    return {field.name: field.rule for field in lines.fields}


def test_products() -> None:
    found = _lines("Pedido,Mail,SKU,Producto,Talle,Cantidad,Precio,Marca", "1,a@x.co,A-1,Taza azul,M,2,10.50,Sol")
    assert _rules(found) == {
        "sku": {"column": "SKU", "as": "sku"}, "product_name": {"column": "Producto"},
        "quantity": {"column": "Cantidad", "as": "int"}, "unit_price": {"column": "Precio", "as": "decimal"},
        "brand": {"column": "Marca"}, "variations": {"pairs": {"Talle": "Talle"}},
    }  # fmt: skip


def test_an_order_without_products_has_one_line() -> None:
    found = _lines("Pedido,Mail,Fecha,Total", "1,a@x.co,2026-01-02,10.50")
    assert _rules(found) == {
        "sku": {"constant": "order"}, "quantity": {"constant": 1}, "unit_price": {"column": "Total", "as": "decimal"},
    }  # fmt: skip
    assert found.problems == ["no column of products: each order gets one line for the whole of it"]


def test_codes_that_are_missing_or_too_short() -> None:
    found = _rules(_lines("Pedido,Mail,SKU,Producto,Cantidad,Precio", "1,a@x.co,7,Taza azul,2,10.50",
                          "2,a@x.co,,Remera M,2,10.50", "3,a@x.co,,,2,10.50"))  # fmt: skip
    assert found["sku"] == {
        "first_of": ["SKU", "Producto"], "replace": {"^(.)$": r"item-\1"}, "as": "sku", "default": "item",
    }  # fmt: skip


def test_quantities_with_text_after_them() -> None:
    found = _rules(_lines("Pedido,Mail,SKU,Cantidad,Precio", "1,a@x.co,A-1,2 (-1),10.50", "2,a@x.co,A-1,3,1.00"))
    assert list(found["quantity"]) == ["column", "replace", "as"]


def test_broken_quantities_become_the_price_of_the_line() -> None:
    found = _lines("Pedido,Mail,SKU,Cantidad,Precio", "1,a@x.co,A-1,0.350,10.50")
    assert _rules(found)["quantity"] == {"constant": 1}
    assert _rules(found)["unit_price"] == {"sum": ["Cantidad", "Precio"], "default": 0}
    assert "broken quantities" in found.problems[0]


def test_without_unit_prices() -> None:
    found = _lines("Pedido,Mail,SKU,Cantidad,Total línea", "1,a@x.co,A-1,2,21.00", "1,a@x.co,B-1,2,8.00")
    assert _rules(found)["unit_price"] == {"column": "Total línea", "as": "decimal"}
    assert _rules(found)["quantity"] == {"constant": 1}
    nothing = _lines("Pedido,Mail,SKU,Cantidad", "1,a@x.co,A-1,2")
    assert _rules(nothing)["unit_price"] == {"constant": 0}
    assert "no column of prices" in nothing.problems[0]


def test_rows_without_an_item_are_left_out_if_another_row_begins_the_order() -> None:
    rows = ("1,a@x.co,A-1,2,10.50", "1,a@x.co,,,", "2,a@x.co,B-1,1,9.00")
    found = _lines("Pedido,Mail,SKU,Cantidad,Precio", *rows)
    assert [test["column"] for test in found.left_out] == ["Cantidad"]


def test_a_row_without_an_item_that_begins_its_order_stays() -> None:
    rows = ("1,a@x.co,,,", "1,,A-1,2,10.50", "2,e@x.co,,,", "2,,B-1,1,9.00")
    found = _lines("Pedido,Mail,SKU,Cantidad,Precio", *rows)
    assert found.left_out == []
    assert _rules(found)["quantity"]["default"] == 0
    assert "with the quantity 0" in found.problems[0]


def test_categories_with_levels() -> None:
    found = _rules(_lines("Pedido,Mail,SKU,Cantidad,Precio,Categoría", "1,a@x.co,A-1,1,9.00,Ropa > Remera"))
    assert found["category"] == {"column": "Categoría", "split": ">"}
