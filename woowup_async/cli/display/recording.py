"""The history of a run, for the report as a page and as JSON. Its size is bounded.

Room: cli. The clock is a parameter.
"""

from __future__ import annotations

import heapq
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from woowup_async._flow import Entity, Settled
from woowup_async.events import OutageBegan, OutageEnded, RequestSent, RunEvent
from woowup_async.outcomes import Accepted, Rejected, Report, Tally

#: Most columns of a chart. When all are used, each pair of neighbours is merged.
_COLUMNS = 240
_SLOWEST = 10
#: Most reasons that are counted separately (guessed).
_REASONS = 1_000


@dataclass(slots=True)
class Column:
    """What happened in one interval."""

    users: int = 0
    purchases: int = 0
    rejected: int = 0
    requests: int = 0
    throttled: int = 0

    def add(self, other: Column) -> Column:
        """Return the sum of two intervals."""
        return Column(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(order=True, frozen=True, slots=True)
class Slow:
    """One of the slowest requests."""

    seconds: float
    at: float
    endpoint: str = field(compare=False)
    status: str = field(compare=False)


class Recording:
    """Records the events of a run.

    Args:
        per_minute: requests that the account allows this run.
        clock: returns seconds.

    """

    per_minute: float
    began: datetime
    width: float

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute, self._clock, self._began = per_minute, clock, clock()
        self.began = datetime.now(UTC)
        self.width = 1.0
        self.columns: list[Column] = []
        self.reasons: Counter[tuple[str, str, str]] = Counter()
        self.outages: list[tuple[float, float]] = []
        self._slow: list[Slow] = []

    def hear(self, event: RunEvent) -> None:
        """Record an event."""
        now = self._clock() - self._began
        match event:
            case Settled():
                self._settled(event, self._column(now))
            case RequestSent():
                column = self._column(now)
                column.requests += 1
                column.throttled += event.status == 429
                status = str(event.status or event.error)
                heapq.heappush(self._slow, Slow(event.elapsed, now, event.endpoint, status))
                if len(self._slow) > _SLOWEST:
                    heapq.heappop(self._slow)
            case OutageBegan():
                self.outages.append((now, now))
            case OutageEnded() if self.outages:
                self.outages[-1] = (self.outages[-1][0], now)

    @property
    def slowest(self) -> list[Slow]:
        """The slowest requests, the slowest one first."""
        return sorted(self._slow, reverse=True)

    def as_json(self, report: Report, stopped_by: str) -> dict[str, Any]:
        """Return the whole recording for a JSON report."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "stopped_by": stopped_by,
            **report_json(report),
            "reasons": [
                {"entity": entity, "code": code, "reason": reason, "records": count}
                for (entity, code, reason), count in self.reasons.most_common()
            ],
            "slowest": [
                {
                    "endpoint": slow.endpoint,
                    "status": slow.status,
                    "seconds": round(slow.seconds, 3),
                    "at": round(slow.at, 1),
                }
                for slow in self.slowest
            ],
            "outages": [{"from": round(start, 1), "to": round(end, 1)} for start, end in self.outages],
            "limit_per_minute": self.per_minute,
            "seconds_per_column": self.width,
            "columns": [{name: getattr(column, name) for name in Column.__slots__} for column in self.columns],
        }

    def _settled(self, event: Settled, column: Column) -> None:
        if isinstance(event.outcome, Accepted):
            column.users += event.entity is Entity.USER
            column.purchases += event.entity is Entity.PURCHASE
        elif isinstance(event.outcome, Rejected):
            column.rejected += 1
            reason = event.outcome.reasons[0] if event.outcome.reasons else None
            key = (
                event.entity.value,
                event.outcome.code,
                general(f"{reason.path}: {reason.message}" if reason else ""),
            )
            if key not in self.reasons and len(self.reasons) >= _REASONS:
                key = (event.entity.value, event.outcome.code, "other reasons")
            self.reasons[key] += 1

    def _column(self, now: float) -> Column:
        while now >= self.width * _COLUMNS:
            pairs = [self.columns[start : start + 2] for start in range(0, len(self.columns), 2)]
            self.columns = [pair[0].add(pair[1]) if len(pair) == 2 else pair[0] for pair in pairs]
            self.width *= 2
        while len(self.columns) <= now // self.width:
            self.columns.append(Column())
        return self.columns[int(now // self.width)]


def general(reason: str) -> str:
    """Return a reason without its value and its line, which differ in each record and may be personal data."""
    text = reason.strip(": ").partition(", got ")[0]
    head, _, rest = text.partition(": line ")
    return f"{head}: {rest.partition(': ')[2]}" if rest else head


def report_json(report: Report) -> dict[str, Any]:
    """Return a report for JSON."""
    return {
        **{name: _tally_json(tally) for name, tally in (("users", report.users), ("purchases", report.purchases))},
        "unconfirmed": report.unconfirmed,
        "requests": report.requests,
        "throttled": report.throttled,
        "elapsed": round(report.elapsed, 3),
        "saved": dict(report.saved),
        "cleaned": dict(report.cleaned),
        "notices": dict(report.notices),
        "noticed": list(report.noticed),
        "left_out": dict(report.left_out),
        "unknown_fields": dict(report.unknown_fields),
        "rewritten": report.rewritten,
        "missing_createtime": report.missing_createtime,
        "without_purchases": report.without_purchases,
        "rejections": [str(rejection) for rejection in report.rejections],
    }


def _tally_json(tally: Tally) -> dict[str, Any]:
    return {name: getattr(tally, name) for name in tally.__slots__} | {
        "unconfirmed": tally.unconfirmed,
        "effects": dict(tally.effects),
        "codes": dict(tally.codes),
    }
