"""One exchange over HTTP: the transport port, and aiohttp behind it.

Room: _transport. The only importer of aiohttp outside `testing`. Called by `sender`. Foreign errors end here: what
leaves is a `Response`, or `NotSent`, or `ReplyLost`.
"""

from __future__ import annotations

import ipaddress
import os
import ssl as ssl_module
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from woowup_async._flow import Headers
from woowup_async._wire.reply import Response
from woowup_async.errors import NotSent, ReplyLost
from woowup_async.policies import Timeouts


class Request(msgspec.Struct, frozen=True):
    """One attempt, complete. `headers` hold the key: they are kept out of the repr, and so are customers' data."""

    endpoint: str
    method: str
    url: str
    headers: Headers
    params: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    timeouts: Timeouts = Timeouts()

    def __repr__(self) -> str:
        return f"Request({self.endpoint!r}, {self.method!r}, {self.url!r})"


class Transport(Protocol):
    """The network as an ability: one request in, one answer out.

    Raises `NotSent` where surely no byte left, `ReplyLost` where bytes left and no complete answer came.
    """

    async def send(self, request: Request) -> Response:
        """Exchange once."""
        ...

    async def aclose(self) -> None:
        """Give the sockets back."""
        ...


class AiohttpTransport:
    """The real one. Opened inside a running event loop."""

    def __init__(
        self,
        *,
        max_connections: int,
        ssl: ssl_module.SSLContext | None,
        trust_env: bool,
        max_connections_per_host: int | None = None,
    ) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_sent)
        connector = aiohttp.TCPConnector(
            limit=max_connections,
            limit_per_host=max_connections_per_host or 0,
            ssl=ssl if ssl is not None else True,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=trust_env,
            trace_configs=[trace],
        )
        # aiohttp repeats PUT and DELETE by itself on a dropped kept-alive connection. Retries are ours alone.
        self._session._retry_connection = False

    async def send(self, request: Request) -> Response:
        """Exchange once; redirects are answers, so the key never follows one to another host."""
        progress = SimpleNamespace(is_sent=False)
        try:
            async with self._session.request(
                request.method,
                request.url,
                params=request.params,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                timeout=_bounds(request.timeouts),
                trace_request_ctx=progress,
            ) as answer:
                body = await answer.read()
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failed = ReplyLost if progress.is_sent else NotSent
            raise failed(request.endpoint, _described(error, request)) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()


@lru_cache(maxsize=16)
def _bounds(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeouts.total, sock_connect=timeouts.connect)


async def _mark_sent(session: object, context: Any, params: object) -> None:
    # aiohttp calls this before it writes: from here on bytes may have left
    context.trace_request_ctx.is_sent = True


def _described(error: Exception, request: Request) -> str:
    host = urlsplit(request.url).netloc
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return f"no trusted TLS connection to {host}: {error.os_error or error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {host}: {_reason(error.os_error)}"
    if isinstance(error, TimeoutError):
        bounds = request.timeouts
        return f"no answer from {host} in time (connect {bounds.connect:g} s, total {bounds.total:g} s)"
    return f"the connection to {host} broke: {type(error).__name__}"


def _reason(error: OSError) -> str:
    # asyncio words a refused connection as "Connect call failed (address)"; name look-ups have codes of their own
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or str(error)


def checked_url(url: str, *, allow_http: bool) -> str:
    """Refuse a base URL that would carry the key in clear text or is none; drop its trailing slash.

    Raises:
        ValueError: naming the URL and the rule.

    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the base URL must begin with https:// and name a host, got {url!r}")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("the base URL must hold no credentials, query or fragment")
    if parts.scheme == "http" and not (allow_http or _is_loopback(parts.hostname)):
        raise ValueError(f"{url!r} would send the API key in clear text; use https://, or allow_http=True on the pool")
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
