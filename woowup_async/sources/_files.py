"""Opens the file of a source: plain, compressed, or standard input.

Room: sources. Errors of the system and of decompression become a `SourceError` that names the file and the fault.
"""

from __future__ import annotations

import bz2
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from woowup_async.errors import SourceError

#: Stands for standard input.
STDIN = Path("-")
#: Suffixes of compressed files.
COMPRESSED = {".gz", ".bz2", ".zst"}
_CHUNK = 2**17
#: Bytes of Zstandard that are expanded at a time. Four of them may become 128 KB (RFC 8878), so 8 MB at most.
_SLICE = 256


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading decompressed bytes.

    Raises:
        SourceError: it cannot be opened, or while it is read, it turns out to be damaged, cut short or of another kind.

    """
    if path == STDIN:
        yield sys.stdin.buffer
        return
    try:
        with _decompressed(path) as file:
            yield cast("BinaryIO", file)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is damaged or cut short ({error}); what was read of it is settled") from error
    except OSError as error:
        raise SourceError(f"cannot read {path}: {error.strerror or error}") from error


def _decompressed(path: Path) -> IO[bytes]:
    match path.suffix.lower():
        case ".gz":
            return cast("IO[bytes]", gzip.open(path, "rb"))
        case ".bz2":
            return bz2.open(path, "rb")
        case ".zst":
            return _zst(path)
    return path.open("rb")


def _zst(path: Path) -> IO[bytes]:
    try:
        import zstandard
    except ModuleNotFoundError as error:
        raise SourceError(f"cannot read {path}: it needs an extra: pip install 'woowup_async[zst]'") from error
    return cast("IO[bytes]", io.BufferedReader(_Zst(path.open("rb"), zstandard), _CHUNK))


class _Zst(io.RawIOBase):
    """Reads the frames of a Zstandard file. The package's own reader gives no error if a frame is cut short."""

    def __init__(self, file: BinaryIO, zstandard: Any) -> None:
        self._file, self._error = file, zstandard.ZstdError
        self._frame = zstandard.ZstdDecompressor().decompressobj
        self._open: Any = None
        self._chunk = self._ready = memoryview(b"")
        self._at = 0

    def readable(self) -> bool:
        """Return True, which the buffer around it needs."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer and return the number of bytes; 0 at the end.

        Raises:
            EOFError: the file is not Zstandard, or ends within a frame.

        """
        while not self._ready:
            packed = self._next()
            if not packed:
                if self._open is not None:
                    raise EOFError("it ends within a frame")
                return 0
            self._open = self._open or self._frame()
            try:
                self._ready = memoryview(self._open.decompress(packed))
            except self._error as error:
                raise EOFError(str(error)) from error
            if self._open.eof:
                self._at -= len(self._open.unused_data)
                self._open = None
        view = memoryview(buffer)
        given, self._ready = self._ready[: len(view)], self._ready[len(view) :]
        view[: len(given)] = given
        return len(given)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()

    def _next(self) -> memoryview:
        """Return the next few compressed bytes; none at the end."""
        if self._at == len(self._chunk):
            self._chunk, self._at = memoryview(self._file.read(_CHUNK)), 0
        packed = self._chunk[self._at : self._at + _SLICE]
        self._at += len(packed)
        return packed


def kind_of(path: Path) -> str:
    """Return the suffix that shows the kind of a file, without that of its compression."""
    return path.with_suffix("").suffix.lower() if path.suffix.lower() in COMPRESSED else path.suffix.lower()
