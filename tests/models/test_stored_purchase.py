"""Returned purchases, which have another shape than sent ones, and cards."""

import msgspec
import pytest

from woowup_async.models.stored_purchase import Card, StoredPurchase


def test_lines_branch_and_payments_are_read() -> None:
    body = {
        "invoice_number": 7,
        "branch": {"id": 1, "name": "Centro"},
        "purchase_detail": {"items": [{"sku": "A", "quantity": 2, "price": 9.5}]},
        "payment": [{"type": "credit"}],
        "new": {"a": 1},
    }
    stored = msgspec.convert(body, StoredPurchase)
    assert stored.branch is not None
    assert (stored.branch.name, stored.purchase_detail.items[0].sku, stored.invoice_number) == ("Centro", "A", 7)
    assert stored.payment == [{"type": "credit"}]


@pytest.mark.parametrize("kind", [StoredPurchase, Card])
def test_all_fields_may_be_missing(kind: type) -> None:
    assert msgspec.json.decode(b"{}", type=kind) == kind()


def test_a_card_of_an_unknown_bank() -> None:
    card = msgspec.json.decode(b'{"scheme": "visa", "bank": {}, "country": {"alpha2": "AR"}}', type=Card)
    assert card.bank is not None
    assert (card.scheme, card.bank.name) == ("visa", None)
