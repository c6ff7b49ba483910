"""Reads of users, consents, transactions and deletions, with the states and shapes of the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.official import purchase_line
from tests.support.plain_client import Direct, in_path

ANA = {"email": "ana@example.com", "service_uid": "a+b/ñ"}
#: Keys of the samples, in their order.
WHOLE = [
    "userapp_id",
    "user_id",
    "app_id",
    "service_uid",
    "email",
    "first_name",
    "last_name",
    "telephone",
    "birthday",
    "gender",
    "document",
    "document_type",
    "state",
    "city",
    "department",
    "address",
    "postal_code",
    "marital_status",
    "tags",
    "points",
    "customform",
    "club_inscription_date",
    "blocked",
    "notes",
    "mailing_enabled",
    "mailing_enabled_reason",
    "whatsapp_enabled",
    "whatsapp_enabled_reason",
    "sms_enabled",
    "sms_enabled_reason",
    "custom_attributes",
    "family",
    "createtime",
    "updatetime",
]
BY_ID = [
    "userapp_id",
    "user_id",
    "app_id",
    "service_uid",
    "email",
    "first_name",
    "last_name",
    "telephone",
    "birthday",
    "gender",
    "state",
    "city",
    "street",
    "postal_code",
    "points",
    "points_pending",
    "customform",
    "club_inscription_date",
    "blocked",
    "notes",
    "mailing_enabled",
    "mailing_enabled_reason",
    "whatsapp_enabled",
    "whatsapp_enabled_reason",
    "sms_enabled",
    "sms_enabled_reason",
    "family",
    "createtime",
    "updatetime",
]
FOUND = [
    "userapp_id",
    "user_id",
    "app_id",
    "service_uid",
    "email",
    "first_name",
    "last_name",
    "document",
    "telephone",
    "birthday",
    "gender",
    "state",
    "city",
    "street",
    "postal_code",
    "tags",
    "points",
    "customform",
    "family",
    "createtime",
    "updatetime",
]
BRIEF = ["userapp_id", "user_id", "app_id", "service_uid", "email", "first_name", "last_name", "points", "customform"]
SALE = [
    "service_uid",
    "invoice_number",
    "channel",
    "purchase_detail",
    "prices",
    "points",
    "downloadtime",
    "createtime",
    "metadata",
    "cancel_transaction_id",
    "branch",
    "payment",
    "purchase_operator",
    "pickup_store",
    "promotions",
]
OLD_SALE = [
    "price",
    "cost",
    "products_quantity",
    "affiliate",
    "gross_total",
    "discount_total",
    "shipping_total",
    "tax_total",
    "createtime",
    "invoice_number",
    "branch",
    "payment",
]


@pytest.fixture
def direct() -> Direct:
    """A client of an account that has the user Ana."""
    opened = Direct()
    opened.payload("POST", "/users", ANA | {"first_name": "Ana", "street": "Calle 1", "tags": "a, b"})
    return opened


class TestShapes:
    def test_the_keys_of_a_user(self, direct: Direct) -> None:
        uid = in_path("a+b/ñ")
        assert [*direct.payload("POST", "/users", {"document": "2"})] == WHOLE
        assert [*direct.payload("PUT", "/multiusers", ANA)] == WHOLE
        assert [*direct.payload("GET", "/multiusers/find", email="ana@example.com")] == WHOLE
        assert [*direct.payload("GET", f"/users/{uid}")] == BY_ID
        assert [*direct.payload("GET", "/users/realtime-search", search="ana")[0]] == FOUND
        assert [*direct.payload("PUT", f"/users/{uid}", {})] == [*BRIEF, "custom_attributes"]
        assert [*direct.payload("POST", "/users/register", {"email": "b@b.c", "pass": "x"})] == BRIEF

    def test_the_values_of_a_user(self, direct: Direct) -> None:
        """Q63, Q64, Q68."""
        attributes = {"vacunas_mascota": ["moquillo"]}
        direct.payload("PUT", "/multiusers", ANA | {"custom_attributes": attributes, "postcode": "1000"})
        found = direct.payload("GET", "/multiusers/find", email="ana@example.com")
        assert (found["address"], found["postal_code"], found["tags"]) == ("Calle 1", "1000", ["a", "b"])
        assert (found["custom_attributes"], found["customform"], found["telephone"]) == (attributes, [], None)
        other = direct.payload("POST", "/users", {"document": "2", "birthday": "1990-01-01", "postal_code": "1"})
        assert (other["birthday"], other["postal_code"]) == (None, None)
        assert (other["custom_attributes"], other["tags"], other["points"]) == ([], None, 0)

    def test_a_family_is_shown_in_its_user(self, direct: Direct) -> None:
        member = {"relationship": "son", "uid": "1", "first_name": "Leo"}
        direct.payload("POST", "/multiusers/members", member, email="ana@example.com")
        (shown,) = direct.payload("GET", "/multiusers/find", email="ana@example.com")["family"]
        assert (shown["uid"], shown["relationship"], "id" in shown) == ("1", "son", False)


class TestConsent:
    @pytest.mark.parametrize("channel", ["mailing", "whatsapp", "sms"])
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ({}, (True, None)),
            ({"enabled": "disabled"}, (False, None)),
            ({"enabled": "disabled", "disabled_reason": "bounce"}, (False, "bounce")),
            ({"enabled": "disabled", "enabled_reason": "other", "disabled_reason": "bounce"}, (False, "other")),
            ({"enabled": "enabled", "enabled_reason": "other"}, (True, "other")),
            ({"enabled": "enabled", "disabled_reason": "bounce"}, (True, None)),
        ],
    )
    def test_it_is_sent_as_a_word_and_returned_as_a_flag(
        self, direct: Direct, channel: str, sent: dict[str, str], shown: tuple[bool, str | None]
    ) -> None:
        """Q66, Q67."""
        fields = ANA | {f"{channel}_{name}": value for name, value in sent.items()}
        found = direct.payload("PUT", "/multiusers", fields)
        assert (found[f"{channel}_enabled"], found[f"{channel}_enabled_reason"]) == shown

    def test_an_old_reason_does_not_explain_a_new_state(self, direct: Direct) -> None:
        direct.payload("PUT", "/multiusers", ANA | {"sms_enabled": "disabled", "sms_enabled_reason": "other"})
        direct.payload("PUT", "/multiusers", ANA | {"city": "Salta"})
        assert direct.payload("GET", "/multiusers/find", **ANA)["sms_enabled_reason"] == "other"
        found = direct.payload("PUT", "/multiusers", ANA | {"sms_enabled": "enabled"})
        assert (found["sms_enabled"], found["sms_enabled_reason"]) == (True, None)


class TestSignUp:
    def test_register_does_not_keep_the_password(self, direct: Direct) -> None:
        """Q84."""
        direct.payload("POST", "/users/register", {"email": "b@b.c", "pass": "secret"})
        assert "secret" not in str(direct.account.users)
        status, body = direct.ask("POST", "/users/register", {"email": "b@b.c", "pass": "x"})
        assert (status, body["message"]) == (500, "usuario existente")

    def test_register_enters_the_user_in_the_club(self, direct: Direct) -> None:
        """Operation 23 creates a user and registers it. The newsletter (24) does not register it."""
        direct.payload("POST", "/users/register", {"email": "b@b.c"})
        direct.payload("POST", "/users/register", {"email": "c@b.c", "club_inscription_date": "2017-01-22 18:26:16"})
        direct.payload("POST", "/users/newsletter", {"email": "d@b.c"})
        dates = [
            direct.payload("GET", "/multiusers/find", email=email)["club_inscription_date"]
            for email in ("b@b.c", "c@b.c", "d@b.c")
        ]
        assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", dates[0])
        assert dates[1:] == ["2017-01-22 18:26:16", None]

    def test_newsletter_sets_its_tag(self, direct: Direct) -> None:
        """Q85."""
        for fields, tags in ((ANA, ["a", "b", "newsletter"]), ({"email": "b@b.c"}, ["newsletter"])):
            for _ in range(2):
                direct.payload("POST", "/users/newsletter", fields)
            assert direct.payload("GET", "/multiusers/find", email=fields["email"])["tags"] == tags

    @pytest.mark.parametrize("path", ["register", "newsletter"])
    def test_refusals(self, direct: Direct, path: str) -> None:
        body: Any
        for body in ({}, [], {"email": "x"}, {"email": "a@b.c", "first_name": 1}):
            assert direct.code("POST", f"/users/{path}", body)[1] == "bad_request"


class TestSegments:
    def test_belongs(self, direct: Direct) -> None:
        direct.server.records.segments[7] = {30_000_001}
        path = "/users/30000001/belongsToSegment"
        assert direct.payload("GET", path, segment_id=7) == {"belongsToSegment": True}
        assert direct.payload("GET", path, segment_id="") == {"belongsToSegment": False}
        assert direct.code("GET", path, segment_id="x") == (400, "bad_request", ["segment_id: expected a number"])

    def test_a_segment_is_deleted_with_its_users(self, direct: Direct) -> None:
        direct.server.records.segments |= {7: {30_000_001, 5}, 8: {30_000_001}}
        direct.payload("POST", "/purchases", purchase_line())
        assert direct.code("DELETE", "/multiusers/bulk", {})[2] == ['Required properties missing: ["segment_id"]']
        bad = direct.code("DELETE", "/multiusers/bulk", {"segment_id": 7, "notify_to": "x"})
        assert bad == (400, "invalid_email", None)
        assert [*direct.payload("DELETE", "/multiusers/bulk", {"segment_id": 7})] == ["request_id"]
        assert (direct.account.users, direct.account.purchases) == ({}, {})
        assert direct.server.records.segments == {7: set(), 8: set()}

    def test_an_unknown_segment_has_no_users_to_delete(self, direct: Direct) -> None:
        """The request fails, since nothing would be deleted."""
        for number in (9, 9.5):
            refused = direct.code("DELETE", "/multiusers/bulk", {"segment_id": number, "notify_to": "a@b.c"})
            assert refused == (404, "segment_not_found", ["segment not found"])
        assert len(direct.account.users) == 1


class TestDelete:
    def test_all_data_of_a_user_is_deleted_too(self, direct: Direct) -> None:
        direct.payload("POST", "/users", {"document": "2"})
        for fields in (ANA, {"document": "2"}):
            direct.payload("POST", "/multiusers/points", fields | {"concept": "gift", "points": 1})
        direct.payload("POST", "/multiusers/members", {"relationship": "son"}, email="ana@example.com")
        direct.payload("POST", "/purchases", purchase_line())
        direct.payload("POST", "/purchases", purchase_line(2, email=None) | {"email": "ana@example.com"})
        assert direct.payload("DELETE", "/multiusers", ANA) == []
        assert ([*direct.account.users], direct.account.purchases, direct.account.members) == ([30_000_002], {}, {})
        assert [*direct.server.records.transactions] == [30_000_002]
        assert direct.code("DELETE", "/multiusers", ANA) == (404, "user_not_found", ["user not found"])
        assert direct.code("DELETE", "/multiusers", {})[1] == "bad_request"


class TestTransactions:
    @pytest.fixture
    def history(self, direct: Direct) -> Direct:
        direct.payload("POST", "/multiusers/points", ANA | {"concept": "survey_response", "points": 5})
        old, new = (purchase_line(at, createtime=f"20{at}-01-01 10:00:00", points=at) for at in (17, 26))
        direct.payload("POST", "/purchases", old | {"branch_name": "Centro"})
        direct.payload("POST", "/purchases", new)
        direct.payload("POST", "/users", {"document": "2"})
        direct.payload("POST", "/purchases", purchase_line(3, document="2", email="x@y.z"))
        return direct

    def points(self, history: Direct, **query: Any) -> list[Any]:
        found = history.payload("GET", "/multiusers/transactions", email="ana@example.com", **query)
        assert found == history.payload("GET", "/multiusers/transactions", service_uid="a+b/ñ", **query)
        by_id = history.payload("GET", "/users/30000001/transactions", **query)
        assert [each["id"] for each in by_id] == [each["id"] for each in found]
        return [each["points"] for each in found]

    def test_filters_apply_and_empty_filters_are_ignored(self, history: Direct) -> None:
        empty = {"concept": "", "from_": "", "to": "", "page": "", "limit": ""}
        assert self.points(history) == self.points(history, **empty) == [5, 17, 26]
        assert self.points(history, concept="sale-invoice") == [17, 26]
        assert self.points(history, concept="survey-response") == [5]
        assert self.points(history, from_="2017-01-01", to="2017-01-01") == [17]
        assert self.points(history, to="2017-01-01 09:59:59") == []
        assert self.points(history, from_="2017-01-01T11:00:00+01:00", to="2017-12-31") == [17]
        assert self.points(history, limit=2, page=1) == [26]

    @pytest.mark.parametrize("query", [{"from_": "1/2/26"}, {"to": "x"}, {"page": "-1"}, {"limit": "ten"}])
    def test_invalid_filters_are_refused(self, history: Direct, query: dict[str, str]) -> None:
        status, code, errors = history.code("GET", "/multiusers/transactions", email="ana@example.com", **query)
        assert (status, code, errors[0].split(":")[0]) == (400, "bad_request", next(iter(query)).rstrip("_"))

    def test_a_purchase_is_a_transaction(self, history: Direct) -> None:
        points, sale, _ = history.payload("GET", "/multiusers/transactions", email="ana@example.com")
        assert (
            [*sale]
            == [*points]
            == (["id", "points", "pending_points", "createtime", "version", "branch", "description", "concept", "data"])
        )
        assert points["data"] == {"purchase": None}
        assert sorted(sale["data"]["purchase"]) == sorted(SALE)
        assert sale["branch"] == {"id": 1, "name": "Centro"}
        old = history.payload("GET", "/users/30000001/transactions")[1]["data"]["purchase"]
        assert sorted(old) == sorted(OLD_SALE)

    def test_points_that_are_refused(self, direct: Direct) -> None:
        good = ANA | {"concept": "gift", "points": 1}
        for change in ({"concept": "sale"}, {"points": "1"}, {"points": True}, {"email": "", "service_uid": ""}):
            assert direct.code("POST", "/multiusers/points", good | change)[1] == "bad_request"
        assert direct.code("POST", "/users/30000001/points", {"concept": "gift", "points": "1.5"})[0] == 400
        assert direct.code("POST", "/users/5/points", {"concept": "gift", "points": 1})[1] == "user_not_found"


class TestSearch:
    def test_it_looks_in_all_documented_fields(self, direct: Direct) -> None:
        direct.payload("POST", "/users", {"document": "77", "last_name": "Pérez", "telephone": "555"})
        for text, number in (("ana@", 1), ("PÉREZ", 1), ("77", 1), ("555", 1), ("a+b", 1), ("zzz", 0), ("", 2)):
            assert len(direct.payload("GET", "/users/realtime-search", search=text)) == number
        assert len(direct.payload("GET", "/users/realtime-search", limit=1)) == 1
