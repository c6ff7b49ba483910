"""The transport over aiohttp: one exchange over HTTP.

Room: _transport. Only this module imports aiohttp, apart from `testing`. It returns a `Response`, or raises `NotSent`,
`ReplyLost` or `ClientClosed`. None of them refers to an error of aiohttp, since those contain the request with its
headers, and so the key.
"""

from __future__ import annotations

import asyncio
import os
import ssl as ssl_module
from asyncio import CancelledError
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import quote, urlsplit
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from yarl import URL

from woowup_async._cancellation import was_asked_for
from woowup_async._text import printable
from woowup_async._transport.bodies import ACCEPTED, Body, BodyError
from woowup_async._transport.proxies import Proxies, host_of
from woowup_async.errors import ClientClosed, NotSent, ReplyLost, TransportError
from woowup_async.policies import Timeouts
from woowup_async.ports import Headers, Request, Response

#: Default for the largest reply, in decompressed bytes (guessed: a page of 100 customers is less than one MB).
MAX_REPLY_BYTES = 16 * 2**20


class AiohttpTransport:
    """The transport over real sockets. It must be created in a running event loop.

    Args:
        max_connections: most open sockets.
        ssl: the caller's SSL context.
        proxies: the proxy of each host; None for none.
        max_reply_bytes: the largest reply that is read, after decompression.

    """

    def __init__(
        self,
        *,
        max_connections: int,
        ssl: ssl_module.SSLContext | None,
        proxies: Proxies | None = None,
        max_reply_bytes: int = MAX_REPLY_BYTES,
    ) -> None:
        self._most = max_reply_bytes
        self._proxies = proxies
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_mark_sent)
        connector = _Connector(limit=max_connections, ssl=ssl if ssl is not None else True)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": ACCEPTED},
            auto_decompress=False,
            trace_configs=[trace],
        )
        # aiohttp would repeat PUT and DELETE by itself after a dropped kept-alive connection. Only we retry.
        self._session._retry_connection = False

    async def send(self, request: Request) -> Response:
        """Send a request once. A redirect counts as the answer, so the key never goes to another host."""
        if self._session.closed:
            raise ClientClosed
        proxy = self._proxies.of(request.url) if self._proxies else None
        progress = SimpleNamespace(is_sent=False, may_leave=request.may_leave)
        try:
            async with self._session.request(
                request.method,
                _as_written(request.url),
                params=request.params,
                data=request.body,
                headers=request.headers,
                allow_redirects=False,
                timeout=_bounds(request.timeouts),
                proxy=proxy,
                trace_request_ctx=progress,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, await self._body(answer, headers))
        except Exception as error:  # whatever aiohttp, ssl or a codec may raise
            failure = _failure(error, request, proxy, is_sent=progress.is_sent)
        except CancelledError as error:
            if was_asked_for():
                raise
            failure = _failure(error, request, proxy, is_sent=progress.is_sent)
        # raised outside `except`, so that it has no reference to the caught error
        raise failure

    async def _body(self, answer: aiohttp.ClientResponse, headers: Headers) -> bytes:
        try:
            body = Body(headers.get("content-encoding", ""), self._most)
            while piece := await answer.content.readany():
                body.feed(piece)
            return body.whole()
        except BodyError:
            answer.close()  # the rest is not read
            raise

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()


class _Connector(aiohttp.TCPConnector):
    """Uses no open connection over which something came after its last answer.

    Otherwise a second answer of a proxy would be taken for the answer to the next request. So would the one that says
    that nothing was asked for too long.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._used = WeakSet[ResponseHandler]()

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout) -> Connection:
        """Get an open connection or a new one."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = cast("ResponseHandler", connection.protocol)
            if protocol not in self._used:
                self._used.add(protocol)
                return connection
            try:  # two turns, so that the loop reads what has come, or that the server has closed it
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            except CancelledError:
                connection.release()
                raise
            if protocol.is_connected() and not protocol.should_close:
                return connection
            connection.close()


@lru_cache(maxsize=16)
def _bounds(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=timeouts.total, sock_connect=timeouts.connect)


class _Stopped(Exception):
    """The caller no longer wants the answer."""


@lru_cache(maxsize=64)  # a run uses few addresses, many times
def _as_written(url: str) -> URL:
    """Keep the path unchanged. Otherwise aiohttp sends `%3D` as `=`, and `%2B` as `+`.

    The getting-started page shows the `=` of an encoded id as `%3D`. A server may read a `+` as a space.
    """
    path = quote(urlsplit(url).path, safe="%/:@!$&'()*+,;=~")
    return URL(url).with_path(path, encoded=True)


async def _mark_sent(session: object, context: Any, params: object) -> None:
    # aiohttp calls this before it writes: from here on, bytes may have been sent
    progress = context.trace_request_ctx
    if progress.may_leave is not None and not progress.may_leave():
        raise _Stopped
    progress.is_sent = True


def _failure(error: BaseException, request: Request, proxy: str | None, *, is_sent: bool) -> TransportError:
    failed = ReplyLost if is_sent else NotSent
    return failed(request.endpoint, _described(error, request, proxy))


def _described(error: BaseException, request: Request, proxy: str | None) -> str:
    host = urlsplit(request.url).netloc
    if isinstance(error, _Stopped):
        return "the run stopped before it was sent"
    if proxy is not None and isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        reason = f"it answered {error.status}" if isinstance(error, aiohttp.ClientHttpProxyError) else _reason(error)
        return f"cannot reach {host} through the proxy {host_of(proxy)}: {reason}"
    if isinstance(error, BodyError):
        hint = "; SessionPool(max_reply_bytes=...) reads more" if "larger" in str(error) else ""
        return f"the reply of {host} {error}{hint}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return f"no trusted TLS connection to {host}: {printable(_tls_reason(error), _SHOWN)}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"cannot connect to {host}: {_reason(error)}"
    if isinstance(error, TimeoutError):
        bounds = request.timeouts
        return f"no answer from {host} in time (connect {bounds.connect:g} s, total {bounds.total:g} s)"
    return f"the connection to {host} broke: {type(error).__name__}"


#: Characters of a foreign message that are shown.
_SHOWN = 200


def _tls_reason(error: aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError) -> str:
    return str(error.os_error or error)


def _reason(error: aiohttp.ClientConnectorError) -> str:
    # asyncio's text for a refused connection is "Connect call failed (address)"; failed name look-ups have other codes
    cause = error.os_error
    if cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno)
    return printable(cause.strerror or str(cause), _SHOWN)
