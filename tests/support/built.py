"""Purchases that are built with keywords."""

from typing import Any

from woowup_async.models import Prices, Purchase, PurchaseItem


def build(**fields: Any) -> Purchase:
    """Return a valid purchase with some fields replaced."""
    valid: dict[str, Any] = {"email": "a@b.c", "invoice_number": "1", "purchase_detail": [item()]}
    return Purchase(**(valid | {"prices": Prices(total=1)} | fields))


def item(**fields: Any) -> PurchaseItem:
    valid: dict[str, Any] = {"sku": "AB", "quantity": 1, "unit_price": 1}
    return PurchaseItem(**(valid | fields))
