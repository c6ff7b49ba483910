"""Keeps the last version under each name, for a run without a journal.

Room: _journal. Names are stored as 64-bit hashes: the newest in memory, the others in a temporary file that has no name
and disappears with the process. Writing is cheap, since each name is written. A lookup in the file takes about 0.3 ms
at 10^7 names, and a sieve avoids it for nearly all new names. If two names have one hash (once in about 10^5 runs of
10^7 names), one of them seems to have had another version. This costs a request and loses nothing.

What the disk has no room for stays in memory: an error here would come between an answer and its outcomes.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from io import FileIO
from itertools import islice
from struct import Struct

from woowup_async._journal.seen_keys import SeenKeys

_log = logging.getLogger("woowup_async.journal")

#: Longest version, in bytes.
MAX_BYTES = 17
#: Versions in memory (guessed: 4 MB), and how many move to the file at a time.
_MOST_RECENT, _MOVED = 20_000, 500
#: Bits of the sieve: 16 MB, so that at 10^7 names one in fifty new names is looked up in vain.
_BITS = 2**27
#: Parts of the file, by the last bits of a name's hash. Each part fills a chunk in memory before it is written.
_PARTS = 1_024
_ENTRY = Struct(f"<qB{MAX_BYTES}s")
_NAME = Struct("<q")
_CHUNK = 80 * _ENTRY.size


class Versions:
    """Maps names to versions."""

    def __init__(self) -> None:
        self._recent: dict[int, bytes] = {}
        self._file: _VersionFile | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no name was put."""
        return not self._recent

    def get(self, name: str) -> bytes | None:
        """Return the version of a name; None if it was never put."""
        place = hash(name)
        found, file = self._recent.get(place), self._file
        if found is not None or file is None or not file.may_hold(place):
            return found
        return file.get(place)

    def put(self, name: str, version: bytes) -> None:
        """Set the version of a name. It has at most `MAX_BYTES` bytes."""
        self.put_all(((name, version),))

    def put_all(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Set the versions of several names."""
        recent = self._recent
        recent.update([(hash(name), version) for name, version in pairs])
        while len(recent) > _MOST_RECENT:
            self._file = self._file or _VersionFile()
            moved = tuple(islice(recent.items(), _MOVED))
            self._file.put_all(moved)
            for place, _ in moved:
                del recent[place]

    def close(self) -> None:
        """Forget all versions."""
        self._recent.clear()
        if self._file is not None:
            self._file.close()
            self._file = None


class _VersionFile:
    """A log of (hash, version) in parts. The last entry of a hash counts."""

    def __init__(self) -> None:
        self._file: FileIO | None = None
        self._has_room = True
        self._sieve = SeenKeys(_BITS)
        #: Returns whether a hash may have an entry.
        self.may_hold = self._sieve.may_hold
        self._open = [bytearray() for _ in range(_PARTS)]
        self._written: list[list[int]] = [[] for _ in range(_PARTS)]
        self._end = 0

    def put_all(self, entries: Sequence[tuple[int, bytes]]) -> None:
        """Add entries."""
        self._sieve.add(*[place for place, _ in entries])
        parts, pack = self._open, _ENTRY.pack
        for place, version in entries:
            chunk = parts[place % _PARTS]
            chunk += pack(place, len(version), version)
            if len(chunk) == _CHUNK and self._has_room:
                self._write(place % _PARTS, chunk)

    def _write(self, part: int, chunk: bytearray) -> None:
        """Write a full chunk. If the disk has no room for it, it stays, and grows from now on."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
            self._file.seek(self._end)
            self._has_room, why = self._file.write(chunk) == _CHUNK, "no room"
        except OSError as error:
            self._has_room, why = False, str(error)
        if not self._has_room:
            _log.warning("no temporary file: what this run has sent stays in memory, 26 bytes for each record: %s", why)
            return
        self._written[part].append(self._end)
        self._end += _CHUNK
        chunk.clear()

    def get(self, place: int) -> bytes | None:
        """Return the last version under a hash for which `may_hold` is true."""
        part, name = place % _PARTS, _NAME.pack(place)
        found = _last_in(self._open[part], name)
        if found is None and self._file is not None:
            for offset in reversed(self._written[part]):
                self._file.seek(offset)
                found = _last_in(self._file.read(_CHUNK), name)
                if found is not None:
                    break
        return found

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _last_in(chunk: bytes | bytearray, name: bytes) -> bytes | None:
    at = len(chunk)
    while (at := chunk.rfind(name, 0, at + len(name) - 1)) >= 0:
        if at % _ENTRY.size == 0:  # at other places the bytes are part of a version
            _, size, version = _ENTRY.unpack_from(chunk, at)
            return bytes(version[:size])
    return None
