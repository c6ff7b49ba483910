"""Names and cells together decide how well a column fits."""

import pytest

from tests.support.drafts import column
from woowup_async.sources.drafting.rules.column import Column
from woowup_async.sources.drafting.rules.scores import CONTENTS, LEAST, score
from woowup_async.sources.drafting.rules.vocabulary import LINES, ORDER, PERSON

_MAILS = ("ana@example.com", "eva@example.com")


def test_a_name_is_not_enough() -> None:
    assert score(column("Email", *_MAILS), PERSON["email"]) == 10
    assert score(column("Email", "yes", "no"), PERSON["email"]) == 0
    assert score(column("Email"), PERSON["email"]) == 0


def test_a_word_excludes_a_field() -> None:
    assert score(column("Accepts email", *_MAILS), PERSON["email"]) == 0
    assert score(column("seller.email", *_MAILS, in_lines=False), PERSON["email"]) == 0


@pytest.mark.parametrize(
    ("better", "worse", "field"),
    [
        (column("customer.phone", "+5491100000000", in_lines=False),
         column("shipping.phone", "+5491100000000", in_lines=False), PERSON["telephone"]),
        (column("created_at", "2026-01-01", in_lines=False),
         column("customer.created", "2026-01-01", in_lines=False), ORDER["createtime"]),
        (column("Total", "10,00"), column("Total USD base", "10,00"), ORDER["prices.total"]),
        (column("items[].sku", "A-1", in_lines=True), column("items[].id", "12", in_lines=True), LINES["sku"]),
    ],
)  # fmt: skip
def test_the_better_of_two_columns(better: Column, worse: Column, field: object) -> None:
    assert score(better, field) > score(worse, field)  # type: ignore[arg-type]


def test_amounts_are_no_keys_and_codes_are_no_titles() -> None:
    assert score(column("Net sales", "$1.50", "$2.50"), ORDER["invoice_number"]) == 0
    codes, titles = column("Producto", "A-1", "B-2"), column("Producto", "Taza azul", "Remera M")
    assert score(codes, LINES["product_name"]) < score(titles, LINES["product_name"])
    assert score(codes, LINES["sku"]) > score(titles, LINES["sku"])


def test_every_kind_of_content_can_be_asked_for_an_empty_column() -> None:
    assert all(0 <= fits(column("x")) <= 1 for fits in CONTENTS.values())
    assert LEAST > 0
