"""Where the total of an order is."""

from tests.support.drafts import look
from woowup_async.sources.drafting.rules.totals import fit_of, total_of, with_best_price, with_best_total

_LINES = "Pedido,Mail,Cantidad,Precio"


def _total(*lines: str) -> dict[str, object]:
    return total_of(with_best_price(with_best_total(look(*lines)))).rule


def test_a_total_of_the_order_is_taken_from_its_first_row() -> None:
    rows = ("1,a@x.co,1,10.00,30.00", "1,a@x.co,2,10.00,30.00")
    assert _total(f"{_LINES},Total", *rows) == {"column": "Total", "as": "decimal"}
    found = look(f"{_LINES},Total", *rows)
    total = found.roles.get("prices.total")
    assert total is not None
    assert fit_of(found, total) == (1, 1)
    assert total_of(found).why == "the lines of 1 of 1 order add up to it"


def test_a_total_of_each_line_is_added_up() -> None:
    rule = _total(f"{_LINES},Total", "1,a@x.co,1,10.00,10.00", "1,a@x.co,2,10.00,20.00")
    assert rule == {"sum": ["Total"], "default": 0}


def test_a_total_in_another_row_than_the_first_is_added_up() -> None:
    rule = _total(f"{_LINES},Total", "1,a@x.co,1,10.00,", "1,a@x.co,2,10.00,30.00")
    assert rule == {"sum": ["Total"], "default": 0}


def test_without_a_total_quantity_and_price_are_added_up() -> None:
    assert _total(_LINES, '1,a@x.co,1,"$ 1,010.00"') == {"sum": ["Cantidad", "Precio"], "as": "money", "default": 0}
    assert _total("Pedido,Mail,Fecha", "1,a@x.co,2026-01-02") == {"column": "TOTAL", "as": "decimal"}


def test_the_total_is_the_column_to_which_the_lines_add_up() -> None:
    header = "Venta,Fecha,Unidades,Ingresos por productos,Total,Precio unitario,Comprador"
    rows = [f"{n},2026-01-02,2,31.90,28.70,15.95,Ana Paz" for n in range(3)]
    assert _total(header, *rows) == {"column": "Ingresos por productos", "as": "decimal"}


def test_three_orders_show_that_a_price_is_that_of_the_line() -> None:
    lines = [f"{n},a@x.co,3,30.00,30.00" for n in range(3)]
    found = with_best_price(look(f"{_LINES},Total pedido", *lines))
    assert found.roles.get("unit_price") is None
    line = found.roles.get("line_total")
    assert line is not None
    assert line.name == "Precio"
    unchanged = with_best_price(look(f"{_LINES},Total pedido", *lines[:2]))
    assert unchanged.roles.get("line_total") is None
