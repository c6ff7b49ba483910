"""Responses become replies, whatever stands in them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from woowup_async._wire.reply import Response, reply_of, retry_after


def response(body: object, status: int = 200) -> Response:
    return Response(status, {"content-type": "application/json"}, json.dumps(body).encode())


def test_the_documented_envelope() -> None:
    reply = reply_of(response({"payload": {"a": 1}, "message": "ok", "code": "ok", "time": "62ms"}))
    assert (reply.code, reply.message, reply.payload, reply.is_success) == ("ok", "ok", b'{"a": 1}', True)


def test_the_429_and_410_samples_have_no_time() -> None:
    """Q59."""
    body = {"payload": [], "message": "too many request", "code": "too_many_request"}
    assert reply_of(response(body, 429)).code == "too_many_request"


@pytest.mark.parametrize("body", [b"<!doctype html>", b"", b"[]", b'{"code": 3}', b"\xff", b'{"message": "x"}'])
def test_what_is_no_envelope_has_no_code_and_is_no_success(body: bytes) -> None:
    """A 200 of HTML is what unknown paths answer."""
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
    """U55: nobody says what type they have."""
    reply = reply_of(response({"payload": {"errors": errors}, "message": "bad", "code": "bad_request"}, 400))
    assert [reason.message for reason in reply.reasons] == expected


def test_a_null_message() -> None:
    assert reply_of(response({"payload": None, "message": None, "code": "internal_error"}, 500)).reasons == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18", 18.0), ("0.25", 0.25), ("-3", 0.0), ("9999", 120.0), ("", None), ("soon", None), ("nan", None),
        ("inf", None), ("Thu, 01 Jan 1970 00:01:10 GMT", 60.0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Thu, 01 Jan 1970 00:01:10 -0000", 60.0),
    ],
)  # fmt: skip
def test_retry_after(text: str, expected: float | None) -> None:
    assert retry_after({"retry-after": text}, now=10.0) == expected


@given(st.binary(max_size=60))
def test_no_body_breaks_it(body: bytes) -> None:
    reply_of(Response(200, {}, body))


def test_retry_after_as_a_date_is_read_against_the_servers_clock() -> None:
    """Ours may be hours off."""
    headers = {"retry-after": "Fri, 21 Nov 2025 10:00:18 GMT", "date": "Fri, 21 Nov 2025 10:00:00 GMT"}
    assert retry_after(headers, now=0.0) == 18.0
