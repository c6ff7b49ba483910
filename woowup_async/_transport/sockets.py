"""Shares the sockets fairly: if all are in use, the account that has the fewest gets the next one.

Room: _transport. It owns no task.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable

import anyio
import anyio.lowlevel


class Sockets:
    """A fixed number of places for the requests of all accounts. The cost does not grow with the requests that wait.

    Args:
        places: the number of requests under way at once.

    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._held: dict[Hashable, int] = {}
        self._turns: dict[Hashable, deque[anyio.Event]] = {}
        # the accounts of `_turns` by the number of their places; at each number, the first to reach it comes first
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
        """Wait for a place. The caller must `release` it."""
        if self._free and not self._turns:
            self._hold(account, 1)
            return
        turn = anyio.Event()
        self._queue(account, turn)
        try:
            await turn.wait()
        except BaseException:
            if turn.is_set():  # the place came together with the cancellation: pass it on
                self.release(account)
            else:
                self._leave(account, turn)
            raise

    def release(self, account: Hashable) -> None:
        """Return a place, and give it to the next account."""
        self._hold(account, -1)
        if self._turns:
            account = next(iter(self._levels[min(self._levels)]))
            turn = self._turns[account][0]
            self._leave(account, turn)
            self._hold(account, 1)
            turn.set()

    def _hold(self, account: Hashable, more: int) -> None:
        self._free -= more
        is_waiting = bool(self._turns) and account in self._turns
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
