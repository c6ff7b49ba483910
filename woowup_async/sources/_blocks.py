"""Reading outside the event loop: a thread reads blocks from a plain iterator.

Room: sources. Memory: one block.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Generic, TypeVar

from woowup_async._cancellation import in_thread
from woowup_async._flow import Record

T = TypeVar("T")
#: Records that one call of a thread reads (guessed: a call costs about as much as reading ten records).
_BLOCK = 256
#: Bytes of raw lines after which a block is full (guessed). The last line may exceed this.
_BLOCK_BYTES = 2**20


class Unread(Generic[T]):
    """A part of a source that is not read yet: each record is read when it is asked for.

    Args:
        records: yields them once.
        most: how many there may be.

    """

    def __init__(self, records: Iterator[T], most: int) -> None:
        self._records, self.most = records, most

    def __iter__(self) -> Iterator[T]:
        return self._records

    def changed_by(self, change: Callable[[T], T]) -> Unread[T]:
        """Return the same records, each changed when it is read."""
        return Unread(map(change, self._records), self.most)


class InBlocks(ABC):
    """A source that yields several records at a time. A run takes each block without waiting in between.

    A block is a sequence or `Unread`, to be iterated once and to its end.
    """

    @abstractmethod
    def blocks(self) -> AsyncGenerator[Iterable[Record], None]:
        """Read from the start."""

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        async with aclosing(self.blocks()) as blocks:
            async for block in blocks:
                for record in block:
                    yield record


class OffLoop(InBlocks):
    """A source whose records come from a blocking generator, which a thread reads."""

    @abstractmethod
    def records(self) -> Generator[Record, None, None]:
        """Read from the start. This blocks."""

    async def blocks(self) -> AsyncGenerator[Sequence[Record], None]:
        """Yield the records of the generator without blocking the event loop, and close it at the end."""
        records = self.records()
        try:
            while block := await in_thread(_pull, records):
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
