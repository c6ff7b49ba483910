"""The decimal mark of the file and of a column, cents, and counts for comments."""

import pytest

from tests.support.drafts import column, look, named
from woowup_async.sources.drafting.rules.look import currencies, in_template

_HEADER = "Pedido;Fecha;Mail;Precio;Total;Envío"


def test_each_amount_has_the_mark_of_the_file_or_proves_another() -> None:
    found = look(_HEADER, "1;2026-01-02;ana@example.com;10,50;1.010,50;5.25", delimiter=";")
    columns = found.sample.columns
    assert found.mark.mark == ","
    assert found.amount(named(columns, "Total")) == {"column": "Total", "as": "decimal"}
    assert found.amount(named(columns, "Envío")) == {"column": "Envío", "as": "decimal", "decimal": "."}
    assert str(found.number(named(columns, "Total"), 0)) == "1010.50"
    assert found.number(None, 0) is None


@pytest.mark.parametrize(("delimiter", "mark"), [(";", ","), (",", ".")])
def test_a_semicolon_makes_a_comma_likely(delimiter: str, mark: str) -> None:
    found = look(delimiter.join(("Pedido", "Mail", "Total")), delimiter.join(("1", "ana@example.com", "15")),
                 delimiter=delimiter)  # fmt: skip
    assert (found.mark.mark, found.mark.is_sure) == (mark, False)


def test_a_column_that_says_cents() -> None:
    found = look("Order,Email,Total cents", "1,ana@example.com,1050")
    assert found.is_in_cents
    assert found.amount(named(found.sample.columns, "Total cents"))["divide"] == 100


def test_counts() -> None:
    found = look("Order,Email,Total", "1,ana@example.com,10.5", "2,,10.5")
    assert found.share_of_rows(found.sample.columns[0]) == "in all rows"
    assert found.share_of_rows(found.sample.columns[1]) == "in 1 of 2 rows"
    assert [*currencies([column("moneda", "brl", "Real")])] == ["BRL"]
    assert in_template("# de venta")
    assert not in_template("items[].sku")
