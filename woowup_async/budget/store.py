"""The port of a store that keeps one small blob for each account.

Room: budget. Pure. All coordination between workers is one operation: a worker reads a blob, computes the next one, and
swaps it in if nobody was faster (compare-and-swap). So a store needs no knowledge of rate limits.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Snapshot(msgspec.Struct, frozen=True):
    """One blob as it was at a moment.

    Args:
        time: seconds of the store's own clock, read while the blob was read. Its origin does not matter.
        version: of the blob; 0 if there is none.
        blob: None if there is none.

    """

    time: float
    version: int
    blob: bytes | None


class BudgetStore(Protocol):
    """Keeps one blob for each account. `woowup_async.testing.contract.check_budget_store` checks an implementation.

    Blobs are small: usually 1 to 4 kB, at most `MAX_BLOB_BYTES`. A store may forget a blob that was not swapped for an
    hour. Any exception that a method raises means that the store does not work now. If a method takes longer than a
    second, it is cancelled.
    """

    async def read(self, account: str) -> Snapshot:
        """Return the newest blob of an account. `account` has at most 64 letters and digits, and shows no key."""
        ...

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Store a blob as the next version, if the newest version is still `version`. Return whether it was.

        Version 0 creates the blob. Of several swaps of one version, exactly one returns True.
        """
        ...


#: The largest blob, in bytes (derived: 512 workers of about 50 bytes, and 10 kB of counts, fit several times).
MAX_BLOB_BYTES = 262_144
