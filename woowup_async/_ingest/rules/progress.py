"""What a run shows about itself: requests and outcomes by minute, and what keeps it from sending.

Room: _ingest. Pure. `showing` writes it to the journal. Times are seconds since 1970.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from woowup_async._journal.live import Minute, Problem
from woowup_async.events import (
    OutageBegan,
    OutageEnded,
    OutageProbed,
    RateLimited,
    ReplyReceived,
    RequestSent,
    RetryScheduled,
    RunEvent,
)

#: Minutes that are kept.
_MINUTES = 60
#: Most problems that wait to be written (guessed). Older ones are dropped if the disk takes none.
_MOST_WAITING = 100
OUTAGE, COOLDOWN, NO_ANSWER = "outage", "cooldown", "no_answer"


@dataclass(slots=True)
class Progress:
    """Counts the events of a run by minute, and keeps its problems until they are written.

    Args:
        segment: seconds that a cooldown lasts if the server does not say how long.

    """

    segment: float
    requests: int = 0
    throttled: int = 0
    active: float = 0.0
    _settled: int = 0
    _has_answer: bool = False
    _minutes: deque[Minute] = field(default_factory=lambda: deque(maxlen=_MINUTES))
    _open: dict[str, Problem] = field(default_factory=dict)
    _troubles: frozenset[str] = frozenset()
    _changed: dict[tuple[str, float], Problem] = field(default_factory=dict)

    def hear(self, event: RunEvent, now: float) -> None:
        """Count an event."""
        match event:
            case RequestSent():
                self.requests += 1
                self.active = now
                self._count(now, requests=1)
            case ReplyReceived():
                self._has_answer = True
                self._end(NO_ANSWER, now)
                if event.status == 429:
                    self.throttled += 1
                    self._count(now, throttled=1)
            case RateLimited():
                self._cool(now + (self.segment if event.retry_after is None else event.retry_after), now)
            case RetryScheduled() if not self._has_answer:
                self._begin(NO_ANSWER, f"{event.why}; attempt {event.attempt + 1} follows", now)
            case OutageBegan() | OutageProbed():
                self._begin(OUTAGE, event.why, now)
            case OutageEnded():
                self._end(OUTAGE, now)

    def hold(self, troubles: Mapping[str, str], now: float) -> None:
        """Take the troubles that hold now and that no event tells: their texts by kind. Others that held are over."""
        for kind in self._troubles - troubles.keys():
            self._end(kind, now)
        for kind, what in troubles.items():
            self._begin(kind, what, now)
        self._troubles = frozenset(troubles)

    def settle(self, total: int, now: float) -> None:
        """Take the number of records that have an outcome."""
        if total > self._settled:
            self.active = now
            self._count(now, settled=total - self._settled)
            self._settled = total

    def minutes(self, now: float) -> list[Minute]:
        """Return the last hour, without minutes in which nothing happened."""
        first = _minute(now) - _MINUTES
        return [minute for minute in self._minutes if minute.at > first]

    def changes(self) -> list[Problem]:
        """Return the problems that began, ended or changed since `keep` was called."""
        return list(self._changed.values())

    def keep(self) -> None:
        """Note that the changes were written."""
        self._changed.clear()

    def _count(self, now: float, requests: int = 0, throttled: int = 0, settled: int = 0) -> None:
        at = _minute(now)
        last = self._minutes.pop() if self._minutes and self._minutes[-1].at == at else Minute(at)
        self._minutes.append(Minute(at, last.requests + requests, last.throttled + throttled, last.settled + settled))

    def _cool(self, until: float, now: float) -> None:
        """Note a 429. Those of one pause are one problem, whose end is known."""
        last = self._open.get(COOLDOWN)
        goes_on = last is not None and last.ended is not None and last.ended >= now
        began = last.began if last is not None and goes_on else now
        end = max(until, last.ended or until) if last is not None and goes_on else until
        self._note(Problem(began, COOLDOWN, end, "refused by the rate limit (429)"))

    def _begin(self, kind: str, what: str, now: float) -> None:
        before = self._open.get(kind)
        if before is None or before.what != what:
            self._note(Problem(before.began if before else now, kind, None, what))

    def _end(self, kind: str, now: float) -> None:
        if (problem := self._open.pop(kind, None)) is not None:
            self._change(Problem(problem.began, kind, now, problem.what))

    def _note(self, problem: Problem) -> None:
        self._open[problem.kind] = problem
        self._change(problem)

    def _change(self, problem: Problem) -> None:
        self._changed[problem.kind, problem.began] = problem
        if len(self._changed) > _MOST_WAITING:
            del self._changed[next(iter(self._changed))]


def _minute(now: float) -> int:
    return int(now // 60)
