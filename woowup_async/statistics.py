"""Snapshots of budgets, pools and ingesters, for people and dashboards.

Room: nouns. Pure. `WoowUp.statistics()`, `SessionPool.statistics()` and `Ingester.health()` return them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HealthStatus = Literal["starting", "ok", "degraded", "failed"]
#: Why an ingester is not "ok". docs/service.md explains each.
HealthReason = Literal[
    "", "starting", "outage", "cooldown", "no_room", "key_refused", "account_deleted", "disk_failed", "outbox_full",
    "overdue", "closed", "defect",
]  # fmt: skip

#: Upper bounds of the wait histogram's buckets, in seconds. One more bucket has the rest. docs/limiter.md: displayed.
WAIT_BOUNDS = (0.001, 0.01, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True)
class WaitHistogram:
    """Waits for permits: `counts[i]` of them took at most `WAIT_BOUNDS[i]` seconds, the last count took longer."""

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All waits that ended with a permit."""
        return sum(self.counts)

    def quantile(self, part: float) -> float:
        """Return the bound, in seconds, that `part` (0 to 1) of the waits kept to; infinite for the last bucket."""
        seen = 0
        for bound, count in zip((*WAIT_BOUNDS, float("inf")), self.counts, strict=True):
            seen += count
            if seen >= part * self.total:
                return bound
        return float("inf")


@dataclass(frozen=True, slots=True)
class LaneStatistics:
    """One lane: permits spent in it, tasks that wait, and how long the waits were."""

    spent: int
    waiting: int
    waits: WaitHistogram


@dataclass(frozen=True, slots=True)
class BudgetStatistics:
    """How a budget is shared over a store.

    Args:
        workers: that were seen in the last two segments, this one included.
        part: this worker's part of their permits, from 0 to 1, where older segments count less.
        latency: the usual round trip to the store, in seconds.
        trips: round trips to the store.
        conflicts: writes that another worker was faster with. Each was repeated.
        forgotten: how often the store had lost the account's state.
        fallbacks: how often the store stopped working.
        is_fallen_back: whether it does not work now, so that this worker uses its own part of the budget.

    """

    workers: int
    part: float
    latency: float
    trips: int
    conflicts: int
    forgotten: int
    fallbacks: int
    is_fallen_back: bool


@dataclass(frozen=True, slots=True)
class SegmentStatistics:
    """The segment that the server is in, as this client counts it, with the requests of others.

    Args:
        previous: requests in the segment before it.
        current: requests in it, with those that have no answer.
        elapsed: seconds since it began, by the earliest time that the server's clock may show.
        seconds: its length.

    """

    previous: float
    current: float
    elapsed: float
    seconds: float

    @property
    def carried(self) -> float:
        """The part of `previous` that still counts."""
        return self.previous * max(0.0, 1 - self.elapsed / self.seconds)


@dataclass(frozen=True, slots=True)
class LimiterStatistics:
    """A snapshot of one account's budget.

    Args:
        limit: permits per window that this client may use, as last announced.
        estimated: our copy of the server's weighted count, with the requests of others.
        interactive: counts of the lane of calls.
        bulk: counts of the lane of ingestion.
        in_flight: requests without an answer.
        throttled: answers with 429.
        cooldowns: how often the whole account paused after a 429.
        cooling: seconds until the pause ends.
        phase_uncertainty: seconds between the earliest and the latest time that the server's clock may show. None
            until an answer has shown it; until then the pace is safe for every phase.
        reading: what `x-rate-limit-remaining` was found to mean; None while this is not known.
        foreign_rate: requests a second that other programs spend from the same budget.
        caution: extra permits left free because of foreign traffic, learned from refusals.
        segment: the segment that the server is in. None until an answer has shown it.
        budget: how the budget is shared over a store; None if this process has it for itself.

    """

    limit: int
    estimated: float
    interactive: LaneStatistics
    bulk: LaneStatistics
    in_flight: int
    throttled: int
    cooldowns: int
    cooling: float
    phase_uncertainty: float | None
    reading: str | None
    foreign_rate: float
    caution: float
    segment: SegmentStatistics | None = None
    budget: BudgetStatistics | None = None

    @property
    def spent(self) -> int:
        """Permits of both lanes."""
        return self.interactive.spent + self.bulk.spent


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """A snapshot of a pool.

    Args:
        accounts: the budget of each account, in an order that does not identify it. Keys are not shown.
        under_way: requests that have a socket.
        waiting: requests with a permit that wait for a socket. If this stays above 0, `max_connections` is too low.

    """

    accounts: tuple[LimiterStatistics, ...]
    under_way: int
    waiting: int

    @property
    def spent(self) -> int:
        """Permits of all accounts."""
        return sum(account.spent for account in self.accounts)

    @property
    def throttled(self) -> int:
        """Answers with 429 of all accounts."""
        return sum(account.throttled for account in self.accounts)


@dataclass(frozen=True, slots=True)
class Health:
    """The health of an ingester. It has no data of records and no API key, so it can be shown.

    Args:
        status: "starting" until it is open. "ok" if records are taken and sent. "degraded" if records are taken and
            sending waits, which passes by itself. "failed" if records are not taken, or a record has waited too long.
        reason: the worst trouble; "" if there is none.
        since: when this trouble began, or since when there is none (UTC).
        advice: what to do about it; "" if there is nothing to do.
        has_ended: whether the ingester has ended, so that only a new one can send again.

    """

    status: HealthStatus
    reason: HealthReason
    since: datetime
    advice: str
    has_ended: bool = False

    @property
    def is_live(self) -> bool:
        """Whether the process should go on. If not, restart it."""
        return not self.has_ended

    @property
    def is_ready(self) -> bool:
        """Whether records should come here. A ready ingester is live."""
        return self.is_live and self.status in ("ok", "degraded")
