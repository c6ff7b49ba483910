"""The tasks of one worker that wait for permits.

Room: _limiting. In each lane, the first to come is the first to be served.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from woowup_async._clock import Signal
from woowup_async._limiting.own_log import Sending
from woowup_async.policies import Lane


class Given(NamedTuple):
    """A permit, and our time from which on it is valid."""

    sending: Sending
    at: float


class Waiting:
    """One task. `given` is its permit, once it has one; `turn` rings then, and when the outlook changes."""

    __slots__ = ("given", "lane", "turn")

    def __init__(self, lane: Lane) -> None:
        self.lane, self.turn = lane, Signal()
        self.given: Given | None = None


class Line:
    """Two queues of tasks without a permit."""

    def __init__(self) -> None:
        self._queues: dict[Lane, OrderedDict[Waiting, None]] = {lane: OrderedDict() for lane in Lane}

    def waiting(self, lane: Lane) -> int:
        """Return the number of tasks in a lane."""
        return len(self._queues[lane])

    @property
    def wants(self) -> dict[Lane, int]:
        """The number of tasks by lane."""
        return {lane: len(queue) for lane, queue in self._queues.items()}

    def is_first(self, task: Waiting) -> bool:
        """Return whether a task is the first of its lane."""
        return next(iter(self._queues[task.lane]), None) is task

    def join(self, task: Waiting) -> None:
        """Join the end of a lane."""
        self._queues[task.lane][task] = None

    def leave(self, task: Waiting) -> None:
        """Leave the lane, if the task is still in it."""
        self._queues[task.lane].pop(task, None)

    def give(self, given: Given) -> bool:
        """Give a permit to the first task of its lane. Return False if none waits."""
        queue = self._queues[given.sending.lane]
        if not queue:
            return False
        task, _ = queue.popitem(last=False)
        task.given = given
        task.turn.ring()
        return True

    def ring(self) -> None:
        """Let the first task of each lane look again."""
        for queue in self._queues.values():
            for task in list(queue)[:1]:
                task.turn.ring()
