"""Which keys a process may have seen: two bits each, in a fixed number of bytes.

Room: _journal. Pure. Used by `ledger` for a journal that began empty, and by `versions`: a key that is not in the sieve
is new and costs no lookup. A key that seems known only costs one.
"""

from __future__ import annotations

#: A megabyte: enough for the records of most runs.
_BITS = 2**23


class SeenKeys:
    """A set of keys that may say yes by mistake, and never no.

    Args:
        bits: a power of two, at most 2**31.

    """

    def __init__(self, bits: int = _BITS) -> None:
        self._bits, self._mask = bytearray(bits // 8), bits - 1

    def add(self, key: str | int) -> None:
        """Remember a key."""
        digest, bits, mask = hash(key), self._bits, self._mask
        first, second = digest & mask, (digest >> 31) & mask
        bits[first >> 3] |= 1 << (first & 7)
        bits[second >> 3] |= 1 << (second & 7)

    def may_hold(self, key: str | int) -> bool:
        """Whether it was perhaps added."""
        digest, bits, mask = hash(key), self._bits, self._mask
        first, second = digest & mask, (digest >> 31) & mask
        return bool(bits[first >> 3] >> (first & 7) & 1 and bits[second >> 3] >> (second & 7) & 1)
