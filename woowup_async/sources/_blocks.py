"""Reading off the event loop: a plain iterator, pulled in blocks by a thread.

Room: sources. Memory: one block.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from itertools import islice

from anyio import to_thread

from woowup_async._flow import Record

#: Records pulled by one hop to a thread (guessed: a hop costs about as much as reading ten).
_BLOCK = 256
#: Bytes of raw lines after which a block is full, however few they are (guessed); one line may go over.
_BLOCK_BYTES = 2**20


class InBlocks(ABC):
    """A source that gives several records at a time: a run takes each block in without waiting."""

    @abstractmethod
    def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Read from the start."""

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        async with aclosing(self.blocks()) as blocks:
            async for block in blocks:
                for record in block:
                    yield record


class OffLoop(InBlocks):
    """A source whose records come from a blocking generator, pulled by a thread."""

    @abstractmethod
    def records(self) -> Generator[Record, None, None]:
        """Read from the start; this blocks."""

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Yield what the generator yields, without blocking the loop; close it in the end."""
        records = self.records()
        try:
            while block := await to_thread.run_sync(_pull, records):
                yield block
        finally:
            records.close()


def _pull(records: Generator[Record, None, None]) -> list[Record]:
    block: list[Record] = []
    room = _BLOCK_BYTES
    for record in islice(records, _BLOCK):
        block.append(record)
        room -= len(record.raw) if isinstance(record.raw, bytes) else 0
        if room <= 0:
            break
    return block
