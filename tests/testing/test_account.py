"""Users and purchases of an account: how requests change its state."""

from __future__ import annotations

import pytest

from tests.support.official import purchase_line
from tests.support.plain_client import Direct
from woowup_async.testing._account import decoded

ANA = {"email": "ana@example.com"}


class TestUsers:
    def test_numbers_are_never_used_twice(self) -> None:
        direct = Direct()
        for document in "12":
            direct.payload("POST", "/users", {"document": document})
        direct.payload("DELETE", "/multiusers", {"document": "1"})
        direct.payload("POST", "/users", {"document": "3"})
        assert {number: user["document"] for number, user in direct.account.users.items()} == {
            30_000_002: "2", 30_000_003: "3",
        }  # fmt: skip

    def test_a_replaced_address_finds_no_user(self) -> None:
        """N40."""
        direct = Direct()
        direct.payload("POST", "/users", ANA | {"document": "1"})
        direct.payload("PUT", "/multiusers", ANA | {"new_email": "eva@example.com"})
        assert direct.payload("GET", "/multiusers/exist", email="ana@example.com") == {"exist": False}
        assert direct.payload("GET", "/multiusers/find", email="eva@example.com")["document"] == "1"
        direct.payload("PUT", "/multiusers", {"document": "1", "email": "leo@example.com"})
        assert direct.payload("GET", "/multiusers/exist", email="eva@example.com") == {"exist": False}

    def test_an_update_may_not_send_a_null_uid(self) -> None:
        """Q71."""
        direct = Direct()
        direct.payload("POST", "/users", ANA | {"service_uid": None})
        assert direct.code("PUT", "/multiusers", ANA | {"service_uid": None}) == (
            400, "bad_request", ["service_uid: Expected string, null found"],
        )  # fmt: skip

    def test_times(self) -> None:
        """A user has no `updatetime` before the first update. The time of creation stays."""
        direct = Direct()
        created = direct.payload("POST", "/users", ANA)
        direct.account.kept(30_000_001).createtime = "2019-02-01T21:26:18+00:00"
        updated = direct.payload("PUT", "/multiusers", ANA | {"city": "Rosario"})
        assert created["updatetime"] is None
        assert (updated["createtime"], updated["updatetime"][-6:]) == ("2019-02-01T21:26:18+00:00", "+00:00")

    @pytest.mark.parametrize(("option", "status"), [({}, 200), ({"answers_201": True}, 201)])
    def test_the_status_after_something_is_created(self, option: dict[str, bool], status: int) -> None:
        """Q29: no page says which it is, and the vendor's clients accept both."""
        direct = Direct(**option)
        assert direct.ask("POST", "/users", ANA)[0] == status
        assert direct.ask("PUT", "/multiusers", ANA)[0] == 200
        assert direct.ask("POST", "/purchases", purchase_line())[0] == status
        assert direct.ask("POST", "/purchases/bulk", [purchase_line(2)])[0] == status
        for path in ("register", "newsletter"):
            assert direct.ask("POST", f"/users/{path}", {"email": f"{path}@example.com"})[0] == status
        assert direct.ask("POST", "/users/newsletter", ANA)[0] == 200  # the user exists and gets the tag

    def test_an_unknown_number_in_a_path_may_be_a_uid(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", {"service_uid": "\xd7m\xf8"})
        assert direct.account.by_path("w5dtw7g=") == 30_000_001
        for part in ("30000001", "w5dtw7g=", "", "x", "٣", "9" * 30, "/w=="):
            found = 30_000_001 if part in ("30000001", "w5dtw7g=") else None
            assert direct.account.by_path(part) == found
        assert decoded("YQ==") == "a"


class TestMerge:
    def test_two_users_become_one(self) -> None:
        """The user gets the identifiers, points, purchases, transactions, members and segments of the other one."""
        direct = Direct()
        records = direct.server.records
        direct.payload("POST", "/users", {"document": "1", "city": "Rosario", "points": 5})
        direct.payload("POST", "/users", ANA | {"city": "Salta", "points": 7, "first_name": "Ana"})
        direct.payload("POST", "/purchases", purchase_line())
        direct.payload("POST", "/multiusers/points", ANA | {"concept": "gift", "points": 3})
        direct.payload("POST", "/multiusers/members", {"relationship": "son"}, email="ana@example.com")
        records.segments |= {7: {30_000_002}, 8: {30_000_001, 30_000_002}}

        direct.payload("POST", "/multiusers/merge", {"from": ANA, "to": {"document": "1"}})

        found = direct.payload("GET", "/multiusers/find", email="ana@example.com")
        assert (found["userapp_id"], found["city"], found["first_name"]) == (30_000_001, "Rosario", "Ana")
        assert (found["points"], len(found["family"])) == (15, 1)
        history = direct.payload("GET", "/multiusers/transactions", document="1")
        assert [each["points"] for each in history] == [3, 0]
        assert records.segments == {7: {30_000_001}, 8: {30_000_001}}

    def test_a_merge_with_the_same_user_changes_nothing(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", ANA | {"document": "1", "points": 5})
        direct.payload("POST", "/multiusers/merge", {"from": ANA, "to": {"document": "1"}})
        assert direct.payload("GET", "/multiusers/find", document="1")["points"] == 5

    def test_refusals(self) -> None:
        direct = Direct()
        missing = 'Required properties missing: ["to"]'
        assert direct.code("POST", "/multiusers/merge", {"from": ANA})[2] == [missing]
        for empty in ({"from": ANA, "to": {}}, {"from": {"email": ""}, "to": ANA}):
            assert direct.code("POST", "/multiusers/merge", empty)[0] == 400
        assert direct.code("POST", "/multiusers/merge", {"from": ANA, "to": ANA})[1] == "user_not_found"


class TestPoints:
    def test_a_purchase_adds_its_points_and_its_deletion_removes_them(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", ANA | {"points": 10})

        def balance() -> int:
            return int(direct.payload("GET", "/multiusers/find", email="ana@example.com")["points"])

        direct.payload("POST", "/purchases", purchase_line(points=24))
        assert balance() == 34
        direct.payload("PUT", "/purchases", purchase_line(points=4.0))
        assert balance() == 14
        direct.payload("DELETE", "/purchases", {"invoice_number": "F-0001"})
        assert balance() == 10
        direct.payload("POST", "/multiusers/points", ANA | {"concept": "manual", "points": -3})
        assert balance() == 7
        direct.payload("PUT", "/multiusers", ANA | {"points": 100})
        assert balance() == 100
