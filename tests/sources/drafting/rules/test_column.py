"""What the cells of a column look like."""

from tests.support.drafts import column
from woowup_async.sources.drafting.rules.column import is_email, is_guarded, zero_days


def test_shares() -> None:
    mixed = column("x", "ana@example.com", "12", "", "0000-00-00", "2026-01-02")
    assert (mixed.filled, mixed.distinct) == (3, 3)
    assert (round(mixed.emails, 2), round(mixed.days, 2)) == (0.33, 0.33)
    assert zero_days(mixed) == ["0000-00-00"]
    assert column("x").numbers == 0.0


def test_words_of_a_path() -> None:
    path = column("data.customer.email", in_lines=False)
    assert (path.words, path.parents, path.depth) == (("email",), ("customer",), 2)
    assert column("totals[id=Shipping].value", in_lines=False).words == ("total", "shipping")
    assert column("totalPriceSet.shopMoney.amount", in_lines=False).words == ("total", "price")
    assert column("node.total.$numberDecimal", in_lines=False).words == ("total",)
    assert column('"order.id"', in_lines=False).words == ("order", "id")
    assert column("Estado#2").words == ("estado",)


def test_values_that_are_nobody() -> None:
    ids = column("id", "0", "12", "99999999", "no tiene", "NULL", "ana@example.com", "consumidor final")
    assert ids.nobody == ["0", "99999999", "consumidor final", "no tiene"]
    assert ids.identifying == 2


def test_texts() -> None:
    assert is_email("ana@example.com")
    assert not is_email("ana@example")
    assert is_guarded("'0123")
    assert not is_guarded("0123")
