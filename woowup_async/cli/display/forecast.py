"""A forecast of when a run ends: the records that are left, times their cost so far, at the measured pace.

Room: cli. Pure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from woowup_async._flow import PUSHED, Entity, Settled
from woowup_async.events import RequestSent, RunEvent
from woowup_async.outcomes import Accepted, Outcome, Rejected

#: Segments over which the current pace is measured (guessed: with one the pace is uneven, with many it changes late).
_SEGMENTS = 4
#: Records and requests of an entity after which their cost predicts better than the dry run (guessed).
_ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Needed:
    """What a dry run counted, for each entity.

    Attributes:
        records: the records that cost requests.
        requests: the requests that they cost.
        submitted: all records.

    """

    records: dict[Entity, int]
    requests: dict[Entity, int]
    submitted: dict[Entity, int]


class Left(NamedTuple):
    """Seconds to the end: the likely number, and its bounds."""

    seconds: float
    low: float
    high: float


class Forecast:
    """Forecasts the end of a run from its events.

    Args:
        limit: requests a minute that the account allows this run.
        segment: seconds of a segment of the window.

    """

    def __init__(self, limit: float, segment: float) -> None:
        self._pace, self._span = limit / 60, _SEGMENTS * segment
        self._settled = dict.fromkeys(PUSHED, 0)
        self._spent = dict.fromkeys(PUSHED, 0)
        #: (settled, spent) at the last two powers of two. The cost since then predicts the cost of the rest.
        self._marks = dict.fromkeys(PUSHED, ((0, 0), (0, 0)))
        self._sent: deque[float] = deque()
        self._first: float | None = None
        self._known = dict.fromkeys(PUSHED, 0)
        self.needed: Needed | None = None

    def counting(self) -> None:
        """Note that a dry run starts to read the journal. It counts what is settled by now as unchanged."""
        self._known = dict(self._settled)

    def hear(self, event: RunEvent, now: float) -> None:
        """Count a settled record, or a request."""
        if isinstance(event, Settled) and _costs(event.outcome):
            self._settled[event.entity] += 1
            settled = self._settled[event.entity]
            if settled & (settled - 1) == 0:
                self._marks[event.entity] = (self._marks[event.entity][1], (settled, self._spent[event.entity]))
        elif isinstance(event, RequestSent):
            self._spent[Entity.USER if event.endpoint.startswith("users.") else Entity.PURCHASE] += 1
            self._first = now if self._first is None else self._first
            self._sent.append(now)
            while self._sent[0] < now - self._span:
                self._sent.popleft()

    def left(self, now: float) -> Left | None:
        """Return the time left, or None until a dry run has counted the records."""
        if self.needed is None:
            return None
        likely, planned = self._requests(by_cost=True), self._requests(by_cost=False)
        paces = self._paces(now)
        times = [requests / pace for requests in (likely, planned) for pace in paces]
        return Left(likely / paces[0], min(times), max(times))

    def _requests(self, *, by_cost: bool) -> float:
        """Return the requests that are left, by the cost so far or by the count of the dry run."""
        if self.needed is None:
            return 0.0
        total = 0.0
        for entity in PUSHED:
            records, planned = self.needed.records[entity], self.needed.requests[entity]
            cost = planned / records if records else 0.0
            if by_cost and min(self._settled[entity], self._spent[entity]) >= _ENOUGH:
                cost = self._cost(entity)
            total += max(0, records + self._known[entity] - self._settled[entity]) * cost
        return total

    def _cost(self, entity: Entity) -> float:
        """Return the requests for each record, measured over at least the second half of the records so far."""
        (settled, spent), _ = self._marks[entity]
        return (self._spent[entity] - spent) / (self._settled[entity] - settled)

    def _paces(self, now: float) -> tuple[float, float]:
        """Return requests a second over the last segments and since the first request. Early on, both are the limit."""
        if self._first is None or now - self._first < self._span:
            return self._pace, self._pace
        everything = sum(self._spent.values()) / (now - self._first)
        recently = len(self._sent) / self._span
        return recently or everything, everything


def _costs(outcome: Outcome) -> bool:
    """Return whether a record cost requests. Records that are rejected locally or unchanged cost none."""
    is_refused_here = isinstance(outcome, Rejected) and outcome.by == "client"
    return not is_refused_here and outcome != Accepted("unchanged")
