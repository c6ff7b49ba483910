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
            r"purchase\.fields\.channel: constant: expected one of 'corporate'",
        ),
        ("purchase", '"prices.total" = { constant = "1" }', r"prices\.total: constant: expected a finite number"),
        ("purchase", 'createtime = { column = "P", default = "today" }', "createtime: default: expected 'YYYY"),
        ("line", 'quantity = { constant = "1" }', r"purchase\.lines\.quantity: constant: expected an integer"),
        ("line", 'unit_price = { column = "P", default = "-" }', "unit_price: default: expected a finite number"),
        ("paid", "tarjeta", r"purchase\.payments\.type: lookups\.t: expected one of 'cash'"),
    ],
)
def test_a_value_that_every_record_would_be_refused_for(part: str, rule: str, said: str) -> None:
    with pytest.raises(SourceError, match=f"mapping m.toml: .*{said}"):
        load(text(**{part: rule}))


def test_values_that_fit() -> None:
    load(
        text(
            'country = { column = "P", as = "country", default = "Chile" }\npoints = { constant = 3 }',
            'channel = { constant = "in-store" }\n"prices.total" = { sum = ["P"], default = 0 }\n'
            '"custom_attributes.x" = { constant = true }\nunknown = { constant = "x" }',
            'quantity = { constant = 1 }\nunit_price = { column = "P", as = "decimal", default = 0 }',
        )
    )


@pytest.mark.parametrize("name", presets.names())
def test_the_presets(name: str) -> None:
    assert presets.mapping_of(name)
