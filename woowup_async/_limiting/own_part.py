"""The part of a budget that a worker uses while the store does not work.

Room: _limiting. Pure. It is a window of this worker alone, with 93 % of its part of the limit. It begins with what the
store last said, spread over the workers that were seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import ceil

import msgspec

from woowup_async._limiting.own_log import Fate, Sending, settle
from woowup_async._limiting.shared_window import SharedWindow
from woowup_async._limiting.spending import Memory, Spent
from woowup_async._limiting.store_clock import StoreClock
from woowup_async._limiting.window import Window
from woowup_async.policies import RateLimit

#: Part of its fair part that a worker takes. docs/limiter.md: a shared budget.
_PART = 0.93


class OwnPart:
    """The window of this worker alone, by its own clock.

    Args:
        policy: the account's budget.
        shared: what the store last said, at the present time of its clock; None if it was never read.
        clock: of the store.
        sendings: what this worker sent lately, by its own clock.
        now: by this worker's clock.

    """

    def __init__(
        self, policy: RateLimit, shared: SharedWindow | None, clock: StoreClock, sendings: Iterable[Sending], now: float
    ) -> None:
        self.workers = len(shared.workers) if shared else 1
        if self.workers > 1:
            policy = replace(policy, share=policy.share * _PART / self.workers, margin=0)
        self.policy, self.window = policy, Window(policy)
        self._spent: dict[int, Spent] = {}
        sendings = list(sendings)
        if shared is not None:
            self._recall(shared, clock, sendings, now)
        for sending in sendings:
            if sending.fate is Fate.IN_FLIGHT:
                self.spend(sending)

    def _recall(self, shared: SharedWindow, clock: StoreClock, sendings: list[Sending], now: float) -> None:
        """Begin with the larger of what this worker spent, and an equal part of what all spent."""
        low, high = clock.interval(now)
        wall, half = now + (low + high) / 2, (high - low) / 2
        memory: Memory = shared.window.remember(wall, wall)
        if memory.ahead is not None:
            memory = msgspec.structs.replace(memory, ahead=(memory.ahead[0] - half, memory.ahead[1] + half))
        own = Counter(sending.limits.reset for sending in sendings if sending.fate is Fate.ANSWERED)
        spent = {reset: max(own[reset], count / self.workers) for reset, count in memory.spent.items()}
        others = max(0, len(memory.loose) - sum(sending.fate is Fate.IN_FLIGHT for sending in sendings))
        loose = memory.loose[: ceil(others / self.workers)]
        self.window.recall(msgspec.structs.replace(memory, spent=spent, loose=loose), now, wall)
        self.window.cool_until(clock.when(shared.window.cooling_until))

    def spend(self, sending: Sending) -> None:
        """Count a request that leaves."""
        self._spent[sending.number] = spent = Spent(sending.sent)
        self.window.take(spent)

    def close(self, sending: Sending) -> None:
        """Count what became of a request."""
        spent = self._spent.pop(sending.number, None)
        if spent is not None:
            settle(self.window, spent, sending)
