"""A plain HTTP client of the simulator."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote

import aiohttp

from woowup_async.testing import Simulator
from woowup_async.testing._account import SimulatedAccount
from woowup_async.testing._routes import Asked, Server

Answer = tuple[int, Any, Any]


class Client:
    """Sends requests over a socket, and returns the status, the decoded body and the headers."""

    def __init__(self, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self.simulator, self.session = simulator, session

    async def ask(self, method: str, path: str, body: object = None, key: str | None = None, **options: Any) -> Answer:
        headers = {"Authorization": f"Basic {key or self.simulator.api_key}"}
        data = body if isinstance(body, (bytes, aiohttp.FormData)) or body is None else json.dumps(body).encode()
        url = self.simulator.url + path
        async with self.session.request(method, url, data=data, headers=headers, **options) as response:
            is_json = response.content_type == "application/json"
            return response.status, await (response.json() if is_json else response.text()), response.headers


class Direct:
    """Sends the same requests without a socket, and returns the status and the body."""

    def __init__(self, **options: Any) -> None:
        self.server = Server(SimulatedAccount(**options))
        self.account = self.server.account

    def ask(self, method: str, path: str, body: object = None, base: str = "/apiv3", **query: Any) -> Any:
        content = b"" if body is None else json.dumps(body).encode()
        given = {name.rstrip("_"): str(value) for name, value in query.items()}
        answered = self.server.answer(Asked(method, base + path, given, content))
        assert answered is not None, f"{method} {path} is unknown"
        return answered

    def payload(self, method: str, path: str, body: object = None, **query: Any) -> Any:
        """Return the payload of an answer that must be a success."""
        status, answered = self.ask(method, path, body, **query)
        assert 200 <= status < 300, answered
        return answered["payload"]

    def code(self, method: str, path: str, body: object = None, **query: Any) -> tuple[int, str, Any]:
        """Return the status, the code and the errors of an answer."""
        status, answered = self.ask(method, path, body, **query)
        return status, answered["code"], (answered["payload"] or {}).get("errors")


def in_path(text: str) -> str:
    """Write a service_uid or a name into a path as the vendor's clients do."""
    return quote(b64encode(text.encode()).decode(), safe="")
