"""A fair share of the sockets: when they run short, the account that holds fewest is served next.

Room: _transport. Owned by `connections`. It owns no task; a place that is not taken costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel


class Sockets:
    """So many places for requests under way, over all accounts.

    Args:
        places: at a time.

    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._held: dict[Hashable, int] = {}
        self._waiting: OrderedDict[Hashable, deque[anyio.Event]] = OrderedDict()

    @property
    def held(self) -> int:
        """Places in use."""
        return sum(self._held.values())

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return sum(map(len, self._waiting.values()))

    @asynccontextmanager
    async def place(self, account: Hashable) -> AsyncIterator[None]:
        """Hold a place, once the account's turn comes."""
        await self._take(account)
        try:
            yield
        finally:
            self._release(account)

    async def _take(self, account: Hashable) -> None:
        if self._free and not self._waiting:
            self._hold(account)
            return
        turn = anyio.Event()
        self._waiting.setdefault(account, deque()).append(turn)
        try:
            await turn.wait()
        except BaseException:
            if turn.is_set():  # the place came together with the cancellation: it is somebody else's
                self._release(account)
            else:
                self._leave(account, turn)
            raise

    def _hold(self, account: Hashable) -> None:
        self._free -= 1
        self._held[account] = self._held.get(account, 0) + 1

    def _release(self, account: Hashable) -> None:
        self._free += 1
        self._held[account] -= 1
        if not self._held[account]:
            del self._held[account]
        if self._waiting:
            # among equals the one that waits longest: it stands first
            account = min(self._waiting, key=lambda each: self._held.get(each, 0))
            turn = self._waiting[account][0]
            self._leave(account, turn)
            self._hold(account)
            turn.set()

    def _leave(self, account: Hashable, turn: anyio.Event) -> None:
        queue = self._waiting[account]
        queue.remove(turn)
        if queue:
            self._waiting.move_to_end(account)
        else:
            del self._waiting[account]
