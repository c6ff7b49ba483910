"""Waiting for signals such as Ctrl-C, on every platform.

Room: cli. The event loops of Windows have no signal handlers, so `signal.signal` is used there.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import anyio

#: The signals that stop a run. On Windows only Ctrl-C and Ctrl-Break reach a program.
STOPPING = (signal.SIGINT, signal.SIGTERM if os.name == "posix" else signal.Signals["SIGBREAK"])


@asynccontextmanager
async def received(*wanted: signal.Signals) -> AsyncGenerator[AsyncIterator[signal.Signals], None]:
    """Receive signals one by one until the block ends."""
    sender, receiver = anyio.create_memory_object_stream[signal.Signals](8)

    def hear(number: signal.Signals) -> None:
        with suppress(anyio.WouldBlock):
            sender.send_nowait(number)

    loop = asyncio.get_running_loop()
    with sender, receiver, _handled(loop, wanted, hear):
        yield receiver


@contextmanager
def _handled(loop: asyncio.AbstractEventLoop, wanted: tuple[signal.Signals, ...], hear: Any) -> Iterator[None]:
    set_here: list[signal.Signals] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in wanted:
            try:
                loop.add_signal_handler(number, hear, number)
                set_here.append(number)
            except NotImplementedError:
                before[number] = signal.signal(
                    number, lambda got, _: loop.call_soon_threadsafe(hear, signal.Signals(got))
                )
        yield
    finally:
        for number in set_here:
            loop.remove_signal_handler(number)
        for number, handler in before.items():
            signal.signal(number, handler)
