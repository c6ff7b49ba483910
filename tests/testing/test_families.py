"""Family members. Operations that name the user in the query or in the path answer about the same members."""

from __future__ import annotations

import pytest

from tests.support.plain_client import Direct, in_path

OWNER = {"email": "ana@example.com"}
SON = {"relationship": "son", "uid": "1/ñ", "first_name": "Leo"}
KEYS = [
    "id", "first_name", "last_name", "relationship", "relationship_text", "birthdate", "gender", "email", "uid",
    "telephone", "address",
]  # fmt: skip


@pytest.fixture
def direct() -> Direct:
    opened = Direct()
    opened.payload("POST", "/users", OWNER | {"service_uid": "a+b/ñ"})
    return opened


class TestBothFaces:
    def test_both_return_the_same_family(self, direct: Direct) -> None:
        """Q93: also without /apiv3, as the pages show four of them."""
        path = f"/users/{in_path('a+b/ñ')}/members"
        first = direct.payload("POST", "/multiusers/members", SON, **OWNER)
        second = direct.payload("POST", path, {"relationship": "pet_dog", "uid": "2"})
        assert [*first] == KEYS
        assert (first["relationship_text"], second["relationship_text"], first["birthdate"]) == ("hijo", "perro", None)
        listed = direct.payload("GET", path)
        assert listed == [first, second] == direct.payload("GET", "/multiusers/members", **OWNER)
        assert direct.ask("GET", "/multiusers/members", base="", **OWNER)[1]["payload"] == listed
        assert first["id"] != second["id"]

    def test_a_member_is_changed(self, direct: Direct) -> None:
        """Q95, Q98: it is selected by uid and relationship, by id, or by a uid in base64."""
        stored = direct.payload("POST", "/multiusers/members", SON, **OWNER)
        changed = direct.payload("PUT", "/multiusers/members", SON | {"new_relationship": "espose"}, **OWNER)
        assert (changed["relationship"], changed["relationship_text"], changed["id"]) == (
            "espose", "cónyuge", stored["id"],
        )  # fmt: skip
        for part in (str(stored["id"]), in_path("1/ñ")):
            body = {"relationship": "espose", "address": part}
            changed = direct.payload("PUT", f"/users/30000001/members/{part}", body)
            assert (changed["address"], changed["uid"], changed["first_name"]) == (part, "1/ñ", "Leo")
        assert "new_relationship" not in direct.account.members[30_000_001][0]

    def test_all_of_several_members_are_added_or_none(self, direct: Direct) -> None:
        """Q63: one operation answers with a list, the other with an object."""
        two = [SON, {"relationship": "pet", "uid": "2"}]
        assert direct.payload("POST", "/multiusers/members/bulk", two, **OWNER) == []
        assert direct.payload("POST", "/users/30000001/members/bulk", [{"relationship": "friend"}] * 2) == {}
        for path, message in (("/multiusers/members", ""), ("/users/30000001/members", "ok")):
            aunt = {"relationship": "other", "uid": path}
            assert direct.ask("POST", f"{path}/bulk", [aunt], **OWNER)[1]["message"] == message
        three = [{"relationship": "pet", "uid": "3"}, SON]
        assert direct.code("POST", "/users/30000001/members/bulk", three)[1] == "family_member_duplicated"
        twice = [{"relationship": "pet", "uid": "4"}] * 2
        assert direct.code("POST", "/multiusers/members/bulk", twice, **OWNER)[1] == "family_member_duplicated"
        assert len(direct.account.members[30_000_001]) == 6


class TestRefusals:
    def test_a_duplicate_is_a_500(self, direct: Direct) -> None:
        """Q96: a member without a uid is never a duplicate."""
        for _ in range(2):
            direct.payload("POST", "/multiusers/members", {"relationship": "friend"}, **OWNER)
        direct.payload("POST", "/multiusers/members", SON, **OWNER)
        direct.payload("POST", "/multiusers/members", SON | {"relationship": "pet"}, **OWNER)
        for path in ("/multiusers/members", "/users/30000001/members"):
            status, body = direct.ask("POST", path, SON, **OWNER)
            assert (status, body["code"], body["message"]) == (
                500, "family_member_duplicated", "The members already exist with that uid and relationship",
            )  # fmt: skip
        taken = SON | {"new_relationship": "pet"}
        assert direct.code("PUT", "/multiusers/members", taken, **OWNER)[1] == "family_member_duplicated"

    def test_unknown_users_and_members(self, direct: Direct) -> None:
        """Q97: the bulk operation has another code."""
        nobody = {"document": "9"}
        assert direct.code("GET", "/multiusers/members", **nobody)[:2] == (404, "user_not_found")
        assert direct.code("POST", "/users/9/members", SON)[:2] == (404, "user_not_found")
        assert direct.code("POST", "/users/9/members/bulk", [SON])[:2] == (404, "not_found")
        assert direct.code("PUT", "/users/9/members/1", SON)[:2] == (404, "user_not_found")
        for part in ("1", in_path("1"), "x"):
            assert direct.code("PUT", f"/users/30000001/members/{part}", SON)[:2] == (404, "member_not_found")

    @pytest.mark.parametrize("body", [{}, [], {"relationship": "wife"}, {"relationship": "son", "uid": ""}])
    def test_members_that_break_the_schema(self, direct: Direct, body: object) -> None:
        for method, path in (
            ("POST", "/multiusers/members"), ("PUT", "/multiusers/members"), ("POST", "/multiusers/members/bulk"),
            ("POST", "/users/30000001/members"), ("PUT", "/users/30000001/members/1"),
        ):  # fmt: skip
            given = [body] if path.endswith("bulk") else body
            assert direct.code(method, path, given, **OWNER)[1] == "bad_request"
        assert direct.code("POST", "/multiusers/members/bulk", SON, **OWNER)[2] == ["Expected array"]
