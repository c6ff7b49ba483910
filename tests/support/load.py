"""How much of the machine a test had, so that other work on it does not decide what a test finds."""

from __future__ import annotations

import time
from pathlib import Path

#: Documented in the kernel's sched-stats: nanoseconds on a core, nanoseconds of waiting for one, and time slices.
_SCHEDULED = Path("/proc/thread-self/schedstat")


def waited() -> float:
    """Return the seconds in which this thread could have run but had no core; 0 if the system does not say it."""
    try:
        return int(_SCHEDULED.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


class Share:
    """Measures the time from its creation on.

    Attributes:
        wall: seconds that have passed.
        own: seconds without those in which this thread waited for a core.
        part: `own` as a part of `wall`.

    """

    def __init__(self) -> None:
        self._began, self._waited = time.monotonic(), waited()

    @property
    def wall(self) -> float:
        return time.monotonic() - self._began

    @property
    def own(self) -> float:
        return self.wall - (waited() - self._waited)

    @property
    def part(self) -> float:
        return self.own / self.wall
