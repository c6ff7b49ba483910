"""Requests to an app, without a server and without sockets."""

import json
from typing import Any, NamedTuple

from fastapi import FastAPI


class Answered(NamedTuple):
    """What an app answered."""

    status: int
    kind: str
    body: Any


async def post(app: FastAPI, path: str, body: object) -> Answered:
    """Send JSON to an app."""
    sent = list[Any]()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answered(sent[0]["status"], headers.get("content-type", ""), json.loads(content))
