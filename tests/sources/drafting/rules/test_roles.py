"""Orders or customers, and one role for each column."""

import pytest

from tests.support.drafts import sample
from woowup_async.sources.drafting.rules.roles import contents_of, roles_of

_ORDER = "1001,2026-01-02 10:00,ana@example.com,Taza,2,10.50,21.00"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("Pedido,Fecha,Mail,Producto,Cantidad,Precio,Total", _ORDER), "orders"),
        (("Order ID,Grand Total,Purchase Date", "7,10.5,2026-01-02"), "orders"),
        (("Nombre,Apellido,E-mail,Fecha de nacimiento", "Ana,Paz,ana@example.com,1990-01-02"), "customers"),
        (("Customer ID,Email,Total Spent,Total Orders", "7,ana@example.com,10.50,3"), "customers"),
        (("a,b", "1,2"), None),
    ],
)
def test_contents(lines: tuple[str, ...], expected: str | None) -> None:
    assert contents_of(sample(*lines)) == expected


def test_each_column_has_one_role() -> None:
    roles = roles_of(sample("Pedido,Fecha,Mail,Producto,Cantidad,Precio,Total", _ORDER), "orders")
    assert roles.taken() == {
        "Pedido": "invoice_number", "Fecha": "createtime", "Mail": "email", "Producto": "product_name",
        "Cantidad": "quantity", "Precio": "unit_price", "Total": "prices.total",
    }  # fmt: skip


def test_the_id_of_an_order_is_not_that_of_its_customer() -> None:
    taken = sample("id,customer_id,total", "1,77,10.5", "2,78,10.5")
    assert roles_of(taken, "orders").taken()["customer_id"] == "service_uid"
    assert roles_of(taken, "orders").taken()["id"] == "invoice_number"
    people = sample("id,email", "77,ana@example.com")
    assert roles_of(people, "customers").taken()["id"] == "service_uid"


def test_what_many_customers_share_identifies_none() -> None:
    people = sample("Customer code,Email", *(f"C{n % 2},c{n}@x.co" for n in range(12)))
    assert "service_uid" not in roles_of(people, "customers").taken().values()


def test_contents_show_what_names_do_not() -> None:
    taken = sample("Pedido,Dato,Cuando,Cantidad", "1001,ana@example.com,2026-01-02,2")
    found = roles_of(taken, "orders").taken()
    assert (found["Dato"], found["Cuando"]) == ("email", "createtime")


def test_roles_can_be_changed() -> None:
    taken = sample("Order,Total,Grand Total,Mail", "1,2.50,3.50,ana@example.com")
    roles = roles_of(taken, "orders")
    first, other = roles.get("prices.total"), roles.others("prices.total")[0]
    assert (first and first.name, other.name) == ("Grand Total", "Total")
    changed = roles.with_first("prices.total", other)
    assert changed.get("prices.total") is other
    assert changed.without("prices.total").get("prices.total") is None
    assert changed.moved("prices.total", "line_total").get("line_total") is other
