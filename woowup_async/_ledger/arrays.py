"""Arrays in PostgreSQL's binary form.

Room: _ledger. Pure. psycopg calls a dumper for each element, which takes three times as long: most of what a client
spends on a step.

An array is: the number of dimensions, whether it has NULLs, the type of its elements, their number, the first index.
Each element has its length before it; -1 is NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from struct import Struct

#: Types of elements: documented in pg_type.dat, and never changed.
_BYTES, _SHORT, _INT, _TEXT = 17, 21, 23, 25
_HEAD = Struct(">iiiii")
_LENGTH = Struct(">i").pack
_SHORT_ITEM, _INT_ITEM = Struct(">ih").pack, Struct(">ii").pack
_NULL = _LENGTH(-1)


class Packed:
    """A value in binary form, whose type the statement says."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def texts(values: Sequence[str | None]) -> Packed:
    """Return an array of texts, which have no NUL and no half of a surrogate pair."""
    return _of_bytes(_TEXT, [None if value is None else value.encode() for value in values])


def digests(values: Sequence[bytes]) -> Packed:
    """Return an array of bytes."""
    return _of_bytes(_BYTES, values)


def shorts(values: Sequence[int]) -> Packed:
    """Return an array of numbers of two bytes."""
    return _packed(_SHORT, len(values), [_SHORT_ITEM(2, value) for value in values])


def integers(values: Sequence[int | None]) -> Packed:
    """Return an array of numbers of four bytes."""
    return _packed(_INT, len(values), [_NULL if value is None else _INT_ITEM(4, value) for value in values])


def _of_bytes(kind: int, values: Sequence[bytes | None]) -> Packed:
    return _packed(kind, len(values), [_NULL if value is None else _LENGTH(len(value)) + value for value in values])


def _packed(kind: int, count: int, items: Iterable[bytes]) -> Packed:
    if not count:
        return Packed(_HEAD.pack(0, 0, kind, 0, 0)[:12])
    return Packed(_HEAD.pack(1, 1, kind, count, 1) + b"".join(items))
