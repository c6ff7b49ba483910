"""Any iterable of records as a source.

Room: sources. Called by `_ingest.run` for whatever a caller hands to `ingest`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from typing import Any

import anyio.lowlevel

from woowup_async._flow import Position, Record

#: Records of a plain iterable between two yields to the event loop (guessed: about 2 ms of checks).
_STRETCH = 128

Records = Iterable[Any] | AsyncIterable[Any]


async def records_of(source: Records, name: str) -> AsyncGenerator[Record, None]:
    """Yield what a source holds as records; what is no `Record` yet gets its index as position.

    A plain iterable runs in the event loop: one that blocks (a cursor, a file) belongs behind an async iterable.

    Raises:
        TypeError: it is not iterable, or one record where many are expected.

    """
    if isinstance(source, AsyncIterable):
        number, iterator = 0, aiter(source)
        try:
            async for raw in iterator:
                yield raw if isinstance(raw, Record) else Record(Position(name, number), raw)
                number += 1
        finally:
            if isinstance(iterator, AsyncGenerator):
                await iterator.aclose()
        return
    for number, raw in enumerate(source):
        if number % _STRETCH == _STRETCH - 1:
            await anyio.lowlevel.checkpoint()
        yield raw if isinstance(raw, Record) else Record(Position(name, number), raw)


def check_records(source: object, name: str) -> None:
    """Refuse what would be iterated by mistake, before anything is sent.

    Raises:
        TypeError: naming the parameter and what was expected.

    """
    single = isinstance(source, (str, bytes, bytearray, dict))
    if single or not isinstance(source, (Iterable, AsyncIterable)):
        raise TypeError(f"{name} must be an iterable or async iterable of records, got {type(source).__name__}")
