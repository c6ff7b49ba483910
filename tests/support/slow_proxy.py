"""A proxy in front of a server that holds back its bytes or cuts its connections."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path


class SlowProxy:
    """Passes bytes between a loopback port and a server.

    Args:
        target: port, or path of a Unix socket.
        tls: if given, clients speak TLS with the proxy.

    Attributes:
        port: where it listens.
        accepted: connections so far.
        waiting: set while bytes are held back.

    """

    def __init__(self, target: int | Path, tls: ssl.SSLContext | None = None) -> None:
        self._target, self._tls = target, tls
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = asyncio.Event()
        self.accepted = 0
        self._tasks = set[asyncio.Task[None]]()
        self._writers = set[asyncio.StreamWriter]()

    async def __aenter__(self) -> SlowProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *error: object) -> None:
        self._server.close()
        self.cut()
        self.resume()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def hold(self) -> None:
        """Pass no bytes until `resume`."""
        self._open.clear()

    def resume(self) -> None:
        """Pass the bytes that were held back, and all others."""
        self._open.set()
        self.waiting.clear()

    def cut(self) -> None:
        """Close all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if isinstance(self._target, int):
            there = await asyncio.open_connection("127.0.0.1", self._target)
        else:
            there = await asyncio.open_unix_connection(self._target)
        self._writers |= {writer, there[1]}
        for source, sink in ((reader, there[1]), (there[0], writer)):
            task = asyncio.create_task(self._pass(source, sink))
            self._tasks.add(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while part := await reader.read(65_536):
                if not self._open.is_set():
                    self.waiting.set()
                    await self._open.wait()
                writer.write(part)
                await writer.drain()
        writer.close()
