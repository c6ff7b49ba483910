"""Paths of JSON: the list of records, the list of lines, and the columns."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.drafts import named
from woowup_async.sources.drafting.rules.json_columns import (
    always_there,
    columns_of,
    records_in,
    rows_of_records,
    shape_of,
)

ORDER: dict[str, Any] = {
    "id": 7, "date_created": "2026-01-02T10:00:00Z", "total": "30.00", "customer": {"email": "ana@example.com"},
    "totals": [{"id": "Tax", "value": 3}, {"id": "Shipping", "value": 1}], "tags": ["a", "b"],
    "payments": [{"id": 1, "amount": 30}, {"id": 2, "amount": 0}],
    "items": [
        {"sku": "A-1", "quantity": 1, "price": Decimal("10.0"), "attributes": [{"name": "x"}]},
        {"sku": "B-2", "quantity": 2, "price": Decimal("10.0")},
    ],
    "gift.wrap": "no",
}  # fmt: skip


@pytest.mark.parametrize(
    ("documents", "records"),
    [([ORDER], ""), ([ORDER, ORDER], ""), ([{"orders": [ORDER], "page": 1}], "orders"),
     ([{"data": {"list": [ORDER]}, "total": 9}], "data.list")],
)  # fmt: skip
def test_the_records_and_their_lines(documents: list[Any], records: str) -> None:
    shape = shape_of(documents)
    assert shape == (records, "items[]")
    assert records_in(documents, shape.records)[0] is ORDER


def test_an_envelope_in_each_element() -> None:
    wrapped = [{"orders": {"edges": [{"node": ORDER}, {"node": ORDER}]}}]
    assert shape_of(wrapped) == ("orders.edges", "node.items[]")


def test_customers_have_no_lines() -> None:
    assert shape_of([{"email": "ana@example.com", "addresses": [{"city": "Lima"}]}]) == ("", "")


def test_columns() -> None:
    columns = columns_of([ORDER, {"id": 8}], "items[]")
    assert named(columns, "items[].sku").cells == ["A-1", "B-2", ""]
    assert named(columns, "items[].price").cells == ["10.0", "10.0", ""]
    assert named(columns, "customer.email").cells == ["ana@example.com", "ana@example.com", ""]
    assert named(columns, "totals[id=Tax].value").cells == ["3", "3", ""]
    assert named(columns, "payments[0].amount").cells == ["30", "30", ""]
    assert named(columns, '"gift.wrap"').cells == ["no", "no", ""]
    assert named(columns, "items[].attributes[0].name").in_lines
    assert rows_of_records([ORDER, {"id": 8}], "items[]") == [1, 1, 2]


def test_members_that_not_all_documents_have() -> None:
    assert always_there([ORDER, {"id": 8}], "id")
    assert not always_there([ORDER, {"id": 8}], "customer.email")


def test_a_name_that_no_path_can_have_is_left_out() -> None:
    assert columns_of([{'a"b': 1, "": 2}], "") == []
