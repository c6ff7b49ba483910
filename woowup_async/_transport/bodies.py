"""Reads the body of a reply in pieces, up to a maximum size.

Room: _transport. Pure. aiohttp would decompress a whole body of any size.
"""

from __future__ import annotations

import zlib

#: The encodings that `Body` reads, as `Accept-Encoding` names them.
ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 31, 15, -15


class BodyError(Exception):
    """A body cannot be read. The message completes "the reply ...". It has no part of the body."""


class Body:
    """Collects a body.

    Args:
        encoding: the header `Content-Encoding`.
        most: most bytes, after decompression.

    """

    def __init__(self, encoding: str, most: int) -> None:
        self._encoding = encoding.strip().lower()
        self._is_plain = self._encoding in ("", "identity")
        self._most = self._left = most
        self._parts: list[bytes] = []
        self._expander: zlib._Decompress | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece, still compressed.

        Raises:
            BodyError: it cannot be decompressed, is too large, or has another encoding.

        """
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyError("has an encoding that was not asked for")
        part = piece if self._is_plain else self._expanded(piece)
        self._left -= len(part)
        if self._left < 0:
            raise BodyError(f"is larger than {self._most} bytes")
        self._parts.append(part)

    def whole(self) -> bytes:
        """Return the body.

        Raises:
            BodyError: the compressed body is incomplete.

        """
        if self._expander is not None and not self._expander.eof:
            raise BodyError("ended before its compressed body did")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _expanded(self, piece: bytes) -> bytes:
        expander = self._expander
        if expander is None:
            expander = self._expander = zlib.decompressobj(self._window(piece[0]))
        if expander.eof:
            raise BodyError("continues after its compressed body")
        try:
            part = expander.decompress(piece, self._left + 1)
        except zlib.error:
            raise BodyError("cannot be decompressed") from None
        if expander.unused_data:
            raise BodyError("continues after its compressed body")
        return part

    def _window(self, first: int) -> int:
        if self._encoding != "deflate":
            return _GZIP
        # RFC 9110 means zlib, but some servers send bare deflate
        return _ZLIB if first & 0x0F == zlib.DEFLATED else _RAW
