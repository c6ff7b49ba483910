"""From a response to a reply: the envelope `{payload, message, code, time}`, read leniently.

Room: _wire. Pure. Called by `_transport.sender`. What a reply means is decided in `_transport.retry`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

import msgspec

from woowup_async._flow import Headers
from woowup_async._wire.endpoint import Form
from woowup_async.errors import Reason

#: Longest `Retry-After` that is obeyed, in seconds (guessed: four window segments).
MAX_RETRY_AFTER = 120.0
_SHOWN = 200


class Response(msgspec.Struct, frozen=True):
    """One HTTP answer, complete. Header names are in lower case."""

    status: int
    headers: Headers
    body: bytes


class Envelope(msgspec.Struct):
    """What every documented answer is wrapped in; `time` is missing from the 429 and 410 samples (Q59)."""

    code: str
    message: str | None = ""
    payload: msgspec.Raw = msgspec.Raw(b"[]")


class Reply(msgspec.Struct, frozen=True):
    """A decoded answer. `code` is "" where there was no envelope: HTML, a proxy's page, a redirect.

    `is_bare`: a success that came without the API's envelope.
    """

    status: int
    code: str
    message: str
    payload: bytes
    reasons: tuple[Reason, ...] = ()
    headers: Headers = {}
    is_bare: bool = False

    def __repr__(self) -> str:
        return f"Reply({self.status}, {self.code!r}, {self.message!r})"

    @property
    def is_success(self) -> bool:
        """Whether the server said ok in its own words; a 200 of HTML is none."""
        return 200 <= self.status < 300 and self.code == "ok"


_envelopes = msgspec.json.Decoder(Envelope)


def reply_of(response: Response, form: Form = Form.ENVELOPE) -> Reply:
    """Decode the envelope if there is one, or take a success without one where the operation has none."""
    if form is not Form.ENVELOPE and 200 <= response.status < 300 and (bare := _bare(response, form)):
        return bare
    return _enveloped(response)


def _bare(response: Response, form: Form) -> Reply | None:
    body = response.body.strip()
    if form is Form.ANY and not body:
        return Reply(response.status, "ok", "", b"{}", headers=response.headers)
    try:
        decoded: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_enveloped = isinstance(decoded, dict) and "code" in decoded and "payload" in decoded
    return None if is_enveloped else Reply(response.status, "ok", "", body, headers=response.headers)


def _enveloped(response: Response) -> Reply:
    try:
        envelope = _envelopes.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        what = response.headers.get("content-type", "no content type")
        message = f"not the API's JSON ({what}, {len(response.body)} bytes)"
        return Reply(response.status, "", message, b"", headers=response.headers)
    payload, message = bytes(envelope.payload), envelope.message or ""
    if envelope.code == "ok":
        return Reply(response.status, "ok", message, payload, headers=response.headers)
    reasons = tuple(Reason("", text) for text in _errors(payload)) or ((Reason("", message),) if message else ())
    return Reply(response.status, envelope.code, message, payload, reasons, response.headers)


def _errors(payload: bytes) -> Iterator[str]:
    """Read `payload.errors`, which no page types: a string, a list or an object (U55)."""
    try:
        decoded: Any = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    errors = decoded.get("errors") if isinstance(decoded, dict) else None
    if not errors:
        return
    for error in errors if isinstance(errors, list) else [errors]:
        text = error if isinstance(error, str) else msgspec.json.encode(error).decode()
        yield text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def retry_after(headers: Headers, now: float) -> float | None:
    """Read `Retry-After`: seconds, or an HTTP date against the answer's own `Date`; clamped to [0, 120].

    Where there is no `Date`, wall-clock `now` stands in.
    """
    text = headers.get("retry-after", "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment, told = http_date(text), http_date(headers.get("date"))
        if moment is None:
            return None
        seconds = moment - (now if told is None else told)
    return min(max(seconds, 0.0), MAX_RETRY_AFTER) if math.isfinite(seconds) else None


@lru_cache(maxsize=16)  # the answers of a second carry the same one
def http_date(text: str | None) -> float | None:
    """Read a `Date` as seconds since 1970; None where it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
