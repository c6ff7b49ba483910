"""An event loop in virtual time: when every task waits, the clock jumps to the next timer.

Twenty minutes pass in a fraction of a second, and everything happens in the real order. Libraries that use
`loop.time()` (asyncio, anyio, aiolimiter) work in it unchanged.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

import anyio

T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop of asyncio over a selector that never blocks."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Return the virtual time."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the clock forward."""
        self._now += seconds


class _Jumping(selectors.SelectSelector):
    """A selector in which no socket is ever ready. Waiting for one moves the clock forward."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits, and there is no timer: a deadlock in virtual time")
        if timeout > 0:
            # a little past the timer: otherwise a task that computes its wait again could spin on rounding errors
            self._loop.jump(timeout + 1e-6)
        return []


class VirtualClock:
    """The clock port with the time of the loop."""

    def now(self) -> float:
        """Return the virtual time."""
        return asyncio.get_running_loop().time()

    async def sleep_until(self, deadline: float, unless: anyio.Event | None = None) -> None:
        """Wait in virtual time, or until `unless` is set."""
        if unless is None:
            await anyio.sleep(max(0.0, deadline - self.now()))
        else:
            with anyio.move_on_after(max(0.0, deadline - self.now())):
                await unless.wait()


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in a new virtual loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
