"""Decides whether the server is down for a run, and when to ask it again.

Room: _transport. Pure: it gets the time as `now` and returns the time of the next probe.

The breaker opens after `_STREAK` failed attempts in a row, and closes when a probe is answered. The waits between
probes grow until a request succeeds, so that a server that answers reads but fails at writes gets few requests.
"""

from __future__ import annotations

#: Failures in a row that mean an outage (guessed: with 15 % of random faults, once in four million attempts).
_STREAK = 8
#: Seconds until the first probe, and the most seconds between two (guessed).
_FIRST, _CAP = 1.0, 30.0


class Breaker:
    """Counts failures in a row."""

    def __init__(self) -> None:
        self._streak = self._probes = 0
        self._opened_at: float | None = None
        self._probe_at = 0.0

    @property
    def is_open(self) -> bool:
        """Whether requests must wait."""
        return self._opened_at is not None

    @property
    def probe_at(self) -> float:
        """When the next probe may be sent."""
        return self._probe_at

    def elapsed(self, now: float) -> float:
        """Return the seconds since it opened."""
        return 0.0 if self._opened_at is None else now - self._opened_at

    def failed(self, now: float, random: float) -> bool:
        """Count a failed attempt. Return whether this one opened the breaker."""
        self._streak += 1
        if self.is_open or self._streak < _STREAK:
            return False
        self._opened_at = now
        self.probe_failed(now, random)
        return True

    def probe_failed(self, now: float, random: float) -> None:
        """Delay the next probe by half of the wait and a random part of the other half."""
        wait = min(_CAP, _FIRST * 2.0 ** min(self._probes, 30))
        self._probes += 1
        self._probe_at = now + wait * (1 + random) / 2

    def probe_answered(self) -> None:
        """Close the breaker, since the server answers."""
        self._opened_at, self._streak = None, 0

    def succeeded(self) -> None:
        """Close the breaker and reset the waits, since a request was answered."""
        self._opened_at, self._streak, self._probes = None, 0, 0


class RetryBudget:
    """The budget of a run for quick retries. A quick retry takes one, and a success returns a part of one.

    If the budget is spent, retries wait longer, but none is given up. (Guessed: with 15 % of faults it is never spent.)
    """

    _MOST, _EARNED = 20.0, 0.25

    def __init__(self) -> None:
        self._left = self._MOST

    def earn(self) -> None:
        """Add to the budget after a success."""
        self._left = min(self._MOST, self._left + self._EARNED)

    def spend(self) -> bool:
        """Return whether the next retry may be quick, and take one from the budget if so."""
        if self._left < 1:
            return False
        self._left -= 1
        return True
