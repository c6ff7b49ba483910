"""Operations that read and delete purchases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.official import purchase_line, sample
from tests.support.plain_client import Direct

ANA = {"email": "ana@example.com", "service_uid": "12345"}


@pytest.fixture
def direct() -> Direct:
    """Ana bought in two branches and without a branch. Another customer bought too."""
    opened = Direct()
    opened.payload("POST", "/users", ANA)
    opened.payload("POST", "/users", {"document": "2"})
    for number, fields in enumerate(
        ({"branch_name": "001"}, {"branch_name": "002"}, {}, {"document": "2", "email": "x@y.z"})
    ):
        made = {"createtime": f"2026-01-0{number + 1} 10:00:00"}
        opened.payload("POST", "/purchases", purchase_line(number) | fields | made)
    opened.payload("POST", "/purchases", purchase_line(0, branch_name="002", createtime="2026-01-09 10:00:00"))
    return opened


def left(direct: Direct) -> list[str]:
    return [f"{branch or ''}/{number[-1]}" for branch, number in direct.account.purchases]


class TestSearch:
    def numbers(self, direct: Direct, **query: Any) -> list[str]:
        return [each["invoice_number"][-1] for each in direct.payload("GET", "/purchases", **query)]

    def test_by_customer_and_number(self, direct: Direct) -> None:
        """Q44: a number finds the oldest purchase. Each identifier of its customer finds it, not only the sent one."""
        assert self.numbers(direct, service_uid="12345") == ["0", "1", "2", "0"]
        assert self.numbers(direct, email="", document="2", invoice_number="") == ["3"]
        assert self.numbers(direct, service_uid="nobody") == []
        (first,) = direct.payload("GET", "/purchases", invoice_number="F-0000")
        assert first["branch"] == {"id": 1, "name": "001"}
        assert len(self.numbers(direct)) == 5
        assert self.numbers(direct, service_uid="12345", limit=2, page=1) == ["2", "0"]

    def test_by_branch(self, direct: Direct) -> None:
        """N38: each name of a branch has its own id. A number of another branch is not found."""
        ids = {each["branch"]["name"]: each["branch"]["id"] for each in direct.payload("GET", "/purchases")
               if each["branch"]}  # fmt: skip
        assert ids == {"001": 1, "002": 2}
        assert self.numbers(direct, branch_id=2) == ["1", "0"]
        assert self.numbers(direct, branch_id=2, service_uid="12345", limit=1) == ["1"]
        (found,) = direct.payload("GET", "/purchases", branch_id=2, invoice_number="F-0000")
        assert found["branch"] == {"id": 2, "name": "002"}
        assert self.numbers(direct, branch_id=1, invoice_number="F-0001") == []
        assert self.numbers(direct, branch_id=9) == []
        assert len(self.numbers(direct, branch_id="")) == 5
        assert direct.code("GET", "/purchases", branch_id="x")[2] == ["branch_id: expected a number"]

    def test_the_stored_shape(self) -> None:
        """Q43."""
        direct = Direct()
        direct.payload("POST", "/users", {"document": "123456789", "email": "ana@example.com"})
        direct.payload("POST", "/purchases", sample("purchase"))
        (stored,) = direct.payload("GET", "/purchases", document="123456789")
        (item,) = stored["purchase_detail"]["items"]
        assert item == {
            "product_id": "2907362", "product_name": "Heladera Patrick", "quantity": 1, "price": 1999.0,
            "custom_attributes": {"millas_aerolineas_plus": 300, "codigo_dto": "2354XFD45"},
        }  # fmt: skip
        assert stored["payment"] == {"type": "credit", "brand": "Visa", "name": "Example Bank"}
        assert (stored["email"], stored["service_uid"]) == ("ana@example.com", None)
        assert stored["custom_attributes"] == {"fecha_max_cambio": "2017-03-26"}
        assert (stored["points"], stored["createtime"]) == (24, "2017-03-23 14:35:22")
        assert [*stored["prices"]] == ["total", "gross", "discount", "shipping", "tax", "cost"]

    def test_fields_that_were_not_sent(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", {"document": "1"})
        line = purchase_line(email=None, document="1", payment=[{"type": "cash", "total": 1}])
        direct.payload(
            "POST", "/purchases", {name: value for name, value in line.items() if name not in ("createtime", "email")}
        )
        (stored,) = direct.payload("GET", "/purchases", document="1")
        assert stored["createtime"] == stored["downloadtime"]
        assert stored["payment"] == {"type": "cash", "brand": None, "name": None}
        assert (stored["prices"]["tax"], stored["branch"], "custom_attributes" in stored) == (0, None, False)
        assert "metadata" not in stored
        direct.payload("PUT", "/purchases", line | {"email": "", "metadata": {"a": 1}})
        assert direct.payload("GET", "/purchases", document="1")[0]["metadata"] == {"a": 1}


class TestUpdate:
    def test_the_time_of_arrival_stays(self, direct: Direct) -> None:
        key = ("001", "F-0000")
        direct.account.arrivals[key] = "2018-05-10 23:30:49"
        direct.payload("PUT", "/purchases", purchase_line(0, branch_name="001", channel="web"))
        (stored,) = direct.payload("GET", "/purchases", invoice_number="F-0000")[:1]
        assert direct.account.arrivals[key] == "2018-05-10 23:30:49"
        assert direct.account.purchases[key]["channel"] == "web"
        assert stored["branch"]["name"] == "001"  # it is still the oldest with its number (Q44)


class TestCard:
    def test_unknown_parts_are_empty(self) -> None:
        direct = Direct()
        card = direct.payload("GET", "/purchases/iin/450799")
        assert [*card] == ["scheme", "brand", "type", "prepaid", "country", "bank"]
        assert (card["brand"], card["prepaid"]) == ("Visa", "")
        assert direct.payload("GET", "/purchases/iin/999999")["scheme"] == ""

    @pytest.mark.parametrize("digits", ["45079", "4507990", "45o799", "٤٥٠٧٩٩"])
    def test_six_digits(self, digits: str) -> None:
        assert Direct().code("GET", f"/purchases/iin/{digits}")[1] == "bad_request"


class TestDelete:
    def test_the_oldest_with_a_number_or_the_one_of_a_branch(self, direct: Direct) -> None:
        """N39, and the documented errors."""
        number = {"invoice_number": "F-0000"}
        assert direct.payload("DELETE", "/purchases", number | {"branch_name": "002"}) == []
        assert left(direct) == ["001/0", "002/1", "/2", "/3"]
        gone = direct.ask("DELETE", "/purchases", number | {"branch_name": "002"})[1]
        assert (gone["payload"], gone["message"]) == ({"errors": ["purchase not found"]}, "purchase not found")
        assert gone["code"] == "not_found"
        assert direct.payload("DELETE", "/purchases", number) == []
        assert left(direct) == ["002/1", "/2", "/3"]
        assert direct.code("DELETE", "/purchases", number | {"branch_name": "9"}) == (
            404,
            "not_found",
            ["branch not found"],
        )
        missing = ['Required properties missing: ["invoice_number"]']
        assert direct.code("DELETE", "/purchases", {}) == (400, "bad_request", missing)

    @pytest.mark.parametrize(
        ("body", "kept"),
        [
            ({"branch_name": "002"}, ["001/0", "/2", "/3"]),
            ({"from": "2026-01-02", "to": "2026-01-03"}, ["001/0", "/3", "002/0"]),
            ({"from": "2026-01-02 10:00:00", "to": "2026-01-03 10:00:00"}, ["001/0", "/3", "002/0"]),
            ({"from": "2026-01-02 10:00:01", "to": "2026-01-03 09:59:59"}, ["001/0", "002/1", "/2", "/3", "002/0"]),
            ({"from": "2026-01-01", "to": "2026-01-05", "branch_name": "002"}, ["001/0", "/2", "/3", "002/0"]),
            ({"from": "2026-01-05", "to": "2026-01-01"}, ["001/0", "002/1", "/2", "/3", "002/0"]),
        ],
    )
    def test_several_at_once(self, direct: Direct, body: dict[str, Any], kept: list[str]) -> None:
        """Q49: both ends count."""
        assert [*direct.payload("DELETE", "/purchases/bulk", body)] == ["request_id"]
        assert left(direct) == kept

    def test_refusals_of_a_bulk_deletion(self, direct: Direct) -> None:
        path, failed = "/purchases/bulk", ["Failed matching any of the provided schemas."]
        for body in ({}, {"from": "2026-01-01"}, {"notify_to": "a@b.c"}):
            assert direct.code("DELETE", path, body) == (400, "bad_request", failed)
        status, body = direct.ask("DELETE", path, {"branch_name": "001", "notify_to": "nobody"})
        assert (status, body["code"], body["message"], body["payload"]) == (
            400, "invalid_email", "Invalid email to notify", [],
        )  # fmt: skip
        assert direct.code("DELETE", path, {"branch_name": "9"}) == (404, "not_found", ["branch not found"])
        assert direct.code("DELETE", path, {"from": "x", "to": "2026"})[2] == ["from: expected a date"]
        assert len(left(direct)) == 5

    def test_a_branch_without_purchases_is_known(self, direct: Direct) -> None:
        direct.payload("POST", "/branches", {"name": "9"})
        direct.payload("DELETE", "/purchases/bulk", {"branch_name": "9"})
        assert len(left(direct)) == 5

    def test_the_arrival_counts_if_the_time_is_invalid(self, direct: Direct) -> None:
        """The schema allows any text."""
        direct.payload("POST", "/purchases", purchase_line(7, createtime="once upon a time"))
        direct.payload("DELETE", "/purchases/bulk", {"from": "2026-02-01", "to": "9999-12-31"})
        assert len(left(direct)) == 5
