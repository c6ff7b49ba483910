"""Whether the server is down, as a run sees it, and when to ask it again.

Room: _transport. Pure: time comes in as `now`, the next probe's time goes out.

Closed until `_STREAK` attempts of the run failed in a row; open until a probe is answered. The waits between
probes grow until a request succeeds: a server that answers reads and fails at writes is not hammered.
"""

from __future__ import annotations

#: Failures in a row that mean an outage (guessed: at 15 % of random faults once in four million attempts).
_STREAK = 8
#: Seconds to the first probe, and at most between two (guessed).
_FIRST, _CAP = 1.0, 30.0


class Breaker:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._streak = self._probes = 0
        self._opened_at: float | None = None
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether sending must wait."""
        return self._opened_at is not None

    @property
    def probe_at(self) -> float:
        """When the next probe may go."""
        return self._probe_at

    def elapsed(self, now: float) -> float:
        """Seconds since it opened."""
        return 0.0 if self._opened_at is None else now - self._opened_at

    def failed(self, now: float, random: float) -> bool:
        """Take note of a failed attempt; return whether this one opened it."""
        self._streak += 1
        if self.is_open or self._streak < _STREAK:
            return False
        self._opened_at = now
        self.probe_failed(now, random)
        return True

    def probe_failed(self, now: float, random: float) -> None:
        """Put the next probe off, by half of the wait and a random part of the other half."""
        wait = min(_CAP, _FIRST * 2.0 ** min(self._probes, 30))
        self._probes += 1
        self._probe_at = now + wait * (1 + random) / 2

    def probe_answered(self) -> None:
        """Close: the server answers."""
        self._opened_at, self._streak = None, 0

    def succeeded(self) -> None:
        """Take note of an answer to a request: nothing is wrong with the server."""
        self.probe_answered()
        self._probes = 0


class RetryBudget:
    """What a run may spend on quick retries: each takes one, each success gives a part of one back.

    Without budget a retry waits longer; it is never given up for it. (Guessed: at 15 % of faults it never runs out.)
    """

    _MOST, _EARNED = 20.0, 0.25

    def __init__(self) -> None:
        self._left = self._MOST

    def earn(self) -> None:
        """Take note of a success."""
        self._left = min(self._MOST, self._left + self._EARNED)

    def spend(self) -> bool:
        """Whether the next retry may be quick."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
