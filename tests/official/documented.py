"""The documented requests: each operation, with a value for every field of its tables and schemas.

Nested names count as fields. The source is the five pages. The numbers are those of `docs/endpoints.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, get_args

import msgspec

from woowup_async.models.transaction import Concept

IDS = {"document": "123", "email": "ana@example.com", "telephone": "5491144445555", "service_uid": "C-1"}
PAGING = {"limit": 50, "page": 2}
DAYS = {"from": "2026-01-01", "to": "2026-01-31"}
REASON = ("bounce", "unsubscribe", "spamreport", "dropped", "other")
SWITCH = ("enabled", "disabled")
RELATIONSHIP = (
    "son", "parent", "grandparent", "sibling", "friend", "espose", "grandson", "nephew", "pet_dog", "pet_cat", "pet",
    "other",
)  # fmt: skip

CHANGES = {
    "first_name": "Ana", "last_name": "Paz", "birthdate": "1990-02-01", "gender": "F", "street": "Corrientes 1",
    "postcode": "1000", "city": "Rosario", "department": "Centro", "state": "Santa Fe", "country": "ARG",
    "document_type": "DNI", "marital_status": "married", "tags": "a,b", "points": 5, "mailing_enabled": "enabled",
    "mailing_disabled_reason": "other", "custom_attributes": {"talle": "M"},
}  # fmt: skip
USER = IDS | CHANGES | {
    "address": "Corrientes 1", "whatsapp_enabled": "enabled", "whatsapp_disabled_reason": "other",
    "sms_enabled": "enabled", "sms_disabled_reason": "other", "club_inscription_date": "2026-01-01",
}  # fmt: skip
MEMBER = {
    "uid": "7", "email": "leo@example.com", "first_name": "Leo", "last_name": "Paz", "telephone": "1",
    "birthdate": "2015-02-01", "address": "Corrientes 1", "gender": "M", "relationship": "son",
}  # fmt: skip
NAMED = [{"name": "Talle", "value": "M"}]
PAYMENT = {
    "type": "credit", "brand": "Visa", "bank": "Banco", "total": 9.5, "installments": 3, "card_first_digits": "450799",
}  # fmt: skip
PURCHASE = IDS | {
    "points": 5, "invoice_number": "F-1", "channel": "web",
    "purchase_detail": [{
        "sku": "AB-1", "base_name": "Taza", "product_name": "Taza roja",
        "category": [{"id": "a", "name": "Cocina", "url": "https://e.co", "image_url": "https://e.co"}],
        "quantity": 1, "unit_price": 9.5, "variations": NAMED, "specifications": NAMED, "brand": "B",
        "description": "D", "url": "https://e.co", "image_url": "https://e.co", "thumbnail_url": "https://e.co",
        "stock": 3, "available": True, "manufacturer_warranty_date": "2027-01-01",
        "extension_warranty_date": "2028-01-01", "with_extension_warranty": True, "custom_attributes": {"a": 1},
    }],
    "prices": {"cost": 1, "shipping": 2, "gross": 3, "tax": 4, "discount": 5, "total": 6}, "payment": PAYMENT,
    "branch_name": "Centro", "seller": {"name": "Eva", "email": "eva@example.com", "external_id": "1"},
    "createtime": "2026-01-01 10:00:00", "approvedtime": "2026-01-01 10:00:00", "metadata": {"a": 1},
    "custom_attributes": {"a": 1},
}  # fmt: skip
FAILED = [{"element": {"email": "ana@example.com"}, "message": "m"}]
COUNTS = {"created": 1, "updated": 2, "failed": FAILED}
STATS = {
    "customers": COUNTS, "products": COUNTS, "branches": COUNTS,
    "purchases": COUNTS | {"duplicated": 1, "revenue": 9.5, "units": 2}, "createtime": "2026-01-01 10:00:00",
    "files_stats": [{
        "filename": "a.csv", "read_lines": 3, "valid_lines": 2, "unique_registers": 2,
        "invalid_lines": [{"line": 3, "message": "m", "additional_details": {"a": 1}}], "revenue": 9.5, "units": 2,
        "orders_customers": 1,
    }],
}  # fmt: skip
TOTALS = {"total_created": 1, "total_updated": 2, "total_failed": 3}
SOLD = TOTALS | {"total_revenue": 9, "total_invoice_items": 2}
LOG = {
    "files": ["a.csv"], "processingtime": "2026-01-01T10:00:00+00:00",
    "stats": {
        "customers": TOTALS | {"per_branches": [TOTALS | {"branch": "Centro"}]},
        "purchases": SOLD | {"per_branches": [SOLD | {"branch": "Centro"}]},
        "products": TOTALS, "branches": {"total_created": 1, "total_updated": 2},
    },
}  # fmt: skip
POINTS = {"concept": "gift", "points": 5, "description": "d"}
WINDOW = {"from": "2026-01-01 05:00:00", "to": "2026-02-01 04:59:59"}


class Operation(msgspec.Struct, frozen=True):
    """One operation: its name on the page, the line of its heading, and its documented fields with values.

    If the library uses another path than the page, `shown` is the path on the page and the number with the reason.
    """

    number: int
    heading: str
    method: str
    path: str
    fields: dict[str, Any] = {}
    shown: tuple[str, str] | None = None
    is_deprecated: bool = False


OPERATIONS = (
    Operation(1, "integration-stats.md:5", "POST", "/integration-stats", STATS),
    Operation(2, "integration-stats.md:160", "GET", "/integration-stats", DAYS | PAGING),
    Operation(3, "woowup-connectors.md:6", "GET", "/stats", DAYS | {"branch": "Centro"}),
    Operation(4, "woowup-connectors.md:42", "POST", "/log", LOG),
    Operation(5, "woowup-connectors.md:340", "GET", "/logs", DAYS | PAGING | {"entity": "customers"}),
    Operation(6, "purchases.md:2", "POST", "/purchases", PURCHASE),
    Operation(7, "purchases.md:351", "POST", "/purchases/bulk", PURCHASE | {"payment": [PAYMENT]}),
    Operation(8, "purchases.md:478", "PUT", "/purchases", PURCHASE),
    Operation(9, "purchases.md:658", "GET", "/purchases", {"service_uid": "C-1", "invoice_number": "F-1"}),
    Operation(10, "purchases.md:793", "GET", "/purchases/iin/{}", {"firstSixDigits": "450799"}),
    Operation(11, "purchases.md:856", "DELETE", "/purchases", {"invoice_number": "F-1"}),
    Operation(12, "purchases.md:938", "DELETE", "/purchases/bulk",
              WINDOW | {"branch_name": "001", "notify_to": "ana@example.com"}),
    Operation(13, "users.md:7", "POST", "/users", USER),
    Operation(14, "users.md:317", "GET", "/multiusers/find", IDS),
    Operation(15, "users.md:406", "GET", "/users/{}", {"id": 7}, is_deprecated=True),
    Operation(16, "users.md:496", "GET", "/multiusers/exist", IDS),
    Operation(17, "users.md:552", "GET", "/users/{}/exist", {"id": 7}, is_deprecated=True),
    Operation(18, "users.md:590", "GET", "/users/{}/belongsToSegment", {"id": 7, "segment_id": 3}),
    Operation(19, "users.md:631", "PUT", "/multiusers", USER),
    Operation(20, "users.md:844", "PUT", "/users/{}", {"id": 7} | IDS | CHANGES, is_deprecated=True),
    Operation(21, "users.md:1019", "DELETE", "/multiusers", IDS),
    Operation(22, "users.md:1081", "DELETE", "/multiusers/bulk", {"segment_id": 3, "notify_to": "ana@example.com"}),
    Operation(23, "users.md:1137", "POST", "/users/register",
              {"service_uid": "C-1", "email": "ana@example.com", "pass": "p", "first_name": "Ana", "last_name": "Paz"},
              is_deprecated=True),
    Operation(24, "users.md:1188", "POST", "/users/newsletter", {"service_uid": "C-1", "email": "ana@example.com"},
              is_deprecated=True),
    Operation(25, "users.md:1208", "POST", "/multiusers/points", IDS | POINTS),
    Operation(26, "users.md:1279", "POST", "/users/{}/points", {"id": 7} | POINTS, is_deprecated=True),
    Operation(27, "users.md:1349", "POST", "/multiusers/merge", {"to": IDS, "from": IDS | {"document": "9"}}),
    Operation(28, "users.md:1415", "GET", "/multiusers/transactions", IDS | PAGING | DAYS | {"concept": "sale"}),
    Operation(29, "users.md:1612", "GET", "/users/{}/transactions",
              {"id": 7, "concept": "sale"} | PAGING | DAYS, ("/users/{}/transactions/", "Q92"), is_deprecated=True),
    Operation(30, "users.md:1725", "GET", "/multiusers/members", {"of": IDS},
              ("https://api.woowup.com/multiusers/members", "Q93")),
    Operation(31, "users.md:1792", "POST", "/multiusers/members", {"of": IDS} | MEMBER,
              ("https://api.woowup.com/multiusers/members", "Q93")),
    Operation(32, "users.md:1893", "PUT", "/multiusers/members", {"of": IDS} | MEMBER,
              ("https://api.woowup.com/multiusers/members", "Q93")),
    Operation(33, "users.md:1994", "POST", "/multiusers/members/bulk", {"of": IDS} | MEMBER,
              ("https://api.woowup.com/multiusers/members/bulk", "Q93")),
    Operation(34, "users.md:2081", "GET", "/users/{}/members", {"id": 7}),
    Operation(35, "users.md:2187", "POST", "/users/{}/members", {"id": 7} | MEMBER | {"new_relationship": "pet"}),
    Operation(36, "users.md:2292", "POST", "/users/{}/members/bulk", {"id": 7} | MEMBER),
    Operation(37, "users.md:2387", "PUT", "/users/{}/members/{}",
              {"id": 7, "memberid": 9} | MEMBER | {"new_relationship": "pet"}),
    Operation(38, "users.md:2500", "GET", "/users/realtime-search", PAGING | {"search": "ana"}),
)  # fmt: skip

#: Documented names that are not sent, each with the number of its reason.
EXCEPTIONS = {(4, "processedtime"): "Q13"}

#: Values that the pages enumerate: operation, field, values, and an invalid value.
ENUMS: tuple[tuple[int, str, tuple[str, ...], str], ...] = (
    (5, "entity", ("customers", "purchases", "products", "branches"), "users"),
    (6, "channel", ("web", "telephone", "in-store", "corporate", "direct", "other"), "shop"),
    (6, "payment.type", ("credit", "debit", "cash", "mercadopago", "other"), "visa"),
    *((number, "gender", ("F", "M", "f", "m", ""), "x") for number in (13, 19, 20, 31, 32, 33, 35, 36, 37)),
    *((number, "marital_status", ("single", "commited", "married", "divorced", "widowed"), "committed")
      for number in (13, 19, 20)),
    *((number, f"{channel}_enabled", SWITCH, "yes")
      for number in (13, 19) for channel in ("mailing", "whatsapp", "sms")),
    *((number, f"{channel}_disabled_reason", REASON, "unsuscribe")
      for number in (13, 19) for channel in ("mailing", "whatsapp", "sms")),
    (20, "mailing_enabled", SWITCH, "yes"),
    (20, "mailing_disabled_reason", REASON, "unsuscribe"),
    *((number, "concept", ("manual", "purchase", "gift", "survey_response", "register", "referrer"), "sale")
      for number in (25, 26)),
    *((number, "concept", get_args(Concept), "gift") for number in (28, 29)),
    *((number, "relationship", RELATIONSHIP, "spouse") for number in (31, 32, 33, 35, 36, 37)),
    *((number, "new_relationship", RELATIONSHIP, "spouse") for number in (35, 37)),
)  # fmt: skip

#: Codes that the pages document, with their status. 429 has two spellings (Q57).
CODES = (
    (200, "ok"), (400, "bad_request"), (400, "invalid_email"), (403, "forbidden"), (404, "not_found"),
    (404, "user_not_found"), (404, "member_not_found"), (410, "account_deleted"), (429, "too_many_request"),
    (429, "too_many_requests"), (500, "internal_error"), (500, "family_member_duplicated"),
)  # fmt: skip


def paths(value: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each field of an object at every depth, with its value. All elements of a list have the path `[]`."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield f"{prefix}{name}", inner
            yield from paths(inner, f"{prefix}{name}.")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, Mapping | list):
                yield from paths(inner, f"{prefix.removesuffix('.')}[].")


def put(fields: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return a copy of fields with another value at a path."""
    name, _, rest = path.partition(".")
    key = name.removesuffix("[]")
    if not rest:
        return dict(fields) | {key: value}
    inner = fields[key]
    changed = [put(each, rest, value) for each in inner] if name.endswith("[]") else put(inner, rest, value)
    return dict(fields) | {key: changed}
