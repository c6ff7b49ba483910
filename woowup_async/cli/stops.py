"""When a run is to stop though nothing is wrong: after so many requests, at a time of day, at a signal.

Room: cli. Used by `job`. Each is a clean stop: what was sent is answered and settled, and with a journal the same
command goes on.
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

import anyio

from woowup_async._clock import Clock
from woowup_async._ingest.stream import Outcomes
from woowup_async.events import Event, PermitSpent, RequestSent


@dataclass(slots=True)
class Stops:
    """What may stop a run, and what did.

    Attributes:
        max_requests: most requests that it sends; None without bound.
        stop_at: a time of day, as HH:MM.
        cause: what stopped it; "" where nothing did.

    """

    max_requests: int | None = None
    stop_at: str | None = None
    cause: str = ""
    _permits: int = field(default=0, init=False)
    _sent: int = field(default=0, init=False)
    _run: Outcomes | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.stop_at is not None:
            _time_of(self.stop_at)

    def hear(self, event: Event) -> None:
        """Count requests; let none leave after the last one."""
        if self.max_requests is None:
            return
        self._permits += isinstance(event, PermitSpent)
        self._sent += isinstance(event, RequestSent)
        if self._permits > self.max_requests or self._sent == self.max_requests:
            self.drain(f"--max-requests {self.max_requests} is reached")

    def drain(self, cause: str) -> None:
        """Stop cleanly."""
        self.cause = self.cause or cause
        if self._run is not None:
            self._run.drain()

    async def watch(self, run: Outcomes, clock: Clock) -> None:
        """Wait for signals and for the time of day."""
        self._run = run
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._signals, run)
            if self.stop_at is not None:
                tasks.start_soon(self._alarm, self.stop_at, clock)

    async def _alarm(self, stop_at: str, clock: Clock) -> None:
        seconds = seconds_until(stop_at, datetime.now().astimezone())
        await clock.sleep_until(clock.now() + seconds)
        self.drain(f"it is {stop_at}")

    async def _signals(self, run: Outcomes) -> None:
        wanted = (signal.SIGINT, signal.SIGTERM) if os.name == "posix" else (signal.SIGINT,)
        with anyio.open_signal_receiver(*wanted) as signals:
            async for _ in signals:
                if self.cause == "interrupted":
                    run.abort()
                self.drain("interrupted")


def seconds_until(text: str, now: datetime) -> float:
    """Seconds to the next time that a clock on the wall shows this.

    Raises:
        ValueError: it is no HH:MM.

    """
    wanted = _time_of(text)
    moment = now.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
    if moment <= now:
        moment += timedelta(days=1)
    return (moment - now).total_seconds()


def _time_of(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--stop-at takes a time of day such as 06:00, got {text!r}") from None
