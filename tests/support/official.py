"""The vendor's examples, stored in `samples/`, and compared with its pages if these are next to the checkout."""

import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "samples"
PAGES = Path(__file__).parent.parent.parent / "shared" / "official-docs"


def sample(name: str) -> Any:
    """Return one example of the pages."""
    return json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def examples_of_the_pages() -> dict[str, Any]:
    """Read the same examples from the pages, if these are there."""
    if not PAGES.is_dir():
        return {}
    purchases, users = ((PAGES / name).read_text(encoding="utf-8") for name in ("purchases.md", "users.md"))
    valid = "This is a valid purchase according to the previous json-schema:"
    first, bulk, put = (
        purchases.index(valid),
        purchases.index("POST /purchases/bulk"),
        purchases.index("PUT /purchases"),
    )
    return {
        "purchase": _decoded(purchases, "{", first),
        "purchase_update": _decoded(purchases, "{", purchases.index(valid, put)),
        "purchases_bulk": _decoded(purchases, "[{", bulk),
        "user": _decoded(users, "{", users.index("This is a valid json due to previous json schema")),
    }


def _decoded(page: str, opening: str, after: int) -> Any:
    value, _ = json.JSONDecoder().raw_decode(page[page.index(opening, after) :])
    return value


def purchase_line(number: int = 1, **fields: object) -> dict[str, Any]:
    """Return a small valid purchase."""
    line = {"sku": "AB-1", "quantity": 1, "unit_price": 9.5}
    return {
        "email": "ana@example.com",
        "invoice_number": f"F-{number:04}",
        "purchase_detail": [line],
        "prices": {"total": 9.5},
        "createtime": "2024-01-01 10:00:00",
    } | fields
