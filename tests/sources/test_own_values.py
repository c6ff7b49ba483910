"""Values that a mapping sets itself are checked when it is loaded."""

from __future__ import annotations

import pytest

from tests.support.mapped import load
from woowup_async.errors import SourceError
from woowup_async.sources import presets

TEXT = """
[user]
key = ["P"]
[user.fields]
email = {{ column = "P" }}
{user}
[purchase]
key = ["P"]
[purchase.fields]
invoice_number = {{ column = "P" }}
"metadata.u" = {{ column = "P", lookup = "u" }}
{purchase}
[purchase.lines]
sku = {{ column = "P", as = "sku" }}
{line}
[[purchase.payments]]
type = {{ column = "P", lookup = "t" }}
[lookups.t]
A = "{paid}"
B = ""
"*" = "other"
[lookups.u]
A = "x"
"""


def text(user: str = "", purchase: str = "", line: str = "", paid: str = "cash") -> str:
    return TEXT.format(user=user, purchase=purchase, line=line, paid=paid)


@pytest.mark.parametrize(
    ("part", "rule", "said"),
    [
        ("user", 'country = { constant = "Argentina" }', r"user\.fields\.country: constant: expected an ISO 3166-1"),
        ("user", 'gender = { column = "P", default = "x" }', r"user\.fields\.gender: default: expected"),
        ("user", 'gender = { column = "P", lookup = "u" }', r"user\.fields\.gender: lookups\.u: expected"),
        ("user", "first_name = { constant = 3 }", r"first_name: constant: expected a string, got 3"),
        (
            "purchase",
            'channel = { constant = "shop" }',
            r"fields\.channel: constant: expected one of 'corporate'",
        ),
        ("purchase", '"prices.total" = { constant = "1" }', r"prices\.total: constant: expected a finite number"),
        ("purchase", 'createtime = { column = "P", default = "today" }', "createtime: default: expected 'YYYY"),
        ("line", 'quantity = { constant = "1" }', r"purchase\.lines\.quantity: constant: expected an integer"),
        ("user", 'points = { column = "P" }', "points: expected an integer, so no text can be its value"),
        ("user", 'document = { column = "P", as = "int" }', "document: expected a string, so no number can be"),
        ("user", 'birthdate = { column = "P", as = "datetime" }', "birthdate: expected a day from 1900 to today, as"),
        ("user", 'tags = { column = "P", split = "," }', "tags: expected a string, so no list can be its value"),
        ("purchase", 'createtime = { column = "P", as = "date" }', "createtime: expected 'YYYY-MM-DD HH:MM:SS'"),
        ("purchase", '"prices.total" = { column = "P" }', r"prices\.total: expected a finite number, so no text can"),
        ("purchase", 'seller = { column = "P" }', "seller: expected an object, so no text can be its value"),
        ("line", 'quantity = { column = "P" }', r"purchase\.lines\.quantity: expected an integer, so no text can"),
        ("line", 'quantity = { column = "P", as = "bool" }', "quantity: expected an integer, so no true or false"),
        ("line", 'category = { column = "P" }', "category: expected a list, so no text can be its value"),
        ("paid", "tarjeta", r"purchase\.payments\.type: lookups\.t: expected one of 'cash'"),
    ],
)
def test_a_value_that_every_record_would_be_refused_for(part: str, rule: str, said: str) -> None:
    with pytest.raises(SourceError, match=f"mapping m.toml: .*{said}"):
        load(text(**{part: rule}))


def test_values_that_fit() -> None:
    load(
        text(
            'country = { column = "P", as = "country", default = "Chile" }\npoints = { constant = 3 }\n'
            'gender = { column = "P" }\nbirthdate = { column = "P" }\n'
            'club_inscription_date = { column = "P", as = "date" }',
            'channel = { constant = "in-store" }\n"prices.total" = { sum = ["P"], default = 0 }\n'
            '"custom_attributes.x" = { constant = true }\nunknown = { constant = "x" }',
            'quantity = { constant = 1 }\nunit_price = { column = "P", as = "decimal", default = 0 }\n'
            'category = { columns = ["P"] }\nvariations = { pairs = { Talle = "P" } }\n'
            'available = { column = "P", lookup = "v" }',
        )
        + "[lookups.v]\nSi = true\n"
    )


@pytest.mark.parametrize("name", presets.names())
def test_the_presets(name: str) -> None:
    assert presets.mapping_of(name)
