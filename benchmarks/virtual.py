"""An event loop in virtual time: when every task waits, the clock jumps to the next timer.

Twenty minutes pass in a fraction of a second, in the order in which they would have passed. Whatever keeps time by
`loop.time()` (asyncio, anyio, aiolimiter) lives in it unchanged.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """Asyncio's own loop over a selector that never blocks."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Return the virtual present."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class _Jumping(selectors.SelectSelector):
    """No socket is ever ready here; waiting for one is how time passes."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits for something that no timer brings: a deadlock in virtual time")
        if timeout > 0:
            # a little past the timer: whoever computes a wait anew would else spin on a float's residue
            self._loop.jump(timeout + 1e-6)
        return []


class VirtualClock:
    """Our clock port on the loop's time."""

    def now(self) -> float:
        """Return the virtual present."""
        return asyncio.get_running_loop().time()

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Wait in virtual time, or until `unless` is set."""
        if unless is None:
            await anyio.sleep(max(0.0, deadline - self.now()))
        else:
            with anyio.move_on_after(max(0.0, deadline - self.now())):
                await unless.wait()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in a virtual loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
