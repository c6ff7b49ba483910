"""A budget store in memory.

Room: testing. For tests of several clients in one process, and as an example of a store of your own.
"""

from __future__ import annotations

import anyio.lowlevel

from woowup_async._clock import Clock, MonotonicClock
from woowup_async.budget import Snapshot


class MemoryStore:
    """Keeps blobs in this process.

    Args:
        clock: the store's clock.

    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock: Clock = clock or MonotonicClock()
        self.blobs: dict[str, tuple[int, bytes]] = {}

    async def read(self, account: str) -> Snapshot:
        """Return the newest blob of an account."""
        await anyio.lowlevel.checkpoint()
        version, blob = self.blobs.get(account, (0, None))
        return Snapshot(self.clock.now(), version, blob)

    async def swap(self, account: str, version: int, blob: bytes) -> bool:
        """Store a blob as the next version, if the newest version is still `version`."""
        await anyio.lowlevel.checkpoint()
        if self.blobs.get(account, (0, b""))[0] != version:
            return False
        self.blobs[account] = version + 1, blob
        return True
