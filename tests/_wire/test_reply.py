"""Every response becomes a reply."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import some
from woowup_async._wire.endpoint import Form
from woowup_async._wire.reply import has_rate_headers, reply_of, retry_after
from woowup_async.ports import Response


def response(body: object, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def test_the_documented_envelope() -> None:
    reply = reply_of(response({"payload": {"a": 1}, "message": "ok", "code": "ok", "time": "62ms"}))
    assert (reply.code, reply.message, reply.payload, reply.is_success) == ("ok", "ok", b'{"a": 1}', True)


def test_the_429_and_410_samples_have_no_time() -> None:
    """See Q59."""
    body = {"payload": [], "message": "too many request", "code": "too_many_request"}
    assert reply_of(response(body, 429)).code == "too_many_request"


@pytest.mark.parametrize("body", [b"<!doctype html>", b"", b"[]", b'{"code": 3}', b"\xff", b'{"message": "x"}'])
def test_a_body_without_envelope_has_no_code_and_is_not_a_success(body: bytes) -> None:
    """The answer for an unknown path is a 200 with HTML."""
    reply = reply_of(Response(200, {"content-type": "text/html"}, body))
    assert (reply.code, reply.is_success) == ("", False)
    assert f"text/html, {len(body)} bytes" in reply.message


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        ("alone", ["alone"]),
        ({"field": "x"}, ['{"field":"x"}']),
        ([{"k": 1}], ['{"k":1}']),
        (["x" * 300], ["x" * 200 + "…"]),
        ([], ["bad"]),
        (None, ["bad"]),
    ],
)
def test_errors_are_read_in_every_form(errors: object, expected: list[str]) -> None:
    """Their type is not documented (U55)."""
    reply = reply_of(response({"payload": {"errors": errors}, "message": "bad", "code": "bad_request"}, 400))
    assert [reason.message for reason in reply.reasons] == expected


def test_a_null_message() -> None:
    assert reply_of(response({"payload": None, "message": None, "code": "internal_error"}, 500)).reasons == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18", 18.0), ("0.25", 0.25), ("-3", 0.0), ("9999", 120.0), ("", None), ("soon", None), ("nan", None),
        ("٧", None), ("1_0", None), ("1e3", None),
        ("inf", None), ("Thu, 01 Jan 1970 00:01:10 GMT", 60.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:01:10 -0000", 60.0),
    ],
)  # fmt: skip
def test_retry_after(text: str, expected: float | None) -> None:
    assert retry_after({"retry-after": text}, now=10.0) == expected


BODIES = st.one_of(
    st.binary(max_size=60),
    st.recursive(st.none() | st.text(max_size=5) | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["code", "payload", "message", "errors", "error", "x"]), inner)).map(
        lambda body: json.dumps(body).encode()
    ),
    st.builds(
        lambda part, times: part * times,
        st.sampled_from([b"[", b'{"payload":', b'{"code":"x","message":"","payload":[']),
        st.integers(0, 3_000),
    ),
    st.integers(1, 1_200).map(lambda n: b'{"code":"x","message":"","payload":{"errors":' + b"[" * n + b"]" * n + b"}}"),
)  # fmt: skip


@settings(max_examples=some(60), deadline=None)
@given(BODIES, st.sampled_from([200, 201, 204, 302, 400, 500]), st.sampled_from(Form))
def test_every_body_gives_a_reply(body: bytes, status: int, form: Form) -> None:
    reply = reply_of(Response(status, {"content-type": "a\x1bb"}, body), form)
    assert not (reply.is_success and status >= 300)
    assert (reply.code + reply.message + "".join(map(str, reply.reasons))).isprintable()


class TestByStatus:
    """Both of the vendor's clients accept a write if its status is 200 or 201."""

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    @pytest.mark.parametrize("body", [b"", b" ", b"{}", b"[]", b"null", b'{"id": 5}', b'{"message": "done"}'])
    def test_a_write_without_envelope_is_an_empty_success(self, status: int, body: bytes) -> None:
        reply = reply_of(Response(status, {}, body), Form.STATUS)
        assert (reply.is_success, reply.is_bare, reply.is_mute, reply.payload) == (True, True, True, b"{}")
        assert not reply_of(Response(status, {}, body)).is_success  # a read needs its envelope

    @pytest.mark.parametrize("code", ["created", "success", "accepted", "queued", "deleted", "updated", "OK", "200"])
    def test_another_code_of_success(self, code: str) -> None:
        body = {"code": code, "message": "hecho", "payload": {"userapp_id": 5}}
        reply = reply_of(response(body), Form.STATUS)
        assert (reply.is_success, reply.is_bare, reply.is_mute) == (True, True, False)
        assert (reply.code, reply.message, reply.payload) == (code, "hecho", b'{"userapp_id": 5}')
        assert reply_of(response({"code": code}), Form.STATUS).is_bare
        assert not reply_of(response(body, 302), Form.STATUS).is_success

    @pytest.mark.parametrize(
        "body",
        [
            {"code": "bad_request"}, {"code": "internal_error"}, {"code": "validation_failed"}, {"code": "forbidden"},
            {"code": "too_many_request"}, {"code": "account_deleted"}, {"code": "user_not_found"},
            {"code": "duplicated_purchase_number"}, {"code": "created", "payload": {"errors": ["sku"]}}, {"code": 500},
            {"error": "no"}, {"errors": ["no"]}, "ok", 1, True,
        ],
    )  # fmt: skip
    def test_a_2xx_that_names_a_failure_is_not_a_success(self, body: object) -> None:
        assert not reply_of(response(body), Form.STATUS).is_success

    @pytest.mark.parametrize("body", [b"<!doctype html>", b"\xff", b"OK", b"{", b"<xml/>"])
    def test_a_2xx_that_is_not_json_is_not_a_success(self, body: bytes) -> None:
        assert not reply_of(Response(200, {}, body), Form.STATUS).is_success

    def test_an_envelope_with_ok_is_not_bare(self) -> None:
        reply = reply_of(response({"code": "ok", "payload": []}, 201), Form.STATUS)
        assert (reply.is_success, reply.is_bare) == (True, False)


def test_texts_of_the_server_are_bounded_and_safe_to_print() -> None:
    errors = ["\x1b]0;title\x07" + "x" * 1_000] * 3_000
    body = {"payload": {"errors": errors}, "message": "\u202e" + "y" * 100_000, "code": "z\x9b" * 1_000}
    reply = reply_of(response(body, 400))
    assert len(reply.reasons) <= 2_000
    assert all(len(reason.message) <= 201 and reason.message.isprintable() for reason in reply.reasons)
    assert len(reply.message) <= 1_001
    assert len(reply.code) <= 81
    assert (reply.message + reply.code).isprintable()


def test_rate_headers() -> None:
    assert has_rate_headers({"x-rate-limit-limit": "70"})
    assert has_rate_headers({"x-rate-limit-remaining": "1"})
    assert not has_rate_headers({"x-ratelimit-limit": "70", "date": "x"})


def test_retry_after_as_a_date_is_compared_with_the_servers_clock() -> None:
    """Our clock may be wrong by hours."""
    headers = {"retry-after": "Fri, 21 Nov 2025 10:00:18 GMT", "date": "Fri, 21 Nov 2025 10:00:00 GMT"}
    assert retry_after(headers, now=0.0) == 18.0
