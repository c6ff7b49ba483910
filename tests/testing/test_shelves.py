"""Products, categories and branches (N1-N14)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.official import purchase_line
from tests.support.plain_client import Direct, in_path

PATH = [{"id": "a", "name": "Hogar"}, {"id": "a-b", "name": "Cocina"}, {"id": "a-b-c", "name": "Tazas"}]


class TestProducts:
    def test_an_update_does_not_change_the_sku(self) -> None:
        direct = Direct()
        direct.payload("POST", "/products", {"sku": "A", "name": "Taza"})
        changed = direct.payload("PUT", f"/products/{in_path('A')}", {"sku": "B", "id": 9, "price": 2})
        assert changed == {"custom_attributes": [], "sku": "A", "name": "Taza", "id": 1, "price": 2}
        assert direct.payload("GET", f"/products/{in_path('B')}/exist") == {"exist": False}
        assert direct.code("GET", f"/products/{in_path('B')}") == (404, "not_found", ["product not found"])

    @pytest.mark.parametrize(
        "body", [{}, [], {"sku": "A"}, {"sku": "", "name": "x"}, {"sku": "A", "name": 1}, {"sku": "A", "name": ""}]
    )
    def test_refusals(self, body: object) -> None:
        assert Direct().code("POST", "/products", body)[1] == "bad_request"
        if body:
            assert Direct().code("PUT", "/products/QQ==", {"name": 1})[1] == "bad_request"

    def test_a_purchase_adds_its_products(self) -> None:
        """The start page: a purchase has all data of a product, which need not be sent before. A known one stays."""
        direct = Direct()
        direct.payload("POST", "/users", {"email": "ana@example.com"})
        direct.payload("POST", "/products", {"sku": "AB", "name": "Taza"})
        lines: list[dict[str, Any]] = [
            {"sku": sku, "quantity": 1, "unit_price": 9.5, "product_name": f"X {sku}"} for sku in ("AB", "CD", "CD")
        ]
        lines[1] |= {"category": PATH[:2], "stock": 4, "available": False}
        direct.payload(
            "POST", "/purchases/bulk", [purchase_line(purchase_detail=lines), purchase_line(2, email="x@y.z")]
        )
        assert [(each["id"], each["sku"], each["name"]) for each in direct.payload("GET", "/products")] == [
            (1, "AB", "Taza"), (2, "CD", "X CD"),
        ]  # fmt: skip
        assert direct.payload("GET", f"/products/{in_path('CD')}")["stock"] == 4
        assert [each["sku"] for each in direct.payload("GET", "/products", available=0)] == ["CD"]
        assert [node["id"] for node in direct.payload("GET", "/categories")] == ["a", "a-b"]


class TestCategories:
    def test_a_category_is_deleted_with_those_below_it(self) -> None:
        """N13: the products stay."""
        direct = Direct()
        direct.payload("POST", "/products", {"sku": "A", "name": "Taza", "category": PATH})
        direct.payload("POST", "/products", {"sku": "B", "name": "Olla", "category": ["Hogar", "Ollas"]})
        assert [node["id"] for node in direct.payload("GET", "/categories")] == ["a", "a-b", "a-b-c", "Hogar", "Ollas"]
        assert direct.code("DELETE", "/categories", {})[1] == "bad_request"
        assert direct.code("DELETE", "/categories", {"code": "a", "notify_to": 3})[1] == "invalid_email"
        assert direct.code("DELETE", "/categories", {"code": "x"})[1] == "not_found"
        direct.payload("DELETE", "/categories", {"code": "a-b"})
        assert [node["id"] for node in direct.payload("GET", "/categories")] == ["a", "Hogar", "Ollas"]
        assert direct.server.shelves.products["A"]["category"] == PATH[:1]


class TestBranches:
    def test_each_name_has_one_branch(self) -> None:
        direct = Direct()
        first = direct.payload("POST", "/branches", {"name": "Centro"})
        again = direct.payload("POST", "/branches", {"name": "Centro", "description": "x"})
        other = direct.payload("POST", "/branches", {"name": "Norte"})
        assert (first["id"], again["id"], other["id"], len(direct.server.shelves.branches)) == (1, 1, 2, 2)
        assert direct.code("PUT", "/branches/2", {"name": "Centro"})[2] == ["name: is already used"]
        renamed = direct.payload("PUT", f"/branches/{in_path('Norte')}", {"name": "Sur"})
        assert (renamed["id"], renamed["name"]) == (2, "Sur")
        assert direct.payload("POST", "/branches", {"name": "Norte 2"})["id"] == 3
        assert direct.payload("GET", f"/branches/{in_path('Norte')}") == []
        body: Any
        for body in ({}, {"name": ""}, {"name": None}, []):
            assert direct.code("POST", "/branches", body)[1] == "bad_request"

    def test_a_purchase_shows_the_id_of_its_branch(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", {"email": "ana@example.com"})
        direct.payload("POST", "/purchases", purchase_line(1, branch_name="Norte"))
        direct.payload("POST", "/purchases", purchase_line(2, branch_name="Centro"))
        made = direct.payload("POST", "/branches", {"name": "Centro"})
        shown = [each["branch"] for each in direct.payload("GET", "/purchases", email="ana@example.com")]
        assert shown[1] == {"id": made["id"], "name": "Centro"}
        assert shown[0]["id"] != made["id"]

    def test_a_branch_is_deleted_with_its_purchases(self) -> None:
        """N11."""
        direct = Direct()
        direct.payload("POST", "/users", {"email": "ana@example.com"})
        direct.payload("POST", "/branches", {"name": "Centro"})
        for number, branch in enumerate(("Centro", "Norte")):
            direct.payload("POST", "/purchases", purchase_line(number, branch_name=branch))
        assert direct.code("DELETE", "/branches", {"id": True})[1] == "bad_request"
        assert direct.code("DELETE", "/branches", {"id": 1, "notify_to": "x"})[1] == "invalid_email"
        assert direct.code("DELETE", "/branches", {"id": 2})[1] == "not_found"
        direct.payload("DELETE", "/branches", {"id": 1})
        assert [branch for branch, _ in direct.account.purchases] == ["Norte"]
        assert direct.server.shelves.branches == {}
