"""Serves a dashboard over HTTP, until its `async with` block ends.

Room: cli. It is read-only: every answer depends on the journals alone. Nothing is read while nobody looks: each viewer
asks for the next look, and those who ask at the same time share one.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import anyio
import msgspec
from aiohttp import web
from anyio import to_thread

from woowup_async.cli.dashboard.access import is_ours, is_token
from woowup_async.cli.dashboard.panels import View
from woowup_async.cli.dashboard.render import page, parts_of
from woowup_async.cli.dashboard.view import view_of
from woowup_async.cli.dashboard.watch import JournalWatch

#: Seconds between two looks (guessed: as often as the run writes, or twice).
_PERIOD = 1.0
#: Most viewers at a time (guessed). The next one gets a 503.
_MOST_VIEWERS = 16
#: Seconds after which a viewer that takes nothing is dropped (guessed).
_PATIENCE = 20.0
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a dashboard listens, and the token that its viewers need. Port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)


class Dashboard:
    """A dashboard: `async with Dashboard(watches) as dashboard: print(dashboard.url)`.

    Raises:
        OSError: on entry: it cannot listen there.

    """

    port: int

    def __init__(
        self, watches: Sequence[JournalWatch], address: Address = Address(), *, period: float = _PERIOD
    ) -> None:
        self._watches, self._address, self._period = watches, address, period
        self._views: list[View] = []
        self._looked_at = float("-inf")
        self._viewers = 0
        self.port = address.port

    @property
    def url(self) -> str:
        """Its URL, with the token."""
        host = self._address.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/?token={self._address.token}"

    async def __aenter__(self) -> Self:
        self._looking, self._ended = anyio.Lock(), anyio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:(?s:.*)}", self._serve)
        app.on_response_prepare.append(_finish)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handler_cancellation=True)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._address.host, self._address.port).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._ended.set()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request. One that may not ask learns nothing, not even which paths there are."""
        host, token = self._address.host, self._address.token
        if not (is_ours(request.host, host) and is_token(request.query.get("token", ""), token)):
            return web.Response(status=403, text="403\n")
        if request.path not in ("/", "/events"):
            return web.Response(status=404, text="404\n")
        if request.method != "GET":
            return web.Response(status=405, text="405\n", headers={"Allow": "GET"})
        if request.path == "/":
            return await self._page()
        if self._viewers >= _MOST_VIEWERS:
            return web.Response(status=503, text="503\n", headers={"Retry-After": "10"})
        self._viewers += 1
        try:
            return await self._events(request)
        finally:
            self._viewers -= 1

    async def _page(self) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        allowed = f"; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; img-src data:"
        policy = {"Content-Security-Policy": _HEADERS["Content-Security-Policy"] + allowed}
        text = page(await self._look(), time.time(), nonce)
        return web.Response(text=text, content_type="text/html", headers=policy)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Send the parts that changed, until the viewer goes or the dashboard ends."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await response.prepare(request)
        sent: dict[str, str] = {}
        try:
            while not self._ended.is_set():
                parts = parts_of(await self._look(), time.time())
                fresh = {name: text for name, text in parts.items() if sent.get(name) != text}
                with anyio.fail_after(_PATIENCE):
                    await response.write(_event("parts", fresh))
                sent = parts
                with anyio.move_on_after(self._period):
                    await self._ended.wait()
            await response.write(_event("end", {}))
        except (ConnectionError, TimeoutError):
            pass  # the viewer has gone, or takes nothing
        return response

    async def _look(self) -> list[View]:
        """Return what to show. It is at most one period old."""
        async with self._looking:
            if time.monotonic() - self._looked_at >= self._period:
                snapshots = await to_thread.run_sync(lambda: [watch.look() for watch in self._watches])
                now = time.time()
                self._views = [view_of(snapshot, now) for snapshot in snapshots]
                self._looked_at = time.monotonic()
            return self._views


async def _finish(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Server"] = "woowup"  # not the versions of Python and aiohttp
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _event(name: str, data: Any) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
