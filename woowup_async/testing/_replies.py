"""Sends answers: whole, in pieces, or cut short.

Room: testing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from aiohttp import web

from woowup_async.testing.faults import Scripted

_PIECES = 5
_LIMIT_HEADERS = ("x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset")
_PAGE = "<!doctype html><title>WoowUp</title>"


def json_reply(result: tuple[int, Any], headers: dict[str, str]) -> web.Response:
    """Return an answer of the API."""
    status, body = result
    return web.json_response(body, status=status, headers=headers)


def web_page(headers: dict[str, str]) -> web.Response:
    """Return the web page that the real host shows for an unknown path."""
    return web.Response(text=_PAGE, content_type="text/html", headers=headers)


def too_large(headers: dict[str, str]) -> web.Response:
    """Return a 413 as a proxy in front of the API would."""
    return web.Response(status=413, text="<html>too large</html>", content_type="text/html", headers=headers)


def as_scripted(fault: Scripted, genuine: web.Response | None, headers: dict[str, str]) -> web.Response:
    """Return the scripted answer, or the account's answer if the fault is genuine."""
    if genuine is None or not fault.genuine:
        kind, more = fault.content_type, headers | fault.headers
        genuine = web.Response(status=fault.status, body=fault.body, content_type=kind, headers=more)
    for name in _LIMIT_HEADERS if fault.bare else ():
        genuine.headers.pop(name, None)
    return genuine


async def dribbled(reply: web.Response, fault: Scripted, request: web.Request) -> web.StreamResponse:
    """Send a body in pieces, or only half of it."""
    body = reply.body if isinstance(reply.body, bytes) else b""
    stream = web.StreamResponse(status=reply.status, headers=reply.headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    pieces = [body[at : at + 1 + len(body) // _PIECES] for at in range(0, len(body), 1 + len(body) // _PIECES)]
    with suppress(ConnectionError):  # the client may have closed the connection
        for piece in pieces[: len(pieces) // 2] if fault.truncate else pieces:
            await stream.write(piece)
            await asyncio.sleep(fault.drip / _PIECES)
    if fault.truncate and request.transport is not None:
        request.transport.abort()
    return stream
