"""The queue in which submitted records wait for a pipeline.

Room: _ingest. The slots of `submissions` bound it.
"""

from __future__ import annotations

from collections import deque

import anyio

from woowup_async._flow import Item
from woowup_async._ingest.pipeline import Blocks, Flush


class SubmissionQueue:
    """A queue without end that a pipeline reads as its source."""

    def __init__(self) -> None:
        self._waiting: deque[Item | Flush] = deque()
        self._filled = anyio.Event()

    def put(self, item: Item | Flush) -> None:
        """Add an item at the end."""
        self._waiting.append(item)
        self._filled.set()

    async def blocks(self) -> Blocks[Item | Flush]:
        """Yield the items that are there, then wait for more."""
        while True:
            if self._waiting:
                block, self._waiting = self._waiting, deque()
                yield tuple(block)
                continue
            self._filled = anyio.Event()
            await self._filled.wait()
