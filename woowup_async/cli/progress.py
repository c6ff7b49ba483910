"""What a person sees while a job runs: a live display on a terminal, plain lines elsewhere.

Room: cli. Fed by the events of a run. Time comes from a function, so that tests need none.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from woowup_async._flow import Entity, Settled
from woowup_async.events import (
    Event,
    OutageBegan,
    OutageEnded,
    OutageProbed,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunResumed,
)
from woowup_async.outcomes import Accepted, Rejected

#: Seconds between two lines off a terminal.
_PERIOD = 30.0
#: Seconds between two frames on one.
_FRAME = 0.1


class Display:
    """Counts what it hears and shows it.

    Args:
        console: where to; a live display if it is a terminal.
        totals: records of each entity, where known.
        limit: the account's requests a minute, to show the rate against.
        span: seconds over which the rate is measured; there is none to show before.
        clock: seconds.

    """

    def __init__(
        self,
        console: Console,
        *,
        totals: dict[Entity, int] | None = None,
        limit: float = 140.0,
        span: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._limit, self._span, self._clock = console, limit, span, clock
        self._counts = {entity: [0, 0, 0] for entity in Entity}  # settled, accepted, rejected
        self._requests = self._throttled = 0
        self._sent: deque[float] = deque()
        self._started = self._told = clock()
        self._told_outage = float("-inf")
        self._has_answer = False
        self._progress = _live(console) if console.is_terminal else None
        self._bars: dict[Entity, TaskID] = {}
        if self._progress is not None:
            for entity in Entity:
                total = (totals or {}).get(entity)
                self._bars[entity] = self._progress.add_task(f"{entity.value}s", total=total, start=False, note="")
            self._all = self._progress.add_task("together", total=1, note="")

    def __enter__(self) -> Self:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._draw(self._progress)
            self._progress.stop()
        else:
            self._console.print(self.line(), highlight=False, soft_wrap=True)

    def hear(self, event: Event) -> None:
        """Take note of one event."""
        match event:
            case Settled():
                counts = self._counts[event.entity]
                counts[0] += 1
                counts[1] += isinstance(event.outcome, Accepted)
                counts[2] += isinstance(event.outcome, Rejected)
            case RequestSent():
                self._requests += 1
                self._sent.append(self._clock())
            case ReplyReceived():
                self._has_answer = True
                self._throttled += event.status == 429
            case RetryScheduled() if not self._has_answer:
                self._say(f"{event.why}; attempt {event.attempt + 1} in {event.delay:.1f} s")
            case RunResumed():
                self._say(f"going on with the run in the journal: {event.settled:,} records are settled")
            case OutageBegan():
                self._say(f"the server is failing: {event.why}; sending waits, single requests probe")
            case OutageProbed() if self._clock() - self._told_outage >= _PERIOD:
                self._told_outage = self._clock()
                self._say(f"still failing after {event.elapsed:,.0f} s: {event.why}")
            case OutageEnded():
                self._say(f"the server answers again, after {event.elapsed:,.0f} s")
        self._show()

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)

    def line(self) -> str:
        """The state in one line."""
        parts = [
            f"{entity.value}s {accepted:,} accepted, {rejected:,} rejected"
            for entity, (settled, accepted, rejected) in self._counts.items()
            if settled
        ]
        return "; ".join([*parts, self._pace()])

    def _pace(self) -> str:
        now = self._clock()
        while self._sent and self._sent[0] < now - self._span:
            self._sent.popleft()
        text = f"{self._requests:,} requests, {self._throttled:,} refused"
        if now - self._started < self._span:  # too soon: within a segment the pace is uneven
            return text
        return f"{text}, {len(self._sent) * 60 / self._span:,.0f}/min of {self._limit:,.0f}"

    def _show(self) -> None:
        now = self._clock()
        if self._progress is None:
            if now - self._told >= _PERIOD:
                self._told = now
                self._console.print(self.line(), highlight=False, soft_wrap=True)
            return
        if now - self._told >= _FRAME:
            self._told = now
            self._draw(self._progress)

    def _draw(self, progress: Progress) -> None:
        for entity, bar in self._bars.items():
            settled, accepted, rejected = self._counts[entity]
            if settled:
                progress.start_task(bar)
            progress.update(bar, completed=settled, note=f"{accepted:,} accepted {rejected:,} rejected")
        progress.update(self._all, note=self._pace())


def _live(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:9}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=8,
    )
