"""Requests to an app in this process, without sockets."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

SCOPE: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "query_string": b"", "path": "/"}


async def asked(app: FastAPI, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
    """Send a request directly to the app. Return the status and the body of its answer."""
    sent = list[Any]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(SCOPE | {"method": method, "path": path, "raw_path": path.encode()}, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])
