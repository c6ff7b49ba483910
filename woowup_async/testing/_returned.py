"""Builds the records that reads return, in the shapes of the samples.

Room: testing. Pure.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]

#: Fields that have another name in answers than in requests (Q64).
_RENAMED = {"birthdate": "birthday", "postcode": "postal_code", "street": "address"}
#: Names that only answers have. They have no effect in a request.
_ANSWERED = frozenset(_RENAMED.values()) - {"address"}
_CHANNELS = ("mailing", "whatsapp", "sms")
_CONSENT = tuple(f"{channel}_enabled{end}" for channel in _CHANNELS for end in ("", "_reason"))
#: The fields that each shape of a user begins with.
_HEAD = ("userapp_id", "user_id", "app_id", "service_uid", "email", "first_name", "last_name")
#: In the order of the samples. `find` has all; the operations by id, the search and `register` have other fields.
_WHOLE = (
    *_HEAD, "telephone", "birthday", "gender", "document", "document_type", "state", "city", "department", "address",
    "postal_code", "marital_status", "tags", "points", "customform", "club_inscription_date", "blocked", "notes",
    *_CONSENT, "custom_attributes", "family", "createtime", "updatetime",
)  # fmt: skip
_BY_ID = (
    *_HEAD, "telephone", "birthday", "gender", "state", "city", "street", "postal_code", "points", "points_pending",
    "customform", "club_inscription_date", "blocked", "notes", *_CONSENT, "family", "createtime", "updatetime",
)  # fmt: skip
_FOUND = (
    *_HEAD, "document", "telephone", "birthday", "gender", "state", "city", "street", "postal_code", "tags", "points",
    "customform", "family", "createtime", "updatetime",
)  # fmt: skip
_BRIEF = (*_HEAD, "points", "customform")
SHAPES = {"whole": _WHOLE, "by_id": _BY_ID, "found": _FOUND, "brief": _BRIEF, "changed": (*_BRIEF, "custom_attributes")}

#: Two samples have Spanish words. The other ten words are guessed.
RELATIONSHIPS = {
    "son": "hijo", "parent": "padre", "grandparent": "abuelo", "sibling": "hermano", "friend": "amigo",
    "espose": "cónyuge", "grandson": "nieto", "nephew": "sobrino", "pet_dog": "perro", "pet_cat": "gato",
    "pet": "mascota", "other": "otro",
}  # fmt: skip
_MEMBER = (
    "id", "first_name", "last_name", "relationship", "relationship_text", "birthdate", "gender", "email", "uid",
    "telephone", "address",
)  # fmt: skip


@dataclass(slots=True)
class Kept:
    """The data that the server keeps about a user in addition to the sent fields."""

    number: int
    createtime: str
    updatetime: str | None = None
    earned: int = 0


def stored_user(user: Fields, kept: Kept, family: list[Fields], shape: str = "whole") -> Fields:
    """Return a user in one of the `SHAPES`."""
    known: Fields = {_RENAMED.get(name, name): value for name, value in user.items() if name not in _ANSWERED}
    known |= {
        "userapp_id": kept.number, "user_id": kept.number, "app_id": 1, "address": _street(user),
        "street": _street(user), "tags": tags_of(user) or None, "points": int(user.get("points") or 0) + kept.earned,
        "points_pending": 0, "customform": [], "blocked": False, "notes": None, "createtime": kept.createtime,
        "updatetime": kept.updatetime, "custom_attributes": user.get("custom_attributes") or [],
        "family": [{name: each.get(name) for name in _MEMBER if name not in _ONLY_LISTED} for each in family],
    }  # fmt: skip
    for channel in _CHANNELS:
        known |= _consent(user, channel)
    return {name: known.get(name) for name in SHAPES[shape]}


#: The members inside a user have no ids.
_ONLY_LISTED = ("id", "relationship_text")


def stored_member(member: Fields) -> Fields:
    """Return a family member. Fields that were not sent are null."""
    text = RELATIONSHIPS[member["relationship"]]
    return {name: member.get(name) for name in _MEMBER} | {"relationship_text": text}


def tags_of(user: Fields) -> list[str]:
    """Return the tags as a list. They are sent as one text with commas (Q68)."""
    parts = (part.strip() for part in str(user.get("tags") or "").split(","))
    return [part for part in parts if part]


def _street(user: Fields) -> Any:
    return user.get("street") or user.get("address")


def _consent(user: Fields, channel: str) -> Fields:
    """Return the consent for a channel: a flag, sent as a word (Q67), and a reason, sent by one of two names (Q66)."""
    is_enabled = user.get(f"{channel}_enabled", "enabled") == "enabled"
    reason = user.get(f"{channel}_enabled_reason")
    if reason is None and not is_enabled:
        reason = user.get(f"{channel}_disabled_reason")
    return {f"{channel}_enabled": is_enabled, f"{channel}_enabled_reason": reason}


def stored_purchase(purchase: Fields, user: Fields, arrived: str, branch: Fields | None) -> Fields:
    """Return a purchase as the API does, in another shape than it was sent (Q43)."""
    prices, payment = purchase["prices"], purchase.get("payment")
    who = {name: user.get(name) or purchase.get(name) for name in ("service_uid", "document", "email")}
    shown = who | {
        "invoice_number": str(purchase["invoice_number"]),
        "channel": purchase.get("channel"),
        "purchase_detail": {"items": [_stored_line(line) for line in purchase["purchase_detail"]]},
        "prices": {name: prices.get(name, 0) for name in ("total", "gross", "discount", "shipping", "tax", "cost")},
        "points": purchase.get("points", 0),
        "downloadtime": arrived,
        "createtime": purchase.get("createtime", arrived),
        "cancel_transaction_id": None,
        "branch": branch,
        "payment": _stored_payment(payment[0] if isinstance(payment, list) and payment else payment),
        "purchase_operator": None,
        "pickup_store": None,
        "promotions": None,
    }
    return shown | _own(purchase, "custom_attributes") | _own(purchase, "metadata")


def _stored_line(line: Fields) -> Fields:
    named = {"product_id": line["sku"], "product_name": line.get("product_name")}
    return named | {"quantity": line["quantity"], "price": line["unit_price"]} | _own(line, "custom_attributes")


def _own(record: Fields, name: str) -> Fields:
    """Return a field with its key. In the samples an empty field has no key."""
    return {name: record[name]} if record.get(name) else {}


def _stored_payment(payment: Any) -> Fields | None:
    if not isinstance(payment, dict):
        return None
    return {"type": payment["type"], "brand": payment.get("brand"), "name": payment.get("bank")}


def totals_of(purchases: list[Fields]) -> Fields:
    """Return the totals of some purchases."""
    revenue = sum(purchase["prices"]["total"] for purchase in purchases)
    if isinstance(revenue, float) and not math.isfinite(revenue):
        revenue = math.copysign(sys.float_info.max, revenue)  # JSON has no infinity
    return {
        "total_purchases": len(purchases),
        "total_revenue": revenue,
        "total_invoice_items": sum(len(purchase["purchase_detail"]) for purchase in purchases),
    }
