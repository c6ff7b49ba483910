"""What a person sees while a job runs: a live display on a terminal, plain lines elsewhere.

Room: cli. The clock is a parameter, so that tests need not wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from logging import INFO, WARNING, getLevelName
from types import TracebackType
from typing import Any, Self

import msgspec
from rich.console import Console

from woowup_async._flow import Entity
from woowup_async._text import counted
from woowup_async.cli.display.bars import Bars
from woowup_async.cli.display.forecast import Forecast, Left, Needed
from woowup_async.cli.display.tallies import Tallies
from woowup_async.cli.display.terminal import show, show_json, stamp
from woowup_async.cli.display.words import left_text
from woowup_async.events import OutageBegan, OutageEnded, OutageProbed, RetryScheduled, RunEvent, RunResumed

#: Seconds between two lines if the output is not a terminal.
_PERIOD = 30.0
#: Seconds between two frames on a terminal.
_FRAME = 0.1


class Display:
    """Counts the events of a run and shows the counts.

    Args:
        console: where to show them. On a terminal, the display is live.
        totals: the number of records of each entity, if known.
        limit: requests a minute that the account allows.
        span: seconds over which the request rate is measured. No rate is shown before they have passed.
        as_json: write JSON lines instead of text.
        clock: returns seconds.

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
        self._console, self._limit, self._as_json, self._clock = console, limit, as_json, clock
        self._forecast = Forecast(limit, span / 2)
        self._tallies = Tallies(span, clock())
        self._shown_at = clock()
        self._outage_shown_at = float("-inf")
        self._bars = Bars(console, totals or {}) if console.is_terminal and not as_json else None

    def __enter__(self) -> Self:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._draw(self._bars)
            self._bars.stop()
        elif kind is None or self._tallies.requests:  # a run that failed before its first request has no progress
            self._print()

    def hear(self, event: RunEvent) -> None:
        """Count an event, and show it if a person should know about it."""
        now = self._clock()
        self._forecast.hear(event, now)
        self._tallies.hear(event, now)
        match event:
            case RetryScheduled() if not self._tallies.has_reply:
                self.notice(f"{event.why}; attempt {event.attempt + 1} in {event.delay:.1f} s")
            case RunResumed():
                self.notice(f"continuing the run in the journal: {event.settled:,} records are settled")
            case OutageBegan():
                why = event.brief or event.why
                self.notice(
                    f"the server is failing: {why}; sending is paused, single requests test the server", WARNING
                )
            case OutageProbed() if now - self._outage_shown_at >= _PERIOD:
                self._outage_shown_at = now
                self.notice(f"still failing after {event.elapsed:,.0f} s: {event.why}", WARNING)
            case OutageEnded():
                self.notice(f"the server answers again after {event.elapsed:,.0f} s", WARNING)
        self._show(now)

    def notice(self, text: str, level: int = INFO) -> None:
        """Show a line at once."""
        if self._as_json:
            self._write({"event": "notice", "level": getLevelName(level).lower(), "text": text})
        else:
            show(self._console, f"{stamp()} {getLevelName(level)} {text}")

    def counting(self) -> None:
        """Note that a dry run starts to read the journal."""
        self._forecast.counting()

    def expect(self, needed: Needed) -> None:
        """Take the counts of a dry run, so that the time left can be forecast."""
        self._forecast.needed = needed
        if self._bars is not None:
            self._bars.expect(needed.submitted)

    def notes(self) -> dict[str, str]:
        """Return the forecast and the number of records, for `woowup status` and `woowup dashboard`."""
        left, needed, now = self._left(), self._forecast.needed, time.time()
        if left is None or needed is None:
            return {}
        found = {"left": [now, *left], "expected": [now, {entity.value: n for entity, n in needed.submitted.items()}]}
        return {name: msgspec.json.encode(value).decode() for name, value in found.items()}

    def line(self) -> str:
        """Return the state as one line."""
        parts = [
            f"{entity.value}s {tally.accepted:,} accepted{self._unconfirmed(entity)}, {tally.rejected:,} rejected"
            for entity, tally in self._tallies.by_entity.items()
            if tally.settled
        ]
        left = self._left()
        return "; ".join([*parts, self._pace(), *([left_text(*left)] if left else [])])

    def state(self) -> dict[str, Any]:
        """Return the state for a JSON line."""
        tallies, left = self._tallies, self._left()
        counts = {
            f"{entity.value}s": {"settled": tally.settled, "accepted": tally.accepted, "rejected": tally.rejected}
            for entity, tally in tallies.by_entity.items()
        }
        return {
            "event": "progress", **counts, "unconfirmed": tallies.unconfirmed,
            "requests": tallies.requests, "throttled": tallies.throttled,
            "per_minute": tallies.per_minute(self._clock()), "limit_per_minute": self._limit,
            "seconds_left": [round(each, 1) for each in left] if left else None,
        }  # fmt: skip

    def _left(self) -> Left | None:
        return self._forecast.left(self._clock())

    def _unconfirmed(self, entity: Entity) -> str:
        count = self._tallies.unconfirmed
        return f" ({count:,} unconfirmed)" if count and entity is Entity.PURCHASE else ""

    def _pace(self) -> str:
        text = f"{counted(self._tallies.requests, 'request')}, {self._tallies.throttled:,} refused"
        rate = self._tallies.per_minute(self._clock())
        return text if rate is None else f"{text}, {rate:,.0f}/min of {self._limit:,.0f}"

    def _show(self, now: float) -> None:
        """Show the state, unless it was shown a moment ago."""
        if now - self._shown_at < (_PERIOD if self._bars is None else _FRAME):
            return
        self._shown_at = now
        if self._bars is None:
            self._print()
        else:
            self._draw(self._bars)

    def _print(self) -> None:
        if self._as_json:
            self._write(self.state())
        else:
            show(self._console, f"{stamp()} {self.line()}")

    def _write(self, what: dict[str, Any]) -> None:
        show_json(self._console, {"at": stamp(), **what})

    def _draw(self, bars: Bars) -> None:
        left = self._left()
        bars.draw(self._tallies, self._pace(), left_text(*left) if left else "")


class Watchers:
    """The display of a job, and functions that also get its events."""

    counting: Callable[[], None]
    expect: Callable[[Needed], None]
    notes: Callable[[], dict[str, str]]

    def __init__(self, display: Display, *listeners: Callable[[RunEvent], None]) -> None:
        self._display, self._listeners = display, listeners
        self.counting, self.expect, self.notes = display.counting, display.expect, display.notes

    def hear(self, event: RunEvent) -> None:
        """Pass an event to the display and to each function."""
        self._display.hear(event)
        for listener in self._listeners:
            listener(event)
