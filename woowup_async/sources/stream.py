"""Blocks of records from any iterable.

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
    """Yield the records of a source in blocks. A value that is not a `Record` becomes one, with its index as position.

    A plain iterable runs in the event loop. If it blocks (a cursor, a file), wrap it in an async iterable. Records of a
    file come in the blocks in which they are read, those of a plain iterable in larger blocks, and those of an async
    iterable one by one, since the next one may take long.

    Raises:
        TypeError: it is not iterable, it is one record instead of many, or it yields an object again that it may have
            changed: what was read before would be changed, too.
        WoowUpError: it raised `CancelledError` although nothing was cancelled.

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
    """Cut an iterable into blocks. If it fails, yield the records before the failure first."""
    number, iterator, failure = 0, iter(source), None
    is_fixed = isinstance(source, Sequence)  # reading it runs no code that may change a record
    while failure is None:
        block: list[Record] = []
        try:
            for raw in islice(iterator, _STRETCH):
                block.append(raw if isinstance(raw, Record) else Record(Position(name, number), raw))
                number += 1
        except Exception as error:  # raised again below
            failure = error
        except CancelledError as error:
            failure = stray(f"the source of {name}", error)
        if not is_fixed and len({id(record.raw) for record in block}) < len(block):
            block, failure = _without_reused(block, name, failure)
        if block:
            yield block
        if failure is not None:
            raise failure
        if len(block) < _STRETCH:
            return
        await anyio.lowlevel.checkpoint()


def _without_reused(block: list[Record], name: str, failure: Exception | None) -> tuple[list[Record], Exception | None]:
    """Return the records before the first one that came again and may have been changed in between, and an error."""
    first: dict[int, int] = {}
    again: dict[int, int] = {}
    for place, record in enumerate(block):
        if first.setdefault(id(record.raw), place) < place and not isinstance(record.raw, bytes | str):
            again.setdefault(first[id(record.raw)], place)
    if not again:
        return block, failure
    one = min(again)
    return block[:one], TypeError(
        f"the source of {name} yielded one {type(block[one].raw).__name__} again, as {block[one].position} and as "
        f"{block[again[one]].position}. Several records are read at a time, so yield a new object for each"
    )


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
    """Refuse a value that is not an iterable of records, before anything is sent.

    Raises:
        TypeError: the message names the parameter and what was expected.

    """
    if hasattr(source, "__arrow_c_stream__") and not hasattr(source, "dtype"):  # a series has dicts
        raise TypeError(f"{name} got a {type(source).__name__}: wrap it in woowup_async.sources.DataFrame(...)")
    single = isinstance(source, (str, bytes, bytearray, dict))
    if single or not isinstance(source, (Iterable, AsyncIterable)):
        raise TypeError(f"{name} must be an iterable or async iterable of records, got {type(source).__name__}")
