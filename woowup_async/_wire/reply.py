"""Decodes responses: the envelope `{payload, message, code, time}`, read leniently.

Room: _wire. Pure. `_transport.retry` decides what a reply means.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from itertools import islice
from typing import Any

import msgspec

from woowup_async._text import printable
from woowup_async._wire.endpoint import Form
from woowup_async.errors import Reason
from woowup_async.ports import Headers, Response

#: Longest `Retry-After` that is used, in seconds (guessed: four window segments).
MAX_RETRY_AFTER = 120.0
#: Most characters of a server's message, of each of its reasons and of its code (guessed).
_MESSAGE, _SHOWN, _CODE = 1_000, 200, 80
#: Most reasons: enough for each item of a bulk request (guessed).
_REASONS = 2_000
#: Codes that name a failure, besides the documented ones. A 2xx with such a code is not a success.
_failure = re.compile(
    r"err|inval|fail|not_|no_|duplic|exist|forbid|denied|unauth|except|refus|reject|account|bad|many|limit|missing",
    re.IGNORECASE,
).search
#: Seconds in a header, in ASCII. `float` would also accept other digits, underscores and "inf".
_seconds = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{0,15})?", re.ASCII).fullmatch
_unreadable = (msgspec.DecodeError, ValueError, RecursionError)


class Envelope(msgspec.Struct):
    """The envelope of every documented answer. `time` is missing from the samples of 429 and 410 (Q59)."""

    code: str
    message: str | None = ""
    payload: msgspec.Raw = msgspec.Raw(b"[]")


class Reply(msgspec.Struct, frozen=True):
    """A decoded answer. `code` is "" if there was no envelope: HTML, a proxy's page, a redirect.

    `is_bare`: a write that is a success by its status alone, since the answer has no envelope of the API, or its code
    is not ok. If it also `is_mute`, nothing in the body shows that the API wrote it.
    `is_repeat`: the answer to an earlier attempt was lost, and the server refused the repeat because the record exists.
    """

    status: int
    code: str
    message: str
    payload: bytes
    reasons: tuple[Reason, ...] = ()
    headers: Headers = {}
    is_bare: bool = False
    is_mute: bool = False
    is_repeat: bool = False

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.code!r}, {self.message!r})"

    @property
    def is_success(self) -> bool:
        """Whether the code is ok, or the status shows success if that is enough. HTML is not a success."""
        return 200 <= self.status < 300 and (self.code == "ok" or self.is_bare)


_envelopes = msgspec.json.Decoder(Envelope)


def reply_of(response: Response, form: Form = Form.ENVELOPE) -> Reply:
    """Decode the envelope. If the operation has none, accept a success without it."""
    if form in (Form.BARE, Form.ANY) and 200 <= response.status < 300 and (bare := _bare(response, form)):
        return bare
    reply = _enveloped(response)
    if form is Form.STATUS and not reply.is_success and 200 <= response.status < 300:
        return _by_status(response, reply)
    return reply


def has_rate_headers(headers: Headers) -> bool:
    """Return whether an answer has the API's own headers."""
    return "x-rate-limit-limit" in headers or "x-rate-limit-remaining" in headers


def unproven(reply: Reply) -> Reply:
    """Return a mute success as a reply that is not from the API."""
    message = f"an empty success, from a host that did not answer as the API does before ({reply.status})"
    return Reply(reply.status, "", message, b"", headers=reply.headers)


def _bare(response: Response, form: Form) -> Reply | None:
    body = response.body.strip()
    if form is Form.ANY and not body:
        return Reply(response.status, "ok", "", b"{}", headers=response.headers)
    try:
        decoded: Any = msgspec.json.decode(body)
    except _unreadable:
        return None
    is_enveloped = isinstance(decoded, dict) and "code" in decoded and "payload" in decoded
    return None if is_enveloped else Reply(response.status, "ok", "", body, headers=response.headers)


def _by_status(response: Response, reply: Reply) -> Reply:
    """Judge a 2xx to a write by its status, unless it names a failure. Both of the vendor's clients do this."""
    if reply.code:
        if _failure(reply.code) or _errors_in(reply.payload):
            return reply
        return msgspec.structs.replace(reply, reasons=(), is_bare=True)
    body = response.body.strip()
    if body:
        try:
            decoded: Any = msgspec.json.decode(body)
        except _unreadable:
            return reply
        if not (decoded is None or isinstance(decoded, dict | list)):
            return reply
        if isinstance(decoded, dict) and (decoded.get("errors") or decoded.get("error") or decoded.get("code")):
            return reply  # a code that is not text, or errors without an envelope
    return Reply(response.status, "", "", b"{}", headers=response.headers, is_bare=True, is_mute=True)


def _enveloped(response: Response) -> Reply:
    try:
        envelope = _envelopes.decode(response.body)
    except _unreadable:
        what = printable(response.headers.get("content-type", "no content type"), _CODE)
        message = f"not the API's JSON ({what}, {len(response.body)} bytes)"
        return Reply(response.status, "", message, b"", headers=response.headers)
    payload, code = bytes(envelope.payload), envelope.code
    message = printable(envelope.message, _MESSAGE) if envelope.message else ""
    if code == "ok":
        return Reply(response.status, "ok", message, payload, headers=response.headers)
    texts = [printable(text, _SHOWN) for text in _errors_in(payload)] or [message]
    reasons = tuple(Reason("", text) for text in texts if text)
    return Reply(response.status, printable(code, _CODE), message, payload, reasons, response.headers)


def _errors_in(payload: bytes) -> list[str]:
    """Return `payload.errors`. No page gives its type: it may be a string, a list or an object (U55)."""
    try:
        decoded: Any = msgspec.json.decode(payload)
        errors = decoded.get("errors") if isinstance(decoded, dict) else None
        if not errors:
            return []
        return [
            error if isinstance(error, str) else msgspec.json.encode(error).decode()
            for error in islice(errors if isinstance(errors, list) else [errors], _REASONS)
        ]
    except _unreadable:
        return []


def retry_after(headers: Headers, now: float) -> float | None:
    """Return `Retry-After` in seconds, between 0 and 120. An HTTP date is compared with the answer's `Date`.

    If there is no `Date`, wall-clock `now` replaces it.
    """
    text = headers.get("retry-after", "").strip()
    if _seconds(text):
        seconds = float(text)
    else:
        moment, answered = http_date(text), http_date(headers.get("date"))
        if moment is None:
            return None
        seconds = moment - (now if answered is None else answered)
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


@lru_cache(maxsize=16)  # answers within one second have the same date
def http_date(text: str | None) -> float | None:
    """Read a `Date` as seconds since 1970; None if it is not a date."""
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except Exception:  # email.utils may raise anything for an invalid text
        return None
