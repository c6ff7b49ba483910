"""The requests that one worker sent lately, and which of its transactions wrote them to the store.

Room: _limiting. Pure. A store may forget, a swap may get lost, and while the store is down nothing is written. The blob
says which of this worker's transactions it contains. So the worker can always repeat exactly the others.
"""

from __future__ import annotations

from enum import Enum

import msgspec

from woowup_async._limiting.bounded import AGES_AGO
from woowup_async._limiting.spending import Limits, Spent
from woowup_async._limiting.window import Window
from woowup_async.policies import Lane


class Fate(Enum):
    """What became of a permit."""

    IN_FLIGHT = "in flight"
    ANSWERED = "answered"
    LOST = "lost"
    UNUSED = "unused"


class Sending(msgspec.Struct, eq=False, gc=False):
    """One permit of this worker. The times are by the worker's clock, or by the store's in a copy for it.

    Args:
        number: of the permit.
        lane: in which it was given.
        sent: when the request left, at the earliest.
        fate: what became of it.
        received: when its answer came, at the latest, or when it was given up.
        limits: of the answer.
        was_refused: whether the answer was a 429.
        cool_until: end of the pause that a refusal asks for.
        turn: the transaction that wrote its fate; None before.

    """

    number: int
    lane: Lane
    sent: float
    fate: Fate = Fate.IN_FLIGHT
    received: float = AGES_AGO
    limits: Limits = Limits()
    was_refused: bool = False
    cool_until: float = AGES_AGO
    turn: int | None = None


def settle(window: Window, spent: Spent, sending: Sending) -> None:
    """Count in a window what became of a permit that it spent."""
    if sending.fate is Fate.ANSWERED:
        window.observe(spent, sending.received, sending.limits, refused=sending.was_refused)
        window.cool_until(sending.cool_until)
    elif sending.fate is Fate.LOST:
        window.lose(spent, sending.received)
    else:
        window.unspend(spent)


class OwnLog:
    """The permits of the last segments.

    Args:
        horizon: seconds after its answer in which a request counts: two segments, and a part of a third.

    """

    def __init__(self, horizon: float) -> None:
        self._horizon = horizon
        self._sendings: dict[int, Sending] = {}
        self._count = 0

    def next_number(self) -> int:
        """Return the number of the next permit."""
        self._count += 1
        return self._count

    def add(self, sending: Sending) -> None:
        """Remember a permit."""
        self._sendings[sending.number] = sending

    def forget_old(self, now: float) -> None:
        """Drop what no longer counts, by the worker's clock."""
        old = [
            number
            for number, sending in self._sendings.items()
            if sending.fate is not Fate.IN_FLIGHT and now - sending.received > self._horizon
        ]
        for number in old:
            del self._sendings[number]

    @property
    def in_flight(self) -> list[Sending]:
        """The permits without a fate."""
        return [sending for sending in self._sendings.values() if sending.fate is Fate.IN_FLIGHT]

    @property
    def unwritten(self) -> list[Sending]:
        """The permits whose fate is in no transaction yet."""
        return [each for each in self._sendings.values() if each.turn is None and each.fate is not Fate.IN_FLIGHT]

    @property
    def recent(self) -> list[Sending]:
        """All permits that still count."""
        return list(self._sendings.values())

    def missing(self, turn: int) -> list[Sending]:
        """Return what a history lacks, or contains as in flight, if it has this worker's transactions up to `turn`."""
        missing = [each for each in self._sendings.values() if each.turn is None or each.turn > turn]
        return sorted(missing, key=lambda each: each.received)

    def written(self, copies: list[Sending], turn: int) -> None:
        """Note that a transaction has these fates. They are copies: an answer may have come since it began."""
        for copy in copies:
            if copy.fate is not Fate.IN_FLIGHT and copy.number in self._sendings:
                self._sendings[copy.number].turn = turn
