"""Families of a user by id, and searches without a result."""

from typing import Any

import pytest

from tests.support.recorder import Recorder
from woowup_async import errors
from woowup_async._resources.base import found
from woowup_async._resources.endpoints import USERS_FIND
from woowup_async._wire.reply import Reply
from woowup_async.models import FamilyMember, StoredMember

SON = FamilyMember(relationship="son", uid="a+b/ñ", first_name="Leo")
BODY = {"relationship": "son", "uid": "a+b/ñ", "first_name": "Leo"}
STORED = {"id": 5183, "uid": "a+b/ñ", "relationship": "son"}


async def test_an_id_is_a_number_and_a_uid_is_base64() -> None:
    """It is percent-encoded, as on the getting-started page, since the standard alphabet has `+`, `/` and `=`."""
    recorder = Recorder([])
    await recorder.members.list_by_id(12345)
    await recorder.members.list_by_id("???~~~")
    await recorder.members.create_by_id("C-1", SON)
    await recorder.members.update_by_id(7, "a+b/ñ", SON)
    await recorder.members.update_by_id("C-1", 9, SON)
    await recorder.members.create_bulk_by_id(7, iter([SON, SON]))
    assert recorder.sent == [
        ("GET /users/12345/members", None),
        ("GET /users/Pz8%2Ffn5%2B/members", None),
        ("POST /users/Qy0x/members", BODY),
        ("PUT /users/7/members/YStiL8Ox", BODY),
        ("PUT /users/Qy0x/members/9", BODY),
        ("POST /users/7/members/bulk", [BODY, BODY]),
    ]


@pytest.mark.parametrize("payload", [[], {}, None])
async def test_an_undocumented_answer_may_be_empty(payload: Any) -> None:
    recorder = Recorder(payload)
    assert await recorder.members.create_by_id(7, SON) == StoredMember()
    assert await recorder.members.update_by_id(7, 9, SON) == StoredMember()
    await recorder.members.create_bulk_by_id(7, [SON])


async def test_a_member_that_a_lost_attempt_added_is_read_back() -> None:
    recorder = Recorder([{"uid": "1", "relationship": "son"}, STORED], is_repeat=True)
    assert (await recorder.members.create_by_id(7, SON)).id == 5183
    assert [request for request, _ in recorder.sent] == ["POST /users/7/members", "GET /users/7/members"]
    assert await Recorder([], is_repeat=True).members.create_by_id(7, SON) == StoredMember(
        uid="a+b/ñ", relationship="son"
    )


async def test_invalid_ids_and_empty_lists_are_not_sent() -> None:
    recorder = Recorder([])
    for wrong in (0, "", True, "..", "\n"):
        with pytest.raises(ValueError, match="an id is|a service_uid must be"):
            await recorder.members.list_by_id(wrong)
    with pytest.raises(ValueError, match="at least one member"):
        await recorder.members.create_bulk_by_id(7, [])
    assert recorder.sent == []


@pytest.mark.parametrize("payload", [[], {}, None, ""])
async def test_an_empty_answer_to_a_search_is_none(payload: Any) -> None:
    recorder = Recorder(payload)
    assert await recorder.users.find(email="a@b.co") is None
    assert await recorder.products.find("A") is None
    assert await recorder.branches.find("Centro") is None
    assert await recorder.segments.find(7) is None


async def test_the_first_element_of_an_array_is_found() -> None:
    """Q76: the page says array, but its sample is an object."""
    user = await Recorder([{"userapp_id": 7, "novel": 1}, {"userapp_id": 8}]).users.find(email="a@b.co")
    assert user is not None
    assert (user.userapp_id, user.extra) == (7, {"novel": 1})


@pytest.mark.parametrize("payload", ["text", 0, False, 5])
async def test_a_payload_of_another_type_is_an_error(payload: Any) -> None:
    with pytest.raises(errors.UnexpectedReply, match="a payload that does not fit"):
        await Recorder(payload).users.find(email="a@b.co")


async def test_existence_has_the_id_of_the_user() -> None:
    existence = await Recorder({"exist": True, "userapp_id": "31173442"}).users.existence(email="a@b.co")
    assert (existence.exist, existence.userapp_id) == (True, "31173442")
    assert await Recorder({"exist": False}).users.exists(email="a@b.co") is False


async def test_a_payload_that_is_not_utf_8_is_an_error() -> None:
    reply = Reply(200, "ok", "", b'"\xff"')
    with pytest.raises(errors.UnexpectedReply, match="a payload that does not fit"):
        found(USERS_FIND, reply)
