"""A fair share of the sockets: when they run short, the account that holds fewest is served next.

Room: _transport. It owns no task; a place that is not taken costs nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

import anyio
import anyio.lowlevel


class Sockets:
    """So many places for requests under way, over all accounts. Its cost does not grow with those who wait.

    Args:
        places: at a time.

    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._held: dict[Hashable, int] = {}
        self._turns: dict[Hashable, deque[anyio.Event]] = {}
        # those of `_turns` by the places that they hold; who came to hold so many first, stands first
        self._levels: dict[int, OrderedDict[Hashable, None]] = {}

    @property
    def held(self) -> int:
        """Places in use."""
        return sum(self._held.values())

    @property
    def waiting(self) -> int:
        """Requests that wait for a place."""
        return sum(map(len, self._turns.values()))

    async def take(self, account: Hashable) -> None:
        """Wait for a place, until the account's turn comes. The caller must `release` it."""
        if self._free and not self._turns:
            self._hold(account, 1)
            return
        turn = anyio.Event()
        self._queue(account, turn)
        try:
            await turn.wait()
        except BaseException:
            if turn.is_set():  # the place came together with the cancellation: it is somebody else's
                self.release(account)
            else:
                self._leave(account, turn)
            raise

    def release(self, account: Hashable) -> None:
        """Give a place back."""
        self._hold(account, -1)
        if self._turns:
            account = next(iter(self._levels[min(self._levels)]))
            turn = self._turns[account][0]
            self._leave(account, turn)
            self._hold(account, 1)
            turn.set()

    def _hold(self, account: Hashable, more: int) -> None:
        self._free -= more
        is_waiting = account in self._turns
        if is_waiting:
            self._step_out(account)
        held = self._held.pop(account, 0) + more
        if held:
            self._held[account] = held
        if is_waiting:
            self._step_in(account)

    def _queue(self, account: Hashable, turn: anyio.Event) -> None:
        if account not in self._turns:
            self._turns[account] = deque()
            self._step_in(account)
        self._turns[account].append(turn)

    def _leave(self, account: Hashable, turn: anyio.Event) -> None:
        turns = self._turns[account]
        turns.remove(turn)
        if not turns:
            self._step_out(account)
            del self._turns[account]

    def _step_in(self, account: Hashable) -> None:
        self._levels.setdefault(self._held.get(account, 0), OrderedDict())[account] = None

    def _step_out(self, account: Hashable) -> None:
        held = self._held.get(account, 0)
        del self._levels[held][account]
        if not self._levels[held]:
            del self._levels[held]
