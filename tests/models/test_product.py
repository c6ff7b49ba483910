"""Products and branches, sent and returned."""

from typing import Any

import msgspec
import pytest

from woowup_async.errors import InvalidRecord
from woowup_async.models import Branch, BranchChanges, Product
from woowup_async.models.product import StoredProduct


@pytest.mark.parametrize(("name", "is_good"), [("", False), ("a", True), ("a" * 100, True), ("a" * 101, False)])
def test_names_have_1_to_100_characters(name: str, is_good: bool) -> None:
    if is_good:
        assert Product(sku="A", name=name).name == name
    else:
        with pytest.raises(InvalidRecord, match="1 to 100 characters"):
            Product(sku="A", name=name)


def test_an_sku_of_a_product_may_have_spaces_and_lines() -> None:
    assert Product(sku="A B\nC", name="x").sku == "A B\nC"
    with pytest.raises(InvalidRecord, match="not empty"):
        Product(sku="", name="x")


def test_a_branch_has_the_vendors_names() -> None:
    with pytest.raises(InvalidRecord) as raised:
        Branch(name="b" * 129, status="open", format="shop")  # type: ignore[arg-type]
    assert {reason.path for reason in raised.value.reasons} == {"name", "status", "format"}


def test_a_stored_product_is_read_leniently() -> None:
    stored = msgspec.json.decode(b'{"sku": "A", "price": 1, "colour": "red"}', type=StoredProduct)
    assert (stored.sku, stored.price, stored.name) == ("A", 1.0, None)


def test_a_branch_is_updated_without_a_name_and_created_with_one() -> None:
    fields: dict[str, Any] = {
        "holder": "Ana", "state": "Santa Fe", "city": "Rosario", "shopping_center": "Alto", "location_type": "street",
        "m2": 80, "m2_cost": 9.5, "employees_quantity": 4, "group": "north", "is_web": False,
    }  # fmt: skip
    changes = BranchChanges(**fields)
    assert msgspec.json.decode(msgspec.json.encode(changes)) == fields
    with pytest.raises(InvalidRecord, match="name: is required"):
        Branch(**fields)
    with pytest.raises(InvalidRecord, match="name: expected 1 to 128 characters"):
        BranchChanges(name="")
