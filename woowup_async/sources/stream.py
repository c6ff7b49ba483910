"""Blocks of records from any iterable.

Room: sources.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator
from contextlib import aclosing
from itertools import islice
from typing import Any

import anyio.lowlevel

from woowup_async._cancellation import Border, stray
from woowup_async._flow import Position, Record
from woowup_async.sources._blocks import InBlocks, Unread

#: Records of a plain iterable between two yields to the event loop (guessed: about 1 ms of checks).
_STRETCH = 64

Records = Iterable[Any] | AsyncIterable[Any]


async def blocks_of(source: Records, name: str) -> AsyncGenerator[Iterable[Record], None]:
    """Yield the records of a source in blocks. A value that is not a `Record` becomes one, with its index as position.

    A plain iterable runs in the event loop. If it blocks (a cursor, a file), wrap it in an async iterable. Records of a
    file come in the blocks in which they are read, those of a plain iterable in larger blocks, and those of an async
    iterable one by one, since the next one may take long. A plain iterable may change an object and yield it again, or
    parts of it: its records are read while the block is iterated, so take what is needed of one before the next.

    Raises:
        TypeError: it is not iterable, or it is one record instead of many.
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


async def _cut(source: Iterable[Any], name: str) -> AsyncGenerator[Iterable[Record], None]:
    """Cut an iterable into blocks. If it fails, yield the records before the failure first."""
    reading = _Reading(source, name)
    while not reading.is_over:
        yield reading.together() if type(source) in {list, tuple} else Unread(reading.one_by_one(), _STRETCH)
        if reading.failure is not None:
            raise reading.failure
        await anyio.lowlevel.checkpoint()


class _Reading:
    """A plain iterable, and how much of it was read."""

    def __init__(self, source: Iterable[Any], name: str) -> None:
        self._iterator, self._name, self._number = iter(source), name, 0
        self.is_over = False
        self.failure: Exception | None = None

    def together(self) -> list[Record]:
        """Read the next records of a list or tuple, at most `_STRETCH`. This runs no code that may change them."""
        name, first = self._name, self._number
        block = [
            raw if isinstance(raw, Record) else Record(Position(name, number), raw)
            for number, raw in enumerate(islice(self._iterator, _STRETCH), first)
        ]
        self._number, self.is_over = first + len(block), len(block) < _STRETCH
        return block

    def one_by_one(self) -> Iterator[Record]:
        """Read as many from any iterable. If this fails, it ends, and `failure` is the error."""
        first = self._number
        try:
            for raw in islice(self._iterator, _STRETCH):
                number, self._number = self._number, self._number + 1
                yield raw if isinstance(raw, Record) else Record(Position(self._name, number), raw)
        except Exception as error:
            self.failure = error
        except CancelledError as error:
            self.failure = stray(f"the source of {self._name}", error)
        self.is_over = self._number < first + _STRETCH


async def _one_by_one(source: AsyncIterable[Any], name: str) -> AsyncGenerator[Iterable[Record], None]:
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
