"""Any iterable of records as a source.

Room: sources.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Sequence
from contextlib import aclosing
from itertools import islice
from typing import Any

import anyio.lowlevel

from woowup_async._cancellation import Border, stray
from woowup_async._flow import Position, Record
from woowup_async.sources._blocks import InBlocks

#: Records of a plain iterable between two yields to the event loop (guessed: about 1 ms of checks).
_STRETCH = 64

Records = Iterable[Any] | AsyncIterable[Any]


async def blocks_of(source: Records, name: str) -> AsyncGenerator[Sequence[Record], None]:
    """Yield what a source holds as records, in blocks; what is not a `Record` yet gets its index as position.

    A plain iterable runs in the event loop: one that blocks (a cursor, a file) belongs behind an async iterable.
    A file's as they were read, those of a plain iterable by the hundred; those of an async iterable one by one, since
    the next may be long in coming.

    Raises:
        TypeError: it is not iterable, or one record where many are expected.
        WoowUpError: it raised `CancelledError`, and nothing was cancelled.

    """
    if isinstance(source, InBlocks):
        blocks = source.blocks()
    elif isinstance(source, AsyncIterable):
        blocks = _one_by_one(source, name)
    else:
        blocks = _cut(source, name)
    with Border(f"the source of {name}"):
        async with aclosing(blocks):
            async for block in blocks:
                yield block


async def _cut(source: Iterable[Any], name: str) -> AsyncGenerator[Sequence[Record], None]:
    """Cut an iterable into blocks. Where it fails, what it gave before comes first."""
    number, iterator, failure = 0, iter(source), None
    while failure is None:
        block: list[Record] = []
        try:
            for raw in islice(iterator, _STRETCH):
                block.append(raw if isinstance(raw, Record) else Record(Position(name, number), raw))
                number += 1
        except Exception as error:  # the source's own, raised again below
            failure = error
        except CancelledError as error:
            failure = stray(f"the source of {name}", error)
        if block:
            yield block
        if failure is not None:
            raise failure
        if len(block) < _STRETCH:
            return
        await anyio.lowlevel.checkpoint()


async def _one_by_one(source: AsyncIterable[Any], name: str) -> AsyncGenerator[Sequence[Record], None]:
    number, iterator = 0, aiter(source)
    try:
        async for raw in iterator:
            yield (raw if isinstance(raw, Record) else Record(Position(name, number), raw),)
            number += 1
    finally:
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def check_records(source: object, name: str) -> None:
    """Refuse what would be iterated by mistake, before anything is sent.

    Raises:
        TypeError: naming the parameter and what was expected.

    """
    single = isinstance(source, (str, bytes, bytearray, dict))
    if single or not isinstance(source, (Iterable, AsyncIterable)):
        raise TypeError(f"{name} must be an iterable or async iterable of records, got {type(source).__name__}")
