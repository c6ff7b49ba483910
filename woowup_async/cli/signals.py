"""Waiting for signals such as Ctrl-C, on every platform.

Room: cli.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from woowup_async._platform import signals_handled, stopping_signals

#: The signals that stop a run.
STOPPING = stopping_signals()


@asynccontextmanager
async def received(*wanted: signal.Signals) -> AsyncGenerator[AsyncIterator[signal.Signals], None]:
    """Receive signals one by one until the block ends."""
    sender, receiver = anyio.create_memory_object_stream[signal.Signals](8)

    def hear(number: signal.Signals) -> None:
        with suppress(anyio.WouldBlock):
            sender.send_nowait(number)

    loop = asyncio.get_running_loop()
    with sender, receiver, signals_handled(loop, wanted, hear):
        yield receiver
