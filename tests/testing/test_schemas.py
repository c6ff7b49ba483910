"""The simulator accepts and refuses the same values as the published JSON schemas do in another validator.

`published/` has the schemas of the pages. If the simulator differs, a number says why.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from tests.support.mutations import instance_of, mutated, places_in
from tests.support.official import purchase_line, sample
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._routes import Asked, Server
from woowup_async.testing._schemas import IDENTIFIERS, log_errors, purchase_errors, user_errors

PUBLISHED = Path(__file__).parent / "published"
#: The vendor's pages, if they are next to the checkout.
PAGES = Path(__file__).parents[3] / "shared" / "official-docs"
#: Each schema with its page and its operation.
SCHEMAS = {
    "purchase": ("purchases", "POST", "/apiv3/purchases"),
    "user": ("users", "POST", "/apiv3/users"),
    "member": ("users", "POST", "/apiv3/users/30000001/members"),
    "integration_stats": ("integration-stats", "POST", "/apiv3/integration-stats"),
    "log": ("woowup-connectors", "POST", "/connectors/v1/log"),
}
#: JSON Schema does not define an address, and the server's rule is not known (U42).
FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("email")(lambda text: not isinstance(text, str) or bool(re.fullmatch(r"[^@\s]+@[^@\s]+", text)))


def published(name: str) -> dict[str, Any]:
    """Read a schema and correct the parts that are not JSON Schema: `'` (Q25), `date` (Q23), `float` (Q24)."""
    text = (PUBLISHED / f"{name}.txt").read_text(encoding="utf-8").replace("'", '"')
    text = text.replace('"type": "date"', '"type": "string"').replace('"type": "float"', '"type": "number"')
    return json.loads(text, object_hook=_as_ecma)  # type: ignore[no-any-return]


def _as_ecma(part: dict[str, Any]) -> dict[str, Any]:
    """Patterns have the meaning of ECMA 262: `$` is the end of the text, and `.` does not match the end of a line."""
    if isinstance(pattern := part.get("pattern"), str):
        part["pattern"] = pattern.replace("(.*)", "[^\n\r\u2028\u2029]*").removesuffix("$") + r"\Z"
    return part


def validator(name: str) -> Any:
    schema = published(name)
    kind = jsonschema.Draft7Validator if "draft-07" in schema["$schema"] else jsonschema.Draft4Validator
    return kind(schema, format_checker=FORMATS)


#: One value of each type, and edge cases.
KINDS: tuple[Any, ...] = (
    None, True, 1, 2.0, 1.5, "", "x", "other", "ff", "AB\n", "-AB", "a@b", "12345", [], ["x"], [1], {}, {"name": "x"},
    [{"element": {}}], [{"type": "cash"}],
)  # fmt: skip


class Held:
    """A simulated account with one user, for requests to one operation."""

    def __init__(self, name: str) -> None:
        _, self.method, self.path = SCHEMAS[name]
        self.server = Server(SimulatedAccount())
        self.server.account.create_user({"document": "nobody else's"})

    def refuses(self, value: Any) -> bool:
        answered = self.server.answer(Asked(self.method, self.path, {}, json.dumps(value).encode()))
        assert answered is not None
        status, body = answered
        assert status < 500 or body["code"] in ("internal_error", "family_member_duplicated")
        return bool(status == 400 and body["code"] == "bad_request")


def is_excepted(name: str, value: Any) -> bool:
    """Q62: a record whose identifiers are all empty passes the schema, but belongs to no customer."""
    is_identified = isinstance(value, dict) and any(value.get(each) for each in IDENTIFIERS)
    return name in ("purchase", "user") and not is_identified


def compare(name: str, seeds: range) -> None:
    theirs, ours, seen = validator(name), Held(name), {True: 0, False: 0}
    for seed in seeds:
        random = Random(f"{name} {seed}")
        value = mutated(instance_of(theirs.schema, random), random)
        is_valid = theirs.is_valid(value)
        seen[is_valid] += 1
        if not (is_valid and is_excepted(name, value)):
            why = [error.message[:80] for error in theirs.iter_errors(value)]
            assert ours.refuses(value) is not is_valid, f"seed {seed}: {json.dumps(value)[:2_000]}: {why}"
        elif "nobody" not in str(value):
            assert ours.refuses(value)
    assert min(seen.values()) > len(seeds) / 20, f"only one kind was drawn: {seen}"


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_refuses_what_the_schema_refuses_and_nothing_else(name: str) -> None:
    compare(name, range(120))


@pytest.mark.long
@pytest.mark.parametrize("name", SCHEMAS)
def test_the_same_with_more_values(name: str) -> None:
    compare(name, range(120, 10_000))


@pytest.mark.slow
@pytest.mark.untraced
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", SCHEMAS)
def test_each_field_without_and_with_each_kind_of_value(name: str, seed: int) -> None:
    theirs, ours = validator(name), Held(name)
    for value in [instance_of(theirs.schema, Random(seed), 1)]:
        for holder, key in list(places_in(value)):
            whole = holder[key]
            for other in KINDS:
                holder[key] = other
                assert is_excepted(name, value) or ours.refuses(value) is not theirs.is_valid(value), (key, other)
            holder[key] = whole
            if isinstance(holder, dict):
                rest = {each: inner for each, inner in holder.items() if each != key}
                holder.clear()
                holder.update(rest)
                assert is_excepted(name, value) or ours.refuses(value) is not theirs.is_valid(value), f"no {key}"
                holder[key] = whole


@pytest.mark.parametrize("name", SCHEMAS)
def test_values_that_the_schema_allows_are_accepted(name: str) -> None:
    theirs, ours = validator(name), Held(name)
    for seed in range(50):
        value = instance_of(theirs.schema, Random(seed))
        assert theirs.is_valid(value)
        assert is_excepted(name, value) or not ours.refuses(value)


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_copy_equals_the_page(name: str) -> None:
    if not PAGES.is_dir():
        pytest.skip("the vendor's pages are not next to the checkout")
    page = (PAGES / f"{SCHEMAS[name][0]}.md").read_text(encoding="utf-8")
    assert (PUBLISHED / f"{name}.txt").read_text(encoding="utf-8").strip() in page


class TestExamples:
    def test_the_examples_of_the_pages_are_accepted(self) -> None:
        assert purchase_errors(sample("purchase")) == []
        assert user_errors(sample("user")) == []
        assert all(purchase_errors(each) == [] for each in sample("purchases_bulk"))

    def test_the_example_of_the_log_breaks_its_own_schema(self) -> None:
        """Q14."""
        branch = {"branch": "Shopping Unicenter", "created": 200, "updated": 10, "failed": 2}
        totals = {"total_created": 200, "total_updated": 10, "total_failed": 2}
        log = {"files": [], "processingtime": "", "stats": {"customers": totals | {"per_branches": [branch]}}}
        needed = '["total_created", "total_updated", "total_failed"]'
        assert log_errors(log) == [f"stats.customers.per_branches: Required properties missing: {needed}"]
        assert not validator("log").is_valid(log)

    @pytest.mark.parametrize(
        ("fields", "error"),
        [
            ({"service_uid": None}, "Failed matching any of the provided schemas."),
            ({"document": "", "email": "a@b.c", "points": 2.0}, "points: Expected integer"),
            ({"document": "1", "birthdate": None}, "birthdate: Expected string, null found"),
            ({"document": "1", "mailing_enabled": "yes"}, "mailing_enabled: value not in enum"),
            ({"first_name": "Ana"}, "Failed matching any of the provided schemas."),
        ],
    )
    def test_the_errors_of_a_user(self, fields: dict[str, Any], error: str) -> None:
        assert user_errors(fields) == [error]

    def test_errors_have_a_path(self) -> None:
        line = {"sku": "-", "quantity": True, "unit_price": "1"}
        assert purchase_errors(purchase_line(purchase_detail=[line], points=1.5, invoice_number=False)) == [
            "invoice_number: Expected string or integer",
            "purchase_detail.sku: does not match pattern",
            "purchase_detail.quantity: Expected integer",
            "purchase_detail.unit_price: Expected number",
            "points: is not a multiple of 1",
        ]

    def test_unknown_fields_pass_with_any_value(self) -> None:
        """The schemas allow unknown fields. They refuse a null only in a field that they name."""
        assert user_errors({"document": "1", "favourite": None, "new_email": 3}) == []
        assert purchase_errors(purchase_line(custom_attributes={"a": None})) == []
