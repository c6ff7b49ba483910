"""Reading off the event loop: a plain iterator, pulled in blocks by a thread.

Room: sources. Used by the file sources. Memory: one block.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from functools import partial
from itertools import islice

from anyio import to_thread

from woowup_async._flow import Record

#: Records pulled by one hop to a thread (guessed: a hop costs about as much as reading ten).
_BLOCK = 256
#: Bytes of raw lines after which a block is full, however few they are (guessed); one line may go over.
_BLOCK_BYTES = 2**20


async def off_loop(records: Generator[Record, None, None]) -> AsyncGenerator[Record, None]:
    """Yield what a blocking generator yields, without blocking the loop; close it in the end."""
    try:
        while block := await to_thread.run_sync(partial(_pull, records)):
            for record in block:
                yield record
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
