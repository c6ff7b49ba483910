"""The content of a file with one blob.

Room: budget. Pure. A file is a digest of all that follows it, the boot of the machine in which it was written, its
version, and the blob.
"""

from __future__ import annotations

import hashlib
import struct

from woowup_async.budget.store import MAX_BLOB_BYTES

_MAGIC = b"wbudget1"
_HEAD = struct.Struct("<16s16sQ")
#: The largest file, in bytes.
MAX_FILE_BYTES = len(_MAGIC) + _HEAD.size + MAX_BLOB_BYTES


class Damaged(Exception):
    """The content is not what was written."""


def packed(boot: str, version: int, blob: bytes) -> bytes:
    """Return the content of a file. `boot` is the id of the machine's boot."""
    rest = _HEAD.pack(b"", _short(boot), version)[16:] + blob
    return _MAGIC + _digest(rest) + rest


def unpacked(boot: str, content: bytes) -> tuple[int, bytes] | None:
    """Return version and blob; None if the file was written before this boot, when the clock had another origin.

    Raises:
        Damaged: the content is not what was written.

    """
    head, rest = content[: len(_MAGIC) + 16], content[len(_MAGIC) + 16 :]
    if len(content) < len(_MAGIC) + _HEAD.size or head != _MAGIC + _digest(rest):
        raise Damaged
    _, written, version = _HEAD.unpack_from(content, len(_MAGIC))
    if written != _short(boot):
        return None
    return version, content[len(_MAGIC) + _HEAD.size :]


def _short(boot: str) -> bytes:
    return hashlib.blake2b(boot.encode(), digest_size=16).digest()


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
