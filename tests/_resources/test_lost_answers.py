"""Creations whose answer was lost, and writes whose answer is only a status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.fakes import ScriptedTransport, reply, run_sender, sender
from woowup_async import errors
from woowup_async._resources.endpoints import PURCHASES_CREATE_BULK, USERS_EXISTS
from woowup_async._resources.members import Members
from woowup_async._resources.purchases import Purchases
from woowup_async._resources.users import Users
from woowup_async._transport.call import Call
from woowup_async.models import FamilyMember, Identity
from woowup_async.models.member import StoredMember
from woowup_async.models.replies import Queued
from woowup_async.models.user import StoredUser
from woowup_async.policies import BatchPolicy, RetryPolicy
from woowup_async.ports import Response

LOST = errors.ReplyLost("x", "the connection broke")
BAD_GATEWAY = Response(502, {}, b"")
EXISTS = reply(500, "internal_error", "Usuario existente")
DUPLICATED = reply(500, "duplicated_purchase_number", "ya existe")
SAME_MEMBER = reply(500, "family_member_duplicated", "ya existe")
PURCHASE: dict[str, Any] = {
    "invoice_number": "A-1", "email": "a@b.co", "prices": {"total": 1},
    "purchase_detail": [{"sku": "AB", "quantity": 1, "unit_price": 1}],
}  # fmt: skip
MEMBER = FamilyMember(uid="7", relationship="pet", first_name="Toto")
EMPTY = Response(200, {}, b"")


class Account:
    """The namespaces with a scripted network."""

    def __init__(self, answers: Sequence[Any]) -> None:
        self.transport = ScriptedTransport(*answers)
        send = sender(self.transport).send
        self.users, self.members = Users(send, BatchPolicy()), Members(send)
        self.purchases = Purchases(send, BatchPolicy(), {})

    @property
    def asked(self) -> list[str]:
        return [request.endpoint for request in self.transport.requests]


class TestLostCreations:
    @pytest.mark.parametrize("first", [LOST, BAD_GATEWAY])
    async def test_a_user_that_the_repeat_finds_is_read_back(self, first: Any) -> None:
        account = Account([first, EXISTS, reply(payload={"userapp_id": 5, "email": "a@b.co"})])
        user = await account.users.create({"email": "a@b.co", "document": "12:3"})
        assert (user.userapp_id, account.asked) == (5, ["users.create", "users.create", "users.find"])
        assert set(account.transport.requests[-1].params) == {("email", "a@b.co"), ("document", "12:3")}

    async def test_a_user_that_a_search_does_not_find_yet(self) -> None:
        account = Account([LOST, EXISTS, reply(404, "user_not_found")])
        assert await account.users.create({"email": "a@b.co"}) == StoredUser()

    async def test_a_purchase_that_the_repeat_finds_is_queued(self) -> None:
        queued = await Account([LOST, DUPLICATED]).purchases.create(PURCHASE)
        assert isinstance(queued, Queued)
        assert queued.code == "duplicated_purchase_number"

    @pytest.mark.parametrize(
        "family",
        [
            [{"uid": "7", "relationship": "pet", "id": 3}, {"uid": "7", "relationship": "son", "id": 4}],
            [{"uid": "8", "relationship": "pet"}],
        ],
    )
    async def test_a_member_that_the_repeat_finds_is_read_back(self, family: list[dict[str, Any]]) -> None:
        account = Account([LOST, SAME_MEMBER, reply(payload=family)])
        stored = await account.members.create(Identity(email="a@b.co"), MEMBER)
        assert isinstance(stored, StoredMember)
        assert (stored.uid, stored.relationship, stored.id) == ("7", "pet", 3 if len(family) == 2 else None)

    @pytest.mark.parametrize(
        "before", [[], [errors.NotSent("x", "cannot connect")], [reply(429, "too_many_request", retry_after="1")]]
    )
    async def test_it_is_an_error_if_no_earlier_attempt_may_have_created_it(self, before: list[Any]) -> None:
        with pytest.raises(errors.UserExists):
            await Account([*before, EXISTS]).users.create({"email": "a@b.co"})
        with pytest.raises(errors.BadRequest, match="duplicated_purchase_number"):
            await Account([*before, DUPLICATED]).purchases.create(PURCHASE)
        with pytest.raises(errors.BadRequest, match="family_member_duplicated"):
            await Account([*before, SAME_MEMBER]).members.create(Identity(email="a@b.co"), MEMBER)

    async def test_other_refusals_after_a_lost_attempt_stay_errors(self) -> None:
        with pytest.raises(errors.BadRequest):
            await Account([LOST, reply(400, "bad_request", "email")]).users.create({"email": "a@b.co"})


KNOWN = reply(payload={"exist": True})


class TestByStatus:
    async def test_an_empty_success_counts_if_the_host_answered_as_the_api_before(self) -> None:
        account = Account([KNOWN, EMPTY, EMPTY, EMPTY, EMPTY])
        await account.users.exists(email="a@b.co")
        assert (await account.purchases.create(PURCHASE)).payload == b"{}"
        assert (await account.purchases.create_bulk([PURCHASE])).code == ""
        assert await account.users.create({"email": "a@b.co"}) == StoredUser()
        await account.users.delete(Identity(email="a@b.co"))

    async def test_an_empty_success_counts_if_it_has_rate_limit_headers(self) -> None:
        answer = Response(201, {"x-rate-limit-limit": "70"}, b"")
        assert (await Account([answer]).purchases.create(PURCHASE)).payload == b"{}"

    @pytest.mark.parametrize("answer", [EMPTY, Response(200, {}, b"{}"), Response(204, {}, b"")])
    async def test_an_empty_success_of_an_unknown_host_does_not_count(self, answer: Response) -> None:
        with pytest.raises(errors.UnexpectedReply, match="did not answer as the API does before"):
            await Account([answer]).purchases.create(PURCHASE)

    async def test_html_proves_nothing_and_is_not_a_success(self) -> None:
        html = Response(200, {"content-type": "text/html"}, b"<html>")
        account = Account([html, html, EMPTY])
        for _ in range(2):
            with pytest.raises(errors.UnexpectedReply):
                await account.purchases.create(PURCHASE)
        with pytest.raises(errors.UnexpectedReply):
            await account.purchases.create(PURCHASE)

    async def test_the_payload_of_another_code_is_returned(self) -> None:
        for payload, expected in (({"userapp_id": 5}, 5), ([], None), (True, None), ("x", None)):
            body = reply(201, "created", payload=payload)
            assert (await Account([body]).users.create({"email": "a@b.co"})).userapp_id == expected

    async def test_a_read_needs_its_envelope(self) -> None:
        account = Account([KNOWN, EMPTY])
        await account.users.exists(email="a@b.co")
        with pytest.raises(errors.UnexpectedReply):
            await account.users.exists(email="a@b.co")

    async def test_a_run_needs_its_own_proof(self) -> None:
        interactive = sender(ScriptedTransport(KNOWN, EMPTY))
        await interactive.send(Call(USERS_EXISTS))
        bulk = Call(PURCHASES_CREATE_BULK, body=b"[]")
        assert (await interactive.send(bulk)).is_bare
        mine = run_sender(ScriptedTransport(EMPTY, EMPTY, EMPTY), retry=RetryPolicy(attempts=3))
        with pytest.raises(errors.UnexpectedReply):
            await mine.send(bulk)
        mine = run_sender(ScriptedTransport(KNOWN, EMPTY))
        await mine.send(Call(USERS_EXISTS))
        answer = await mine.send(bulk)
        assert (answer.is_success, answer.is_bare) == (True, True)
