"""A simulator in another thread, for commands that run their own event loop."""

from __future__ import annotations

import asyncio
import threading

from woowup_async.testing import Simulator


class Served:
    """A simulator in another thread, for commands that run their own event loop."""

    def __init__(self) -> None:
        self.simulator = Simulator(speed=60)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self.simulator:
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> Simulator:
        self._thread.start()
        self._ready.wait(5)
        return self.simulator

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
