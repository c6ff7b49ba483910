"""What stops a run early: a number of requests, a time of day, or a signal.

Room: cli. Each is a clean stop: the run waits for the answers to what it sent, and a journal can continue it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from functools import partial

import anyio

from woowup_async._clock import Clock
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async.cli.signals import STOPPING, received


@dataclass(slots=True)
class Stops:
    """What stops a run.

    Attributes:
        max_requests: the most requests to send. None for no limit.
        stop_at: a time of day as HH:MM.
        cause: what stopped the run. Empty if nothing did.

    """

    max_requests: int | None = None
    stop_at: str | None = None
    cause: str = ""
    _run: Outcomes | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.stop_at is not None:
            _time_of(self.stop_at)

    def bind(self, run: Outcomes) -> Outcomes:
        """Connect with the run to stop, before it begins, and return it."""
        self._run = run
        if self.max_requests is not None:
            run.allow(self.max_requests, partial(self.drain, f"--max-requests {self.max_requests} is reached"))
        return run

    def drain(self, cause: str) -> None:
        """Stop the run cleanly. The first cause is kept."""
        self.cause = self.cause or cause
        if self._run is not None:
            self._run.drain()

    async def watch(self, run: Outcomes, clock: Clock) -> None:
        """Wait for signals and for the time of day."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._signals, run)
            if self.stop_at is not None:
                tasks.start_soon(self._alarm, self.stop_at, clock)

    async def _alarm(self, stop_at: str, clock: Clock) -> None:
        seconds = seconds_until(stop_at, datetime.now().astimezone())
        await clock.sleep_until(clock.now() + seconds)
        self.drain(f"it is {stop_at}")

    async def _signals(self, run: Outcomes) -> None:
        async with received(*STOPPING) as signals:
            async for _ in signals:
                if self.cause == "interrupted":
                    run.abort()
                self.drain("interrupted")


def seconds_until(text: str, now: datetime, zone: tzinfo | None = None) -> float:
    """Return the seconds until local clocks next show a time of day. If they skip it, until the moment of the skip.

    Args:
        text: HH:MM.
        now: an aware datetime.
        zone: of the clocks. None for this machine's zone.

    Raises:
        ValueError: the text is not HH:MM.

    """
    wanted, start = _time_of(text), now.timestamp()
    today = datetime.fromtimestamp(start, zone).date()
    days = [datetime.combine(today + timedelta(days=day), wanted) for day in range(3)]
    moments = (moment for day in days for moment in _moments(day, zone))
    return min(moment for moment in moments if moment > start) - start


def _moments(shown: datetime, zone: tzinfo | None) -> list[float]:
    """Return when local clocks show a time: once, twice if they are set back, at the skip if they skip it."""
    first, second = (shown.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if first <= second:
        return [first, second]
    # The time is skipped. The offset after the skip gives a moment that is too early, the offset before it a late one.
    early, late = second, first
    while late - early > 0.5:
        middle = (early + late) / 2
        is_before = datetime.fromtimestamp(middle, zone).replace(tzinfo=None) < shown
        early, late = (middle, late) if is_before else (early, middle)
    return [round(late)]


def _time_of(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--stop-at takes a time of day such as 06:00, got {text!r}") from None
