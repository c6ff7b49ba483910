"""What a person sees while a job runs: a live display on a terminal, plain lines elsewhere.

Room: cli. Time comes from a function, so that tests need none.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from woowup_async._flow import Entity, Settled
from woowup_async.cli.display.forecast import Forecast, Left, Needed
from woowup_async.cli.display.terminal import show, show_json
from woowup_async.cli.display.words import span as in_words
from woowup_async.events import (
    OutageBegan,
    OutageEnded,
    OutageProbed,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
    RunResumed,
)
from woowup_async.outcomes import Accepted, Rejected

#: Seconds between two lines off a terminal.
_PERIOD = 30.0
#: Seconds between two frames on one.
_FRAME = 0.1
_UNCONFIRMED = Accepted("unconfirmed")


class Display:
    """Counts what it hears and shows it.

    Args:
        console: where to; a live display if it is a terminal.
        totals: records of each entity, where known.
        limit: the account's requests a minute, to show the rate against.
        span: seconds over which the rate is measured; before, no rate is shown.
        as_json: off a terminal, write JSON lines.
        clock: seconds.

    """

    def __init__(
        self,
        console: Console,
        *,
        totals: dict[Entity, int] | None = None,
        limit: float = 140.0,
        span: float = 60.0,
        as_json: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console, self._limit, self._span, self._clock, self._as_json = console, limit, span, clock, as_json
        self._forecast = Forecast(limit, span / 2)
        self._problem = ""
        self._counts = {entity: [0, 0, 0] for entity in Entity}  # settled, accepted, rejected
        self._unconfirmed = 0
        self._requests = self._throttled = 0
        self._sent: deque[float] = deque()
        self._started = self._told = clock()
        self._told_outage = float("-inf")
        self._has_answer = False
        self._progress = _live(console) if console.is_terminal and not as_json else None
        self._bars: dict[Entity, TaskID] = {}
        if self._progress is not None:
            for entity in Entity:
                total = (totals or {}).get(entity)
                self._bars[entity] = self._progress.add_task(f"{entity.value}s", total=total, start=False, note="")
            self._doubtful = self._progress.add_task("", total=1, note="", visible=False, is_bare=True)
            self._all = self._progress.add_task("together", total=1, note="", is_bare=True)
            self._left = self._progress.add_task("", total=1, note="", visible=False, is_bare=True)

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
        elif kind is None or self._requests:  # what never began has nothing to show
            self._print()

    def hear(self, event: RunEvent) -> None:
        """Take note of one event."""
        self._forecast.hear(event, self._clock())
        match event:
            case Settled():
                counts = self._counts[event.entity]
                counts[0] += 1
                counts[1] += isinstance(event.outcome, Accepted)
                counts[2] += isinstance(event.outcome, Rejected)
                self._unconfirmed += event.outcome == _UNCONFIRMED
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

    def counting(self) -> None:
        """Note that a dry run begins which reads the journal."""
        self._forecast.counting()

    def expect(self, needed: Needed) -> None:
        """Learn what a dry run counted: from now on the end can be forecast."""
        self._forecast.needed = needed
        if self._progress is not None:
            for entity, bar in self._bars.items():
                self._progress.update(bar, total=needed.submitted[entity])

    def notes(self) -> dict[str, str]:
        """What `woowup status` may show: the forecast, and the last problem."""
        left = self._forecast.left(self._clock())
        found = {"problem": self._problem} if self._problem else {}
        return found | ({"left": msgspec.json.encode([time.time(), *left]).decode()} if left else {})

    def _say(self, text: str) -> None:
        self._problem = text
        if self._as_json:
            self._write({"event": "notice", "text": text})
        else:
            show(self._console, text)

    def _write(self, what: dict[str, Any]) -> None:
        line = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **what}
        show_json(self._console, line)

    def _print(self) -> None:
        if self._as_json:
            self._write(self._state())
        else:
            show(self._console, self.line())

    def line(self) -> str:
        """The state in one line."""
        parts = [
            f"{entity.value}s {accepted:,} accepted{self._aside(entity)}, {rejected:,} rejected"
            for entity, (settled, accepted, rejected) in self._counts.items()
            if settled
        ]
        left = self._forecast.left(self._clock())
        return "; ".join([*parts, self._pace(), *([left_text(left)] if left else [])])

    def _aside(self, entity: Entity) -> str:
        """Accepted, but for their customers, who are not known to exist."""
        return f" ({self._unconfirmed:,} unconfirmed)" if self._unconfirmed and entity is Entity.PURCHASE else ""

    def _state(self) -> dict[str, Any]:
        left = self._forecast.left(self._clock())
        counts = {
            f"{entity.value}s": dict(zip(("settled", "accepted", "rejected"), counts))
            for entity, counts in self._counts.items()
        }
        return {
            "event": "progress", **counts, "unconfirmed": self._unconfirmed,
            "requests": self._requests, "throttled": self._throttled,
            "per_minute": self._per_minute(), "limit_per_minute": self._limit,
            "seconds_left": [round(each, 1) for each in left] if left else None,
        }  # fmt: skip

    def _pace(self) -> str:
        text, rate = f"{self._requests:,} requests, {self._throttled:,} refused", self._per_minute()
        return text if rate is None else f"{text}, {rate:,.0f}/min of {self._limit:,.0f}"

    def _per_minute(self) -> float | None:
        """Requests a minute; None where it is too soon: within a segment the pace is uneven."""
        now = self._clock()
        while self._sent and self._sent[0] < now - self._span:
            self._sent.popleft()
        return None if now - self._started < self._span else len(self._sent) * 60 / self._span

    def _show(self) -> None:
        now = self._clock()
        if self._progress is None:
            if now - self._told >= _PERIOD:
                self._told = now
                self._print()
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
        if self._unconfirmed:
            progress.update(self._doubtful, note=f"of these {self._unconfirmed:,} unconfirmed", visible=True)
        left = self._forecast.left(self._clock())
        progress.update(self._all, note=self._pace())
        if left is not None:
            progress.update(self._left, note=left_text(left), visible=True)


def left_text(left: Left) -> str:
    """The time left, and between what it should be."""
    return f"about {in_words(left.seconds)} left ({in_words(left.low)} to {in_words(left.high)})"


class Watchers:
    """Watches a job: the display, and others that only listen."""

    counting: Callable[[], None]
    expect: Callable[[Needed], None]
    notes: Callable[[], dict[str, str]]

    def __init__(self, display: Display, *listeners: Callable[[RunEvent], None]) -> None:
        self._display, self._listeners = display, listeners
        self.counting, self.expect, self.notes = display.counting, display.expect, display.notes

    def hear(self, event: RunEvent) -> None:
        """Pass on to all."""
        self._display.hear(event)
        for listener in self._listeners:
            listener(event)


class _Bars(BarColumn):
    """Bars for rows that have an end."""

    def render(self, task: Task) -> Any:
        """Draw it; nothing beside a row that is only text."""
        return Text("") if task.fields.get("is_bare") else super().render(task)


def _live(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:9}", markup=False),
        _Bars(bar_width=20),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=8,
    )
