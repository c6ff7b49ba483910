"""Writes what a run shows about itself into its journal, for `woowup dashboard` and `woowup status`.

Room: _ingest. A timer of the event loop writes, and not a task: it can neither be cancelled nor fail the run, and no
outcome waits for it. A write that fails is only logged, since the next outcome finds the same disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from woowup_async._ingest.announcer import Announcer
from woowup_async._ingest.rules.progress import Progress
from woowup_async._journal.live import Budget, Live, Problem
from woowup_async._limiting.memory import account_limiter
from woowup_async.events import RunEvent
from woowup_async.outcomes import Report, Tally
from woowup_async.ports import Ledger
from woowup_async.statistics import LimiterStatistics

Show = Callable[[Live, Sequence[Problem]], None]
Standing = Callable[[], Mapping[str, str]]

_log = logging.getLogger("woowup_async.ingest")

#: Seconds between two writes (guessed: as often as a person looks).
_PERIOD = 2.0
#: Seconds between two writes while nothing happens. A run that writes less often does not respond.
_IDLE = 10.0


class Showing:
    """Shows one run.

    Args:
        show: writes to the journal.
        announcer: passes on the events of the run, and has its counts.
        limiter: the account's limiter.
        standing: returns the troubles that hold now and that no event tells: their texts by kind.
        is_lasting: whether the run has no known end.

    """

    def __init__(
        self, show: Show, announcer: Announcer, limiter: object, standing: Standing = dict, *, is_lasting: bool = False
    ) -> None:
        self._show, self._standing = show, standing
        self._counts, self._limiter, self._is_lasting = announcer.counts, account_limiter(limiter), is_lasting
        self._progress = Progress(self._limiter.rate_limit.segment if self._limiter else 0.0)
        self._began = time.time()
        self._written = self._began - _IDLE
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, event: RunEvent) -> None:
        """Count an event."""
        self._progress.hear(event, time.time())

    def start(self) -> None:
        """Write now, and again every few seconds."""
        self._beat()

    def stop(self) -> None:
        """Write once more, and then no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._written = None, 0.0
            self.write(time.time())

    def write(self, now: float) -> None:
        """Write, unless nothing has happened and the last write is recent. It never fails."""
        try:
            self._write(now)
        except Exception as error:
            _log.debug("the live statistics were not written: %s", error)

    def _write(self, now: float) -> None:
        report, progress = self._counts.report(0.0), self._progress
        progress.settle(report.submitted, now)
        progress.hold(self._standing(), now)
        problems, budget = progress.changes(), self._budget()
        is_quiet = progress.active < self._written and not problems and not (budget and budget.cooling)
        # the machine's clock may have been put back
        if is_quiet and 0 <= now - self._written < _IDLE:
            return
        live = Live(
            at=now,
            began=self._began,
            active=progress.active,
            is_lasting=self._is_lasting,
            counts=_counts(report),
            requests=progress.requests,
            throttled=progress.throttled,
            minutes=progress.minutes(now),
            budget=budget,
        )
        self._show(live, problems)
        progress.keep()
        self._written = now

    def _beat(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_PERIOD, self._beat)
        self.write(time.time())

    def _budget(self) -> Budget | None:
        return budget_of(self._limiter.statistics()) if self._limiter else None


def budget_of(seen: LimiterStatistics) -> Budget:
    """Return what the journal stores of a limiter's statistics."""
    segment, shared = seen.segment, seen.budget
    return Budget(
        limit=seen.limit,
        estimated=seen.estimated,
        carried=segment.carried if segment else 0.0,
        current=segment.current if segment else seen.estimated,
        elapsed=segment.elapsed if segment else None,
        segment=segment.seconds if segment else 0.0,
        in_flight=seen.in_flight,
        waiting=seen.interactive.waiting + seen.bulk.waiting,
        throttled=seen.throttled,
        cooldowns=seen.cooldowns,
        cooling=seen.cooling,
        foreign_rate=seen.foreign_rate,
        workers=shared.workers if shared else 0,
        part=shared.part if shared else 1.0,
        is_fallen_back=shared is not None and shared.is_fallen_back,
    )


@contextmanager
def shown(
    ledger: Ledger | None, announcer: Announcer, limiter: object, standing: Standing = dict, *, is_lasting: bool = False
) -> Iterator[None]:
    """Show a run while the block runs. It shows nothing if the ledger has no `show_live`."""
    show: Show | None = getattr(ledger, "show_live", None)
    if show is None:
        yield
        return
    showing = Showing(show, announcer, limiter, standing, is_lasting=is_lasting)
    announcer.watcher = showing.hear
    showing.start()
    try:
        yield
    finally:
        showing.stop()


def _counts(report: Report) -> dict[str, dict[str, int]]:
    tallies = {
        "product": report.products,
        "branch": report.branches,
        "user": report.users,
        "member": report.members,
        "purchase": report.purchases,
    }
    return {entity: _tally(tally) for entity, tally in tallies.items() if tally.submitted}


def _tally(tally: Tally) -> dict[str, int]:
    names = ("accepted", "unconfirmed", "rejected", "released", "in_doubt")
    return {name: count for name in names if (count := getattr(tally, name))}
