"""Segments, blacklists, coupons, benefits and categories, which are not on the official pages."""

from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest

from tests.support.fakes import ScriptedTransport, listed, reply, sender
from tests.support.recorder import Recorder
from woowup_async import errors
from woowup_async._resources.audience import Blacklist
from woowup_async.models import Coupon, SegmentExport

INVALID = [0, -1, "x", True]


def form_of(recorder: Recorder) -> dict[str, str]:
    (call,) = recorder.calls
    message = BytesParser(policy=HTTP).parsebytes(
        f"Content-Type: {call.content_type}\r\n\r\n".encode() + (call.body or b"")
    )
    return {
        str(part.get_param("name", header="content-disposition")): part.get_content().strip()
        for part in message.iter_parts()
    }


class TestBlacklist:
    @pytest.mark.parametrize(("name", "type_"), [("create", "create"), ("replace", "delete-create")])
    async def test_values_are_sent_as_a_file(self, name: str, type_: str) -> None:
        """N29."""
        recorder = Recorder([])
        await getattr(recorder.blacklist, name)("email", iter(["ana@example.com", "eva@example.com"]))
        assert form_of(recorder) == {"blacklist": "email", "type": type_, "file": "ana@example.com\neva@example.com"}
        assert (recorder.calls[0].endpoint.method, recorder.calls[0].endpoint.path) == ("POST", "/account/blacklist")

    async def test_the_content_type_is_of_a_form(self) -> None:
        transport = ScriptedTransport(reply(), reply())
        blacklist = Blacklist(sender(transport).send)
        await blacklist.create("telephone", "5491144445555")
        await blacklist.delete("telephone")
        types = [request.headers["Content-Type"] for request in transport.requests]
        assert types[0].startswith("multipart/form-data; boundary=woowup-")
        assert types[1] == "application/json"

    async def test_a_deletion_names_the_list_twice(self) -> None:
        """N30."""
        recorder = Recorder([])
        await recorder.blacklist.delete("telephone")
        assert recorder.sent == [("DELETE /account/blacklist?type=telephone", {"blacklist": "telephone"})]

    @pytest.mark.parametrize("values", [[], "", ["a", ""], ["a\nb"], ["a\u2028b"], [5], [" "]])
    async def test_invalid_values_are_not_sent(self, values: Any) -> None:
        recorder = Recorder([])
        with pytest.raises(ValueError, match="must be one line and not empty"):
            await recorder.blacklist.create("email", values)
        for call in (recorder.blacklist.create("fax", ["a"]), recorder.blacklist.delete("fax")):  # type: ignore[arg-type]
            with pytest.raises(ValueError, match="kind must be one of email, telephone, got 'fax'"):
                await call
        assert recorder.calls == []


class TestSegments:
    async def test_an_export_is_ordered_found_and_deleted(self) -> None:
        """N33-N35."""
        where: dict[str, Any] = {
            "id": 7,
            "title": "VIP",
            "url": "https://e.co/7.csv",
            "last_update": "2026-01-01 10:00:00",
        }
        recorder = Recorder({"segment": where | {"rows": 3}})
        found = await recorder.segments.export("7")
        assert found == SegmentExport(**where, extra={"rows": 3})
        await recorder.segments.schedule_export(7)
        await recorder.segments.delete_export(7)
        assert [request for request, _ in recorder.sent] == [
            "GET /export/segments/7", "POST /export/segments/7", "DELETE /export/segments/7",
        ]  # fmt: skip

    async def test_no_export(self) -> None:
        assert await Recorder([]).segments.export(7) is None

    async def test_users_of_a_segment(self) -> None:
        """N36."""
        recorder = Recorder([{"userapp_id": 7}])
        assert [user.userapp_id for user in await listed(recorder.users.list(segment_id="7", limit=5))] == [7]
        await listed(recorder.users.list(search="ana", page=2, page_size=50))
        await listed(recorder.users.list())
        assert [request for request, _ in recorder.sent] == [
            "GET /users/?segment_id=7&page=0&limit=5", "GET /users/?search=ana&page=2&limit=50",
            "GET /users/?page=0&limit=100",
        ]  # fmt: skip

    @pytest.mark.parametrize("segment", INVALID)
    async def test_invalid_segment_ids_are_not_sent(self, segment: Any) -> None:
        recorder = Recorder([])
        calls: list[Callable[[], Any]] = [
            lambda: recorder.segments.find(segment),
            lambda: recorder.segments.export(segment),
            lambda: recorder.segments.schedule_export(segment),
            lambda: recorder.segments.delete_export(segment),
            lambda: listed(recorder.users.list(segment_id=segment)),
            lambda: recorder.users.belongs_to_segment(1, segment),
            lambda: recorder.users.delete_segment(segment),
        ]
        for call in calls:
            with pytest.raises(ValueError, match="segment_id must be a whole number above 0"):
                await call()
        assert recorder.calls == []


class TestClub:
    async def test_coupons(self) -> None:
        """N15: the answer is a bare array."""
        recorder = Recorder([{"code": "A-1", "status": "used", "user": 7}])
        assert await listed(recorder.coupons.list(status="used", from_="2026-01-01", limit=3)) == [
            Coupon(code="A-1", status="used", extra={"user": 7})
        ]
        assert recorder.sent == [("GET /coupons?status=used&from=2026-01-01&page=0&limit=3", None)]
        with pytest.raises(ValueError, match="status must be one of available"):
            recorder.coupons.list(status="lost")  # type: ignore[arg-type]

    async def test_benefits(self) -> None:
        """N17."""
        recorder = Recorder({"current": [{"id": 1}], "outofstock": [], "comingbenefits": None, "new": 1})
        found = await recorder.benefits.list(current=5, coming=0)
        assert (found.current, found.comingbenefits, found.extra) == ([{"id": 1}], [], {"new": 1})
        assert recorder.sent == [("GET /benefits?currentbenefits=5&comingbenefits=0", None)]
        with pytest.raises(ValueError, match="out_of_stock must be 0 or more"):
            await recorder.benefits.list(out_of_stock=-1)


class TestCategories:
    async def test_the_tree_is_read_and_deleted(self) -> None:
        """N12-N14: the body of the bulk deletion is an object, even if it is empty."""
        recorder = Recorder(
            lambda number: [{"id": "a", "name": "A", "path": "a"}] if number == 0 else {"request_id": 7}
        )
        assert [node.name for node in await recorder.categories.list()] == ["A"]
        assert await recorder.categories.delete("a", notify_to="a@b.co") == 7
        assert await recorder.categories.delete_bulk() == 7
        assert recorder.sent == [
            ("GET /categories", None),
            ("DELETE /categories", {"code": "a", "notify_to": "a@b.co"}),
            ("DELETE /categories/bulk", {}),
        ]

    @pytest.mark.parametrize("payload", [[], {}, None, {"request_id": None}])
    async def test_an_answer_without_a_request_id(self, payload: Any) -> None:
        assert await Recorder(payload).categories.delete("a") is None
        assert await Recorder(payload).categories.delete_bulk() is None

    async def test_an_empty_code_does_not_delete_all(self) -> None:
        recorder = Recorder({"request_id": 7})
        with pytest.raises(ValueError, match="delete_bulk deletes all categories"):
            await recorder.categories.delete("")
        for call in (recorder.categories.delete("a", notify_to="x"), recorder.categories.delete_bulk(notify_to="x")):
            with pytest.raises(errors.InvalidRecord, match="notify_to"):
                await call
        assert recorder.calls == []
