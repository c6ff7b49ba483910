"""The vendor's examples, read from its pages where they are at hand and kept here where they are not."""

import json
import re
from pathlib import Path
from typing import Any

#: The pages lie beside the checkout; tests may read them, the package never does.
PAGES = Path(__file__).parent.parent.parent / "shared" / "official-docs"


def first_object(page: str, after: str) -> Any:
    """Decode the first JSON value that follows a phrase of a page."""
    text = (PAGES / page).read_text(encoding="utf-8")
    start = re.search(r"[\[{]", text[text.index(after) + len(after) :])
    assert start is not None
    value, _ = json.JSONDecoder().raw_decode(text[text.index(after) + len(after) + start.start() :])
    return value


def purchase_line(number: int = 1, **fields: object) -> dict[str, Any]:
    """A small valid purchase."""
    line = {"sku": "AB-1", "quantity": 1, "unit_price": 9.5}
    return {"email": "ana@example.com", "invoice_number": f"F-{number:04}", "purchase_detail": [line],
            "prices": {"total": 9.5}, "createtime": "2024-01-01 10:00:00"} | fields  # fmt: skip
