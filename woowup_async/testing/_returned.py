"""What the simulator returns of purchases.

Room: testing. Pure.
"""

from __future__ import annotations

from typing import Any


def stored_purchase(purchase: dict[str, Any]) -> dict[str, Any]:
    """Return a purchase as the API returns it: another shape than was sent (Q43)."""
    items = [
        {"product_id": None, "product_name": line.get("product_name"), "sku": line["sku"], "quantity": line["quantity"],
         "price": line["unit_price"], "custom_attributes": line.get("custom_attributes") or []}
        for line in purchase["purchase_detail"]
    ]  # fmt: skip
    branch = purchase.get("branch_name")
    kept = (
        "invoice_number",
        "service_uid",
        "email",
        "document",
        "telephone",
        "channel",
        "prices",
        "createtime",
        "approvedtime",
    )
    return {name: purchase.get(name) for name in kept} | {
        "purchase_detail": {"items": items},
        "branch": {"id": 1, "name": branch} if branch else None,
        "metadata": purchase.get("metadata") or [],
        "custom_attributes": purchase.get("custom_attributes") or [],
    }


def totals_of(purchases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the totals of an account."""
    return {
        "total_purchases": len(purchases),
        "total_revenue": sum(purchase["prices"]["total"] for purchase in purchases),
        "total_invoice_items": sum(len(purchase["purchase_detail"]) for purchase in purchases),
    }
