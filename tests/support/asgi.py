"""Requests to an app in this process, without a server and without sockets."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from fastapi import FastAPI

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "path": "/"}


class Answered(NamedTuple):
    """What an app answered."""

    status: int
    kind: str
    body: Any


async def asked(app: FastAPI, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    """Send a request directly to the app. Return the status and the body of its answer."""
    start, content = await _exchange(app, SCOPE | {"method": method, "path": path}, body)
    return start["status"], content


async def post(app: FastAPI, path: str, body: object) -> Answered:
    """Send JSON to an app."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [(b"content-type", b"application/json")]
    start, content = await _exchange(app, SCOPE | {"method": "POST", "path": path, "headers": headers}, raw)
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answered(start["status"], answered.get("content-type", ""), json.loads(content))


async def _exchange(app: FastAPI, scope: dict[str, Any], body: bytes) -> tuple[Any, bytes]:
    """Return the start of the answer and its body."""
    sent = list[Any]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope | {"raw_path": scope["path"].encode()}, receive, send)
    return sent[0], b"".join(message.get("body", b"") for message in sent[1:])
