"""Which task gets the next permit.

Room: _limiting.

Interactive calls take priority over bulk. In each lane, the first to come is the first to be served. While both lanes
wait, bulk gets one permit in ten.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from woowup_async._clock import Signal
from woowup_async.policies import Lane

#: Interactive permits in a row while bulk waits, so bulk gets one in ten. docs/limiter.md: lanes.
IN_A_ROW = 9


class Waiter:
    """One task in a queue. It looks again when `turn` rings, or by itself at `until`."""

    __slots__ = ("lane", "turn", "until")

    def __init__(self, lane: Lane) -> None:
        self.lane, self.turn = lane, Signal()
        self.until = math.inf


class Lanes:
    """Two queues, and the task that is next. Each method takes the same time however many tasks wait."""

    def __init__(self) -> None:
        self._queues: dict[Lane, OrderedDict[Waiter, None]] = {lane: OrderedDict() for lane in Lane}
        self._in_a_row = 0

    @property
    def are_empty(self) -> bool:
        """Whether no task waits."""
        return not (self._queues[Lane.BULK] or self._queues[Lane.INTERACTIVE])

    def waiting(self, lane: Lane) -> int:
        """Return the number of tasks that wait in a lane."""
        return len(self._queues[lane])

    def join(self, waiter: Waiter) -> None:
        """Join the end of a lane."""
        self._queues[waiter.lane][waiter] = None

    def leave(self, waiter: Waiter) -> None:
        """Leave the lane, with or without a permit."""
        del self._queues[waiter.lane][waiter]

    def head(self, *, has_bulk_slot: bool) -> Waiter | None:
        """Return the next task. Without a slot for one more bulk request in flight, no bulk task is next."""
        interactive, bulk = self._queues[Lane.INTERACTIVE], self._queues[Lane.BULK]
        is_bulks_turn = bulk and has_bulk_slot and (not interactive or self._in_a_row >= IN_A_ROW)
        return next(iter(bulk if is_bulks_turn else interactive), None)

    def served(self, lane: Lane) -> None:
        """Note that a lane got a permit."""
        self._in_a_row = self._in_a_row + 1 if lane is Lane.INTERACTIVE else 0
