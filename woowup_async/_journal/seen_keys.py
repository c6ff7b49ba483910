"""A set of keys in a fixed number of bytes, with two bits for each key.

Room: _journal. Pure. Used by `ledger` for a journal that was empty at first, and by `versions`. A key that is not in
the set is new and needs no lookup. A key that is in it by mistake costs one lookup.
"""

from __future__ import annotations

#: One megabyte, which is enough for the records of most runs.
_BITS = 2**23
#: Both bits of a key are in one line of a processor's cache (64 bytes), since a large set is slow only by its misses.
_LINE = 512 - 1


class SeenKeys:
    """A set of keys. It may report a key that was not added, but never misses one that was.

    Args:
        bits: a power of two, at most 2**31.

    """

    def __init__(self, bits: int = _BITS) -> None:
        self._bits, self._mask = bytearray(bits // 8), bits - 1

    def add(self, *keys: str | int) -> None:
        """Add keys."""
        bits, mask = self._bits, self._mask
        for key in keys:
            digest = hash(key)
            first = digest & mask
            second = ((first & ~_LINE) | ((digest >> 31) & _LINE)) & mask
            bits[first >> 3] |= 1 << (first & 7)
            bits[second >> 3] |= 1 << (second & 7)

    def may_hold(self, key: str | int) -> bool:
        """Return whether a key may have been added."""
        digest, bits, mask = hash(key), self._bits, self._mask
        first = digest & mask
        if not bits[first >> 3] >> (first & 7) & 1:
            return False
        second = ((first & ~_LINE) | ((digest >> 31) & _LINE)) & mask
        return bool(bits[second >> 3] >> (second & 7) & 1)
