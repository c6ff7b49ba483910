"""The fields of orders apart from their lines."""

from typing import Any

from tests.support.drafts import look, sample
from woowup_async.sources.drafting.rules.draft import Setting
from woowup_async.sources.drafting.rules.keys import key_of
from woowup_async.sources.drafting.rules.look import Look
from woowup_async.sources.drafting.rules.orders import circumstances, created, identities, left_out, number_of, prices
from woowup_async.sources.drafting.rules.roles import roles_of


def _identities(*lines: str) -> tuple[list[str], list[str]]:
    taken = sample(*lines)
    problems: list[str] = []
    found = identities(look(*lines), key_of(taken, roles_of(taken, "orders")), problems)
    return [field.name for field in found if field.is_on], problems


def _created(found: Look) -> tuple[dict[str, Any], dict[str, Setting], list[str]]:
    formats: list[Setting] = []
    problems: list[str] = []
    (field,) = created(found, formats, problems)
    return field.rule if field.is_on else {}, {each.name: each for each in formats}, problems


def test_telephones_identify_only_if_nothing_else_does() -> None:
    assert _identities("Pedido,Mail,Celular", "1,a@x.co,+5491100000000")[0] == ["email"]
    assert _identities("Pedido,Mail,Celular", "1,,+5491100000000", "2,a@x.co,")[0] == ["email", "telephone"]


def test_one_value_for_all_customers_is_no_customer() -> None:
    assert _identities("Pedido,Customer ID,Mail", "1,9,a@x.co", "2,9,b@x.co")[0] == ["email"]


def test_only_names_give_each_order_its_own_customer() -> None:
    names, problems = _identities("Pedido,Comprador,Total", "1,Ana Paz,10.5")
    assert names == ["service_uid"]
    assert "each order gets a customer of its own" in problems[0]


def test_nothing_identifies_the_customer() -> None:
    names, problems = _identities("Pedido,Total", "1,10.5")
    assert names == []
    assert len(problems) == 1
    assert problems[0].endswith('write one in purchase.fields, such as email = { column = "Mail" }')


def test_times() -> None:
    rule, formats, problems = _created(look("Pedido,Fecha,Mail", "1,25/01/2026 10:00,a@x.co"))
    assert rule == {"column": "Fecha", "as": "datetime"}
    assert formats["datetime"].value == "%d/%m/%Y %H:%M"
    assert formats["timezone"].is_on
    assert "no offset" in problems[0]


def test_day_and_hour_in_two_columns() -> None:
    rule, formats, _ = _created(look("Pedido,Fecha,Hora,Mail", "1,25/01/2026,10:00:30,a@x.co"))
    assert rule == {"template": "{Fecha} {Hora}", "as": "datetime"}
    assert formats["datetime"].value == "%d/%m/%Y %H:%M:%S"
    rule, formats, _ = _created(look("Pedido,Fecha,Hora,Mail", "1,\x012026-01-25T00:00:00,10:00,a@x.co"))
    assert formats["datetime"].value == "%Y-%m-%dT00:00:00 %H:%M"


def test_times_that_say_their_zone_or_half() -> None:
    _, formats, problems = _created(look("Order,Date,Mail", "1,2026-01-25T10:00:00Z,a@x.co"))
    assert not formats["timezone"].is_on
    assert problems == []
    rule, formats, problems = _created(look("Pedido,Fecha,Mail", "1,05/01/2026 03:04 p. m.,a@x.co"))
    assert "replace" in rule
    assert any("other way round" in each for each in problems)


def test_no_time() -> None:
    rule, formats, problems = _created(look("Pedido,Mail", "1,a@x.co"))
    assert (rule, formats) == ({}, {})
    assert "no column has the time of orders" in problems[0]


def test_sums_beside_the_total() -> None:
    header = "Pedido,Mail,SKU,Envío,Descuento,Subtotal"
    found = {each.name: each.rule for each in prices(look(header, "1,a@x.co,A-1,5.00,-2.00,9.00",
                                                          "1,a@x.co,B-1,5.00,-2.00,8.00"))}  # fmt: skip
    assert found == {
        "prices.gross": {"sum": ["Subtotal"], "default": 0},
        "prices.shipping": {"column": "Envío", "as": "decimal"},
        "prices.discount": {"column": "Descuento", "replace": {"^[-−]": ""}, "as": "decimal"},
    }


def test_branch_channel_and_payment() -> None:
    lookups: dict[str, dict[str, Any]] = {}
    lines = ("Pedido,Mail,Sucursal,Canal,Medio de pago", "1,a@x.co,Centro,Web,Efectivo")
    found = {each.name: each for each in circumstances(look(*lines), lookups)}
    assert found["branch_name"].rule == {"column": "Sucursal"}
    assert lookups == {"channels": {"Web": "web", "*": "other"}, "payments": {"Efectivo": "cash", "*": "other"}}
    (branch,) = circumstances(look("Pedido,Mail,Canal", "1,a@x.co,7"), {})
    assert not branch.is_on


def test_cancelled_orders_are_only_suggested() -> None:
    problems: list[str] = []
    tests = left_out(look("Pedido,Mail,Estado", "1,a@x.co,Pagado", "2,a@x.co,Cancelado"), problems)
    assert [(test["column"], test["one_of"]) for test in tests] == [("Estado", ["Cancelado"])]
    assert "Cancelado (1 row). They are sent" in problems[0]
    assert left_out(look("Pedido,Mail,Estado", "1,a@x.co,Pagado"), problems) == []


def test_numbers() -> None:
    taken = sample("Pedido,Mail", "1,a@x.co", "2,b@x.co")
    key = key_of(taken, roles_of(taken, "orders"))
    assert key is not None
    assert number_of(key).rule == {"column": "Pedido"}
    assert number_of(key._replace(columns=[taken.columns[1], *key.columns])).rule == {"template": "{Mail}-{Pedido}"}
