"""The JSON schemas of the vendor's pages, and schemas made from its tables if a page has none.

Room: testing. Pure. `tests/testing/test_schemas.py` compares the first five with the published ones, both ways. JSON
Schema does not have `date` (Q23) and `float` (Q24): here they are a text and a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from woowup_async.testing._schema import Schema, compiled

IDENTIFIERS = ("service_uid", "email", "document", "telephone")
#: The largest purchase: 256 KB (documented, U3).
MAX_BYTES = 262_144

_TEXT: Schema = {"type": "string"}
_INTEGER: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_FLAG: Schema = {"type": "boolean"}
_OBJECT: Schema = {"type": "object"}
_EMAIL: Schema = {"type": "string", "format": "email"}
_GENDER: Schema = {"type": "string", "pattern": "^[fFmM]{0,1}$"}


def _one_of(*names: str) -> Schema:
    return {"type": "string", "enum": names}


def _all(names: str, schema: Schema) -> dict[str, Schema]:
    return dict.fromkeys(names.split(), schema)


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _object(required: Sequence[str] = (), /, **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | {"required": required} if required else schema


# Purchases.

_INVOICE_NUMBER: Schema = {"type": ["string", "integer"]}
_NAMED = _list(_object(("name", "value"), name=_TEXT, value=_TEXT))
_CATEGORY: Schema = {"oneOf": [_TEXT, _object(("id", "name"), **_all("id name url image_url", _TEXT))]}
_PAYMENT = _all("brand bank", _TEXT) | {
    "type": _one_of("credit", "debit", "cash", "mercadopago", "other"),
    "total": _NUMBER,
    "installments": _INTEGER,
    "card_first_digits": {"type": "string", "pattern": "^[0-9]{6}$"},
}
_LINE = _object(
    ("sku", "quantity", "unit_price"),
    sku={"type": "string", "minLength": 1, "pattern": "^[^-][a-zA-Z0-9_%-]+$"},
    category=_list(_CATEGORY),
    quantity=_INTEGER,
    variations=_NAMED,
    specifications=_NAMED,
    custom_attributes=_OBJECT,
    **_all("base_name product_name brand description url image_url thumbnail_url", _TEXT),
    **_all("manufacturer_warranty_date extension_warranty_date", _TEXT),
    **_all("unit_price stock", _NUMBER),
    **_all("available with_extension_warranty", _FLAG),
)
PURCHASE: Schema = _object(
    points={"type": "number", "multipleOf": 1},
    invoice_number=_INVOICE_NUMBER,
    channel=_one_of("web", "telephone", "in-store", "corporate", "direct", "other"),
    purchase_detail=_list(_LINE),
    prices=_object(("total",), **_all("cost shipping gross tax discount total", _NUMBER)),
    payment={"oneOf": [_object(("type",), **_PAYMENT), _list(_object(("type", "total"), **_PAYMENT))]},
    seller=_object(("name", "email"), name=_TEXT, email=_EMAIL, external_id=_TEXT),
    **_all("service_uid email document telephone branch_name createtime approvedtime", _TEXT),
    **_all("metadata custom_attributes", _OBJECT),
) | {"anyOf": [{"required": [name, "invoice_number", "purchase_detail", "prices"]} for name in IDENTIFIERS]}

# Users and their families.

_REASON = _one_of("bounce", "unsubscribe", "spamreport", "dropped", "other")
_CHANGE: Schema = _object(
    email=_EMAIL,
    gender=_GENDER,
    marital_status=_one_of("single", "commited", "married", "divorced", "widowed"),
    points=_INTEGER,
    custom_attributes=_OBJECT,
    **_all("service_uid first_name last_name telephone birthdate street address city state department country", _TEXT),
    **_all("document document_type postcode tags club_inscription_date", _TEXT),
    **_all("mailing_enabled whatsapp_enabled sms_enabled", _one_of("enabled", "disabled")),
    **_all("mailing_disabled_reason whatsapp_disabled_reason sms_disabled_reason", _REASON),
)
_IDENTIFIED: Schema = {"anyOf": [{"required": [name]} for name in IDENTIFIERS]}
#: Only here may `service_uid` be null (Q71).
USER: Schema = _CHANGE | _IDENTIFIED
USER["properties"] = _CHANGE["properties"] | {"service_uid": {"type": ["string", "null"]}}

_RELATIONSHIP = _one_of(
    "son", "parent", "grandparent", "sibling", "friend", "espose", "grandson", "nephew", "pet_dog", "pet_cat", "pet",
    "other",
)  # fmt: skip
MEMBER: Schema = _object(
    ("relationship",),
    uid={"type": "string", "minLength": 1},
    email=_EMAIL | {"minLength": 1},
    gender=_GENDER,
    relationship=_RELATIONSHIP,
    new_relationship=_RELATIONSHIP,
    **_all("first_name last_name telephone birthdate address", _TEXT),
)

# Reports.

_FAILED = _list(_object(("element",), element=_OBJECT, message=_TEXT))
_COUNTS = _object(created=_INTEGER, updated=_INTEGER, failed=_FAILED)
_SOLD = _object(failed=_FAILED, revenue=_NUMBER, **_all("created updated duplicated units", _INTEGER))
_BAD_LINES = _list(_object(("line",), line=_INTEGER, message=_TEXT, additional_details=_OBJECT))
_FILE = _object(
    ("filename",),
    filename=_TEXT,
    invalid_lines=_BAD_LINES,
    revenue=_NUMBER,
    **_all("read_lines valid_lines unique_registers units orders_customers", _INTEGER),
)
INTEGRATION_STATS: Schema = _object(
    createtime=_TEXT, files_stats=_list(_FILE), purchases=_SOLD, **_all("customers products branches", _COUNTS)
)

_LINE_OF_TEXT: Schema = {"type": "string", "pattern": "^[^\n\r\u2028\u2029]*$"}
_COUNTED = ("total_created", "total_updated", "total_failed")
_TURNOVER = (*_COUNTED, "total_revenue", "total_invoice_items")


def _totals(names: Sequence[str], **more: Schema) -> Schema:
    # the only schema in draft 7, in which 2.0 is a whole number (Q7)
    return _object((*names, *more), **_all(" ".join(names), {"type": "whole"}), **more)


_CUSTOMERS = _totals(_COUNTED)
_CUSTOMERS["properties"]["per_branches"] = _list(_totals(_COUNTED, branch=_LINE_OF_TEXT))
LOG: Schema = _object(
    ("files", "processingtime", "stats"),
    files=_list(_LINE_OF_TEXT),
    processingtime=_LINE_OF_TEXT,
    stats=_object(
        customers=_CUSTOMERS,
        purchases=_totals(_TURNOVER, per_branches=_list(_totals(_TURNOVER, branch=_LINE_OF_TEXT))),
        products=_totals(_COUNTED),
        branches=_totals(_COUNTED[:2]),
    ),
)

# Bodies that the pages describe only in tables.

_IDENTITY = _object(**_all("service_uid email document telephone", _TEXT))
_CONCEPT = _one_of("manual", "purchase", "gift", "survey_response", "register", "referrer")
_SCHEDULED = _all("from to branch_name", _TEXT)
_WITH_PERIOD = {"anyOf": [{"required": ["branch_name"]}, {"required": ["from", "to"]}]}
_POINTS = _object(("concept", "points"), concept=_CONCEPT, points=_INTEGER, description={"type": ["string", "null"]})


def _on(schema: Schema, more: Schema) -> Schema:
    return schema | {"properties": schema["properties"] | more["properties"]}


# `notify_to` has another error (Q50), so its type is not checked here.
purchase_errors_of_schema = compiled(PURCHASE)
user_errors_of_schema = compiled(USER)
identity_errors = compiled(_IDENTITY)
change_errors = compiled(_on(_CHANGE, _object(new_email=_EMAIL)))
member_errors = compiled(MEMBER)
report_errors = compiled(INTEGRATION_STATS)
log_errors = compiled(LOG)
points_errors = compiled(_on(_POINTS, _IDENTITY))
merge_errors = compiled(_object(("from", "to"), **{"from": _IDENTITY, "to": _IDENTITY}))
account_errors = compiled(_on(_CHANGE, _object(**_all("pass", _TEXT))))
segment_errors = compiled(_object(("segment_id",), segment_id=_NUMBER))
delete_errors = compiled(_object(("invoice_number",), invoice_number=_INVOICE_NUMBER, branch_name=_TEXT))
bulk_delete_errors = compiled(_object(**_SCHEDULED) | _WITH_PERIOD)

# Bodies that only the vendor's other pages and its clients show.

_PRODUCT = _object(
    category=_list(_CATEGORY),
    specifications=_NAMED,
    sku={"type": "string", "minLength": 1},
    name={"type": "string", "minLength": 1},
    **_all("base_sku base_name brand description url image_url thumbnail_url release_date", _TEXT),
    **_all("price offer_price stock", _NUMBER),
    **_all("available with_extension_warranty", _FLAG),
    **_all("metadata custom_attributes", _OBJECT),
)
_BRANCH = _object(name=_TEXT, **_all("description display_name", {"type": ["string", "null"]}))
_CART = _object(("products",), products=_list(_object(("sku",), sku={"type": ["string", "integer"]})))
_TEXTS = ("name", "data_type", "field_type", "label")

product_change_errors = compiled(_PRODUCT)
product_errors = compiled(_PRODUCT | {"required": ("sku", "name")})
branch_change_errors = compiled(_BRANCH)
branch_errors = compiled(_BRANCH | {"required": ("name",)})
cart_errors = compiled(_on(_CART, _IDENTITY))
attribute_errors = compiled(_object(_TEXTS, **dict.fromkeys(_TEXTS, _TEXT)))
user_event_errors = compiled(_on(_object(("event",), **_all("event datetime", _TEXT), metadata=_OBJECT), _IDENTITY))


def purchase_errors(purchase: Any) -> list[str]:
    """Return the errors of a purchase, in the vendor's words."""
    return purchase_errors_of_schema(purchase) or unidentified(purchase)


def user_errors(user: Any) -> list[str]:
    """Return the errors of a user, in the vendor's words."""
    return user_errors_of_schema(user) or unidentified(user)


def unidentified(record: dict[str, Any]) -> list[str]:
    """Refuse a record whose identifiers are all empty. The schema allows it, but it belongs to no customer (Q62)."""
    is_anyones = any(record.get(name) for name in IDENTIFIERS)
    return [] if is_anyones else ["Failed matching any of the provided schemas."]
