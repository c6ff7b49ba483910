"""Counts of a run while it runs: records by outcome, requests, and their rate.

Room: cli. Pure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from woowup_async._flow import PUSHED, Entity, Settled
from woowup_async.events import ReplyReceived, RequestSent, RunEvent
from woowup_async.outcomes import Accepted, Rejected

_UNCONFIRMED = Accepted("unconfirmed")


@dataclass(slots=True)
class EntityTally:
    """Settled records of one entity."""

    settled: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(slots=True)
class Tallies:
    """Counts of a run.

    Args:
        span: seconds over which the rate is measured.
        started: when the run started.

    """

    span: float
    started: float
    by_entity: dict[Entity, EntityTally] = field(default_factory=lambda: {entity: EntityTally() for entity in PUSHED})
    unconfirmed: int = 0
    requests: int = 0
    throttled: int = 0
    has_reply: bool = False
    _sent: deque[float] = field(default_factory=deque)

    def hear(self, event: RunEvent, now: float) -> None:
        """Count an event."""
        match event:
            case Settled():
                tally = self.by_entity[event.entity]
                tally.settled += 1
                tally.accepted += isinstance(event.outcome, Accepted)
                tally.rejected += isinstance(event.outcome, Rejected)
                self.unconfirmed += event.outcome == _UNCONFIRMED
            case RequestSent():
                self.requests += 1
                self._sent.append(now)
            case ReplyReceived():
                self.has_reply = True
                self.throttled += event.status == 429

    def per_minute(self, now: float) -> float | None:
        """Return the requests a minute, or None in the first `span` seconds, when the rate is still uneven."""
        while self._sent and self._sent[0] < now - self.span:
            self._sent.popleft()
        return None if now - self.started < self.span else len(self._sent) * 60 / self.span
