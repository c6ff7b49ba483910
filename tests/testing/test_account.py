"""Users and purchases as they are sent, and what becomes of what the account holds."""

from __future__ import annotations

import pytest

from tests.support.official import purchase_line
from tests.support.plain_client import Direct
from woowup_async.testing._account import decoded

ANA = {"email": "ana@example.com"}


class TestUsers:
    def test_numbers_are_never_given_twice(self) -> None:
        direct = Direct()
        for document in "12":
            direct.payload("POST", "/users", {"document": document})
        direct.payload("DELETE", "/multiusers", {"document": "1"})
        direct.payload("POST", "/users", {"document": "3"})
        assert {number: user["document"] for number, user in direct.account.users.items()} == {
            30_000_002: "2", 30_000_003: "3",
        }  # fmt: skip

    def test_an_address_that_was_replaced_finds_nobody(self) -> None:
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
        """A user has no `updatetime` before the first update, and keeps the time of creation."""
        direct = Direct()
        created = direct.payload("POST", "/users", ANA)
        direct.account.kept(30_000_001).createtime = "2019-02-01T21:26:18+00:00"
        updated = direct.payload("PUT", "/multiusers", ANA | {"city": "Rosario"})
        assert created["updatetime"] is None
        assert (updated["createtime"], updated["updatetime"][-6:]) == ("2019-02-01T21:26:18+00:00", "+00:00")

    @pytest.mark.parametrize(("option", "status"), [({}, 200), ({"answers_201": True}, 201)])
    def test_the_status_of_what_is_created(self, option: dict[str, bool], status: int) -> None:
        """Q29: no page says which, and the vendor's clients take both."""
        direct = Direct(**option)
        assert direct.ask("POST", "/users", ANA)[0] == status
        assert direct.ask("PUT", "/multiusers", ANA)[0] == 200
        assert direct.ask("POST", "/purchases", purchase_line())[0] == status
        assert direct.ask("POST", "/purchases/bulk", [purchase_line(2)])[0] == status

    def test_a_number_in_a_path_that_is_nobody_s_may_be_a_uid(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", {"service_uid": "\xd7m\xf8"})
        assert direct.account.by_path("w5dtw7g=") == 30_000_001
        for part in ("30000001", "w5dtw7g=", "", "x", "٣", "9" * 30, "/w=="):
            found = 30_000_001 if part in ("30000001", "w5dtw7g=") else None
            assert direct.account.by_path(part) == found
        assert decoded("YQ==") == "a"


class TestMerge:
    def test_one_user_of_two(self) -> None:
        """Identifiers, points, purchases, transactions, members and segments go with the other."""
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

    def test_with_oneself_changes_nothing(self) -> None:
        direct = Direct()
        direct.payload("POST", "/users", ANA | {"document": "1", "points": 5})
        direct.payload("POST", "/multiusers/merge", {"from": ANA, "to": {"document": "1"}})
        assert direct.payload("GET", "/multiusers/find", document="1")["points"] == 5

    def test_what_it_refuses(self) -> None:
        direct = Direct()
        missing = 'Required properties missing: ["to"]'
        assert direct.code("POST", "/multiusers/merge", {"from": ANA})[2] == [missing]
        for empty in ({"from": ANA, "to": {}}, {"from": {"email": ""}, "to": ANA}):
            assert direct.code("POST", "/multiusers/merge", empty)[0] == 400
        assert direct.code("POST", "/multiusers/merge", {"from": ANA, "to": ANA})[1] == "user_not_found"


class TestPoints:
    def test_a_purchase_brings_its_points_and_takes_them_back(self) -> None:
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
