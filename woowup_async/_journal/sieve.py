"""Which keys a process may have written: one bit each, in a megabyte.

Room: _journal. Pure. Kept by `ledger` for a journal that began empty: there, a key that falls through the sieve is new,
and costs no lookup. A key that seems known only costs one.
"""

from __future__ import annotations

_BITS = 2**23


class Sieve:
    """A set of keys that may say yes by mistake, and never no."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def add(self, key: str) -> None:
        """Remember a key."""
        place = hash(key) % _BITS
        self._bits[place >> 3] |= 1 << (place & 7)

    def may_hold(self, key: str) -> bool:
        """Whether it was perhaps added."""
        place = hash(key) % _BITS
        return bool(self._bits[place >> 3] >> (place & 7) & 1)
