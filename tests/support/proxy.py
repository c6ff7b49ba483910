"""On loopback: a small proxy (CONNECT and plain requests) that keeps every byte it could read, and TLS for a server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """What a proxy did.

    Attributes:
        url: of the proxy.
        heads: the first lines and headers of each request to the proxy itself.
        seen: all bytes that clients sent through it, tunnels included.
        password: a text that it asks for in the head. Empty if it asks for none.
        elsewhere: host and port to which every tunnel leads, for names that do not exist.

    """

    url: str = ""
    heads: list[str] = field(default_factory=list)
    seen: bytearray = field(default_factory=bytearray)
    password: str = ""
    elsewhere: tuple[str, int] | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            self.seen += head
            self.heads.append(head.decode())
            method, target, _ = head.decode().split(" ", 2)
            if self.password not in head.decode():
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
                return
            if method == "CONNECT":
                host, _, port = target.rpartition(":")
                inner, outer = await asyncio.open_connection(*(self.elsewhere or (host, int(port))))
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                parts = urlsplit(target)
                inner, outer = await asyncio.open_connection(*(self.elsewhere or (parts.hostname, parts.port)))
                outer.write(head)
            await _join(reader, writer, inner, outer, self.seen)


async def _join(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    inner: asyncio.StreamReader,
    outer: asyncio.StreamWriter,
    seen: bytearray,
) -> None:
    """Copy both ways until one side ends."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_copy(reader, outer, seen))
            tasks.create_task(_copy(inner, writer, bytearray()))
    finally:
        outer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(65_536):
            seen += block
            writer.write(block)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def proxy(password: str = "", elsewhere: tuple[str, int] | None = None) -> AsyncIterator[Proxy]:
    """Run a proxy."""
    running = Proxy(password=password, elsewhere=elsewhere)
    async with _served(running.serve) as address:
        running.url = f"http://{address}"
        yield running


@asynccontextmanager
async def secured(url: str, context: ssl.SSLContext) -> AsyncIterator[str]:
    """Serve a plain http URL of this machine over TLS, and yield its https URL."""
    parts = urlsplit(url)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection(parts.hostname, parts.port)
        await _join(reader, writer, inner, outer, bytearray())

    async with _served(forward, context) as address:
        yield f"https://{address}{parts.path}"


@asynccontextmanager
async def _served(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[str]:
    under_way = set[asyncio.Task[None]]()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        try:
            await handler(reader, writer)
        except asyncio.CancelledError:
            pass  # the test is over
        finally:
            under_way.discard(task)
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
