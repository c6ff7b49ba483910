"""Arrays in PostgreSQL's binary form.

Room: _ledger. Pure. psycopg calls a dumper for each element, which takes three times as long: most of what a client
spends on a step.

An array is: the number of dimensions, whether it has NULLs, the type of its elements, their number, the first index.
Each element has its length before it; -1 is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct

#: Types of elements: documented in pg_type.dat, and never changed.
_BYTES, _SHORT, _INT, _TEXT = 17, 21, 23, 25
_HEAD = Struct(">iiiii")
_LENGTH = Struct(">i").pack
_SHORT_ITEM, _INT_ITEM = Struct(">ih").pack, Struct(">ii").pack
_NULL = _LENGTH(-1)
#: Lengths as characters of Latin-1, so that texts in ASCII are encoded together.
_PREFIXES = [_LENGTH(length).decode("latin-1") for length in range(256)]


class Packed:
    """A value in binary form, whose type the statement says."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data


def texts(values: Sequence[str]) -> Packed:
    """Return an array of texts, which have no NUL and no half of a surrogate pair."""
    if not "".join(values).isascii() or max(map(len, values), default=0) >= len(_PREFIXES):
        return digests([value.encode() for value in values], _TEXT)
    body = "".join([_PREFIXES[len(value)] + value for value in values])
    return _packed(_TEXT, len(values), body.encode("latin-1"))


def texts_or_nulls(values: Sequence[str | None]) -> Packed:
    """Return an array of texts, some of which are NULL."""
    encoded = [None if value is None else value.encode() for value in values]
    items = [_NULL if value is None else _LENGTH(len(value)) + value for value in encoded]
    return _packed(_TEXT, len(values), b"".join(items))


def digests(values: Sequence[bytes], kind: int = _BYTES) -> Packed:
    """Return an array of bytes."""
    if len(set(map(len, values))) == 1:
        prefix = _LENGTH(len(values[0]))
        return _packed(kind, len(values), prefix + prefix.join(values))
    return _packed(kind, len(values), b"".join([_LENGTH(len(value)) + value for value in values]))


def shorts(values: Sequence[int]) -> Packed:
    """Return an array of numbers of two bytes."""
    if len(set(values)) == 1:
        return _packed(_SHORT, len(values), _SHORT_ITEM(2, values[0]) * len(values))
    return _packed(_SHORT, len(values), b"".join([_SHORT_ITEM(2, value) for value in values]))


def integers(values: Sequence[int | None]) -> Packed:
    """Return an array of numbers of four bytes."""
    items = {value: _NULL if value is None else _INT_ITEM(4, value) for value in set(values)}
    return _packed(_INT, len(values), b"".join([items[value] for value in values]))


def _packed(kind: int, count: int, items: bytes) -> Packed:
    if not count:
        return Packed(_HEAD.pack(0, 0, kind, 0, 0)[:12])
    return Packed(_HEAD.pack(1, 1, kind, count, 1) + items)
