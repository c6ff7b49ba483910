"""The pauses of an account after a refusal, as one process sees them.

Room: _limiting. Both limiters count and log them here.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable

from woowup_async._wire.reply import retry_after
from woowup_async.ports import Headers

_log = logging.getLogger("woowup_async.limiting")

#: Most seconds added to a cooldown, so that several clients do not return at once (guessed). docs/limiter.md: waits.
_JITTER = 1.0
#: A cooldown longer than this is logged, in seconds (guessed: no segment explains it). docs/limiter.md: waits.
_LONG = 30.0


class Cooldown:
    """Says how long to pause after a 429.

    Args:
        segment: seconds that a pause lasts if the server does not say how long.
        random: returns a random number in [0, 1), for the jitter.

    Attributes:
        until: the end of the last pause that this process began.
        count: how many it began.

    """

    def __init__(self, segment: float, random: Callable[[], float]) -> None:
        self._segment, self._random = segment, random
        self.until = self._known_until = -math.inf
        self.count = 0
        self._began, self._is_long = 0.0, False

    def refused(self, now: float, headers: Headers) -> float:
        """Take a 429, and return when the pause ends. A pause above 30 seconds is logged, once."""
        asked = retry_after(headers, time.time())
        until = now + (asked if asked is not None else self._segment)
        until += self._random() * min(_JITTER, self._segment / 30)
        if self.until <= now:
            self.count += 1
            self._is_long = False
        self.until = max(self.until, until)
        self.since(now, until)
        if asked is not None and asked > _LONG and not self._is_long:
            self._is_long = True
            _log.warning("WoowUp refused a request because of the rate limit: the account pauses for %.0f s", asked)
        return until

    def since(self, now: float, until: float) -> float | None:
        """Return when the pause began that lasts `until` then; None if it is over.

        One that another worker began counts from when this process first asked for it.
        """
        if until <= now:
            return None
        if self._known_until <= now:
            self._began = now
        self._known_until = max(self._known_until, until)
        return self._began
