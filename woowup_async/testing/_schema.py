"""What the server refuses, written from the JSON schemas of the vendor's pages alone.

Room: testing. It never looks at our models: each checks the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

IDENTIFIERS = ("service_uid", "email", "document", "telephone")
#: Documented: 256 KB a purchase.
MAX_BYTES = 262_144

_SKU = re.compile(r"[^-][a-zA-Z0-9_%-]+")
_CHANNELS = {"web", "telephone", "in-store", "corporate", "direct", "other"}
_PAYMENTS = {"credit", "debit", "cash", "mercadopago", "other"}
_REQUIRED = ("invoice_number", "purchase_detail", "prices")


def purchase_errors(purchase: Any) -> list[str]:
    """Say what is wrong with a purchase, as the vendor does."""
    return list(_purchase(purchase)) if isinstance(purchase, dict) else ["Expected object"]


def user_errors(user: Any) -> list[str]:
    """Say what is wrong with a user, as the vendor does."""
    return list(_user(user)) if isinstance(user, dict) else ["Expected object"]


def _purchase(purchase: dict[str, Any]) -> Iterator[str]:
    missing = [name for name in _REQUIRED if name not in purchase]
    if missing:
        quoted = ", ".join(f'"{name}"' for name in missing)
        yield f"Required properties missing: [{quoted}]"
    if not any(purchase.get(name) for name in IDENTIFIERS):
        yield "Failed matching any of the provided schemas."
    yield from _nulls(purchase)
    if purchase.get("channel", "web") not in _CHANNELS:
        yield "channel: value not in enum"
    if not isinstance(purchase.get("invoice_number", ""), (str, int)):
        yield "invoice_number: expected string or integer"
    lines = purchase.get("purchase_detail", [])
    for line in lines if isinstance(lines, list) else [None]:
        yield from _line(line)
    prices = purchase.get("prices", {"total": 0})
    if not isinstance(prices, dict) or not _is_number(prices.get("total")):
        yield "prices: total is required"
    payments = purchase.get("payment", [])
    for payment in payments if isinstance(payments, list) else [payments]:
        yield from _payment(payment)


def _line(line: Any) -> Iterator[str]:
    if not isinstance(line, dict):
        yield "purchase_detail: expected object"
        return
    if not isinstance(line.get("sku"), str) or not _SKU.fullmatch(line["sku"]):
        yield "sku: does not match pattern"
    if not isinstance(line.get("quantity"), int):
        yield "quantity: expected integer"
    if not _is_number(line.get("unit_price")):
        yield "unit_price: expected number"


def _payment(payment: Any) -> Iterator[str]:
    if not isinstance(payment, dict) or payment.get("type") not in _PAYMENTS:
        yield "payment: type not in enum"
    elif not re.fullmatch("[0-9]{6}", payment.get("card_first_digits", "000000")):
        yield "payment: card_first_digits does not match pattern"


def _user(user: dict[str, Any]) -> Iterator[str]:
    if not any(user.get(name) for name in IDENTIFIERS):
        yield "Failed matching any of the provided schemas."
    yield from _nulls(user)
    if not re.fullmatch("[fFmM]?", str(user.get("gender", ""))):
        yield "gender: does not match pattern"
    if "email" in user and "@" not in str(user["email"]):
        yield "email: Invalid email"


def _nulls(record: dict[str, Any]) -> Iterator[str]:
    yield from (f"{name}: null found" for name, value in record.items() if value is None)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
