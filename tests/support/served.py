"""A simulator in another thread, for commands that run their own event loop."""

from __future__ import annotations

import threading

import anyio

from woowup_async.testing import Simulator


class Served:
    """A simulator in another thread, for commands that run their own event loop."""

    def __init__(self) -> None:
        self.simulator = Simulator(speed=60)
        self._ready, self._stop = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=lambda: anyio.run(self._serve))

    async def _serve(self) -> None:
        async with self.simulator:
            self._ready.set()
            while not self._stop.is_set():
                await anyio.sleep(0.01)

    def __enter__(self) -> Simulator:
        self._thread.start()
        self._ready.wait(5)
        return self.simulator

    def __exit__(self, *exc_info: object) -> None:
        self._stop.set()
        self._thread.join(5)
