"""`docs/fields.md` is what its script writes from the models, and each of its examples is accepted."""

import re
import runpy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from woowup_async.models import Purchase, User

DOCS = Path(__file__).parent.parent / "docs"
SCRIPT = runpy.run_path(str(DOCS / "make_fields.py"))
MODELS = [(User, SCRIPT["USER"]), (Purchase, SCRIPT["PURCHASE"])]
EXAMPLES = [(model, path, text.example) for model, texts in MODELS for path, text in texts.items() if text.example]
USER: dict[str, Any] = {"service_uid": "1"}
PURCHASE: dict[str, Any] = {
    "service_uid": "1",
    "invoice_number": "1",
    "prices": {"total": 1},
    "purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": 1}],
}
#: What else an object needs beside the field of the example.
BESIDE: dict[str, dict[str, Any]] = {
    "category": {"id": "1", "name": "A"},
    "variations": {"name": "A", "value": "B"},
    "specifications": {"name": "A", "value": "B"},
    "collection": {"name": "A"},
    "promotion": {"name": "A"},
    "payment": {"type": "cash"},
    "seller": {"name": "A", "email": "a@example.com"},
}


def put(record: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the record with a value at a path of the page."""
    name, dot, rest = path.partition(".")
    if not dot:
        return record | {name: value}
    plain = name.removesuffix("[]")
    is_list = name.endswith("[]")
    inner = (record[plain][0] if is_list else record[plain]) if plain in record else BESIDE[plain]
    inner = put(inner, rest, value)
    return record | {plain: [inner] if is_list else inner}


def decode(record: dict[str, Any], model: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(record), type=model)


def test_the_page_is_what_the_script_writes() -> None:
    assert (DOCS / "fields.md").read_text(encoding="utf-8") == SCRIPT["page"]()


@pytest.mark.parametrize(("model", "texts"), MODELS)
def test_each_field_is_described_and_no_other(model: type[User | Purchase], texts: dict[str, Any]) -> None:
    assert {field.path for field in SCRIPT["fields"](model)} == set(texts)


def test_each_example_is_accepted() -> None:
    for model, path, example in EXAMPLES:
        record = put(USER if model is User else PURCHASE, path, example)
        assert decode(record, model), path


def test_an_example_that_breaks_its_rule_would_be_seen() -> None:
    refused = 0
    for model, path, _ in EXAMPLES:
        try:
            decode(put(USER if model is User else PURCHASE, path, [[1]]), model)
        except ValueError:
            refused += 1
    assert refused == len(EXAMPLES)


def test_lists_of_values_are_those_of_the_models() -> None:
    page = (DOCS / "fields.md").read_text(encoding="utf-8")
    row = re.search(r"^\| `channel` .*$", page, re.MULTILINE)
    assert row
    assert all(f"`{value}`" in row[0] for value in ("web", "telephone", "in-store", "corporate", "direct", "other"))
