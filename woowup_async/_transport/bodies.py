"""A reply's body, decoded piece by piece and never larger than a bound.

Room: _transport. Pure. aiohttp would expand a compressed body whole, whatever its size.
"""

from __future__ import annotations

import zlib

#: The encodings that `Body` reads, as `Accept-Encoding` names them.
ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 31, 15, -15


class BodyError(Exception):
    """Why a body cannot be read. The message completes "the reply ...". It holds nothing of the body."""


class Body:
    """Gathers a body.

    Args:
        encoding: the header `Content-Encoding`.
        most: bytes, after decompression.

    """

    def __init__(self, encoding: str, most: int) -> None:
        self._encoding = encoding.strip().lower()
        self._is_plain = self._encoding in ("", "identity")
        self._most = self._left = most
        self._parts: list[bytes] = []
        self._expander: zlib._Decompress | None = None

    def feed(self, piece: bytes) -> None:
        """Take the next piece as it came.

        Raises:
            BodyError: it does not expand, or it is too large, or its encoding is another.

        """
        if self._encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyError("came in an encoding that was not asked for")
        part = piece if self._is_plain else self._expanded(piece)
        self._left -= len(part)
        if self._left < 0:
            raise BodyError(f"is larger than {self._most} bytes")
        self._parts.append(part)

    def whole(self) -> bytes:
        """Return the body.

        Raises:
            BodyError: its compressed form ended early.

        """
        if self._expander is not None and not self._expander.eof:
            raise BodyError("ended before its compressed body did")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _expanded(self, piece: bytes) -> bytes:
        expander = self._expander
        if expander is None:
            expander = self._expander = zlib.decompressobj(self._window(piece[0]))
        if expander.eof:
            raise BodyError("goes on after its compressed body")
        try:
            part = expander.decompress(piece, self._left + 1)
        except zlib.error:
            raise BodyError("cannot be decompressed") from None
        if expander.unused_data:
            raise BodyError("goes on after its compressed body")
        return part

    def _window(self, first: int) -> int:
        if self._encoding != "deflate":
            return _GZIP
        return _ZLIB if first & 0x0F == zlib.DEFLATED else _RAW  # RFC 9110 means zlib; some servers send it bare
