"""A server that accepts everything at once, in the formats of several products, and counts the documents.

`python -m benchmarks.null_server` prints its port. `GET /delivered` returns the documents since the last such request.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from email.utils import formatdate

#: A text that each document of the measurements has once.
_MARK = b'"invoice_number"'
_OK = b'{"payload":[],"message":"ok","code":"ok","time":"1ms"}'
_LATE = 0.05
_ITEM = b'{"index":{"_index":"p","_id":"1","status":201,"result":"created"}}'


class Null(asyncio.Protocol):
    """One connection."""

    delivered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin a connection."""
        self._transport, self._received = transport, bytearray()

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[:end]).lower()
            size = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or b"0")
            if len(self._received) < end + 4 + size:
                return
            path = bytes(self._received[: self._received.find(b" HTTP/")]).partition(b" ")[2]
            body = bytes(self._received[end + 4 : end + 4 + size])
            del self._received[: end + 4 + size]
            if b"content-encoding: gzip" in head:
                body = gzip.decompress(body)
            self._answer(path, body)

    def _answer(self, path: bytes, body: bytes) -> None:
        kind = b"Content-Type: application/json"
        if path.endswith(b"/delivered"):
            count, Null.delivered = Null.delivered, 0
            return self._write(json.dumps(count).encode(), kind)
        count = body.count(_MARK) if path.find(b"/write") < 0 else body.count(b"\n") + 1
        Null.delivered += count
        if b"_bulk" in path:
            product = kind + b"\r\nX-Elastic-Product: Elasticsearch"
            return self._write(b'{"took":1,"errors":false,"items":[' + b",".join([_ITEM] * count) + b"]}", product)
        if b"/apiv3" in path:
            return self._as_woowup(path, kind)
        return self._write(b'{"success":true,"status":1,"version":{"number":"9.0.0"}}', kind)

    def _as_woowup(self, path: bytes, kind: bytes) -> None:
        """Answer like the API: without a limit, with the default limit, late, or never."""
        if path.startswith(b"/stopped"):
            return
        now, is_limited = time.time(), path.startswith(b"/limited")
        headers = kind + b"\r\nDate: %s" % formatdate(now, usegmt=True).encode()
        headers += b"\r\nx-rate-limit-reset: %d" % (now - now % 30 + 30)
        headers += b"\r\nx-rate-limit-limit: %d" % (70 if is_limited else 1_000_000)
        if not is_limited:
            headers += b"\r\nx-rate-limit-remaining: 999999"
        delay = _LATE if path.startswith(b"/slow") else 0.0
        asyncio.get_running_loop().call_later(delay, self._write, _OK, headers) if delay else self._write(_OK, headers)

    def _write(self, body: bytes, headers: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        self._transport.write(b"HTTP/1.1 200 OK\r\n%s\r\nContent-Length: %d\r\n\r\n%s" % (headers, len(body), body))


async def serve() -> None:
    """Serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(Null, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
