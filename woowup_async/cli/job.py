"""A backfill: what it sends, how it runs, and how it ends.

Room: cli.
"""

from __future__ import annotations

import logging
from contextlib import closing, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Protocol

import anyio

from woowup_async import IngestPolicy, Report, WoowUpError
from woowup_async._clock import MonotonicClock
from woowup_async._flow import Entity
from woowup_async._ingest.assembly import RunPolicy
from woowup_async._ingest.faces.inputs import Inputs
from woowup_async._ingest.faces.outcomes import Outcomes
from woowup_async._planning.dry_run import DryRun, dry_run
from woowup_async.budget.dsn import Dsn
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.forecast import Needed
from woowup_async.cli.exits import STOPPED, code_of
from woowup_async.cli.forecasting import counted
from woowup_async.cli.places import own_account
from woowup_async.cli.spend import per_minute
from woowup_async.cli.stops import Stops
from woowup_async.cli.vendor import VendorStats, post
from woowup_async.events import RunEvent
from woowup_async.policies import BatchPolicy
from woowup_async.ports import OnEvent
from woowup_async.sinks import DeadLetters
from woowup_async.sources._files import STDIN
from woowup_async.sources.stream import Records

_log = logging.getLogger("woowup_async.cli")

#: Seconds before a dry run starts in parallel with a run. A shorter run needs no forecast (guessed).
_SHORT = 2.0
#: Seconds between two notes in the journal about the progress of a run (guessed).
_NOTED = 2.0


class Watcher(Protocol):
    """Watches a job."""

    def hear(self, event: RunEvent) -> None:
        """Take an event. A `WoowUpError` from here stops the job cleanly."""
        ...

    def counting(self) -> None:
        """Note that a dry run starts to read the journal."""
        ...

    def expect(self, needed: Needed) -> None:
        """Take the counts of a dry run."""
        ...

    def notes(self) -> dict[str, str]:
        """Return notes about the run for `woowup status`: JSON or text by name."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """One backfill.

    Attributes:
        users: sent first. None for no users.
        purchases: sent after them. None for no purchases.
        connection: how to reach the account.
        api_key: None takes it from the environment.
        ingest: how records are checked and sent.
        dead_letters: a file for rejected records.
        journal: a file or a ledger that remembers outcomes.
        has_new_key: whether the journal was written with an older key of the account.
        max_requests: stop after this many requests. Reports to the vendor follow and are not counted.
        stop_at: stop at this time of day, as HH:MM.
        strict_exit: whether records left out by a rule of the mapping have an exit code of their own.
        batch: how purchases are collected in bulk requests.
        order: "recent" sends customers with the newest purchases first.
        only_buyers: whether users without purchases are left out.

    """

    users: Records | None
    purchases: Records | None
    connection: Connection = field(default_factory=Connection)
    api_key: str | None = None
    ingest: IngestPolicy = IngestPolicy()
    dead_letters: Path | None = None
    journal: Path | Dsn | None = None
    has_new_key: bool = False
    max_requests: int | None = None
    stop_at: str | None = None
    strict_exit: bool = False
    batch: BatchPolicy = BatchPolicy()
    order: Literal["given", "recent"] = "given"
    only_buyers: bool = False


@dataclass(slots=True)
class Ending:
    """How a job ended.

    Attributes:
        report: the counts.
        stopped_by: what stopped the job early. Empty if nothing did.
        failure: the error that stopped it. None if a person or an option did.
        unreported: errors of the reports to the vendor.
        strict_exit: as in `Job`.
        code: the exit code.

    """

    report: Report
    stopped_by: str = ""
    failure: WoowUpError | None = None
    unreported: list[str] = field(default_factory=list)
    strict_exit: bool = False
    code: int = field(init=False)

    def __post_init__(self) -> None:
        self.code = STOPPED if self.stopped_by else code_of(self.report, is_strict=self.strict_exit)


async def run_job(job: Job, watcher: Watcher, vendor: VendorStats | None = None) -> Ending:
    """Run a job to its end. The first SIGINT or SIGTERM drains it, the second aborts it.

    Raises:
        ValueError: there is no API key, the base URL is not a URL, or its host does not exist.
        WoowUpError: the journal or the dead letters cannot be opened. Nothing was sent.
        OSError: a file could not be read to its end.

    """
    guard = _Guard(watcher, Stops(job.max_requests, job.stop_at))
    async with job.connection.opened(job.api_key, job.ingest, job.batch) as woowup:
        await job.connection.check_host()
        if job.journal is not None and job.has_new_key:
            woowup.adopt_journal(job.journal)
        outcomes = woowup.outcomes(
            job.users, job.purchases, journal=job.journal, dead_letters=job.dead_letters, on_event=guard.hear,
            order=job.order, only_buyers=job.only_buyers,
        )  # fmt: skip
        async with guard.stops.bind(outcomes) as run, anyio.create_task_group() as tasks:
            tasks.start_soon(guard.stops.watch, run, MonotonicClock())
            tasks.start_soon(_forecast, job, watcher)
            tasks.start_soon(guard.keep_noting, run)
            await guard.read(run)
            tasks.cancel_scope.cancel()
        stopped_by = guard.stopped_by()
        unreported = await post(woowup, vendor) if vendor is not None else []
        return Ending(run.report, stopped_by, guard.failure(), unreported, job.strict_exit)


@dataclass(slots=True)
class _Guard:
    """Keeps the failures of a run and raises them after the run has ended cleanly."""

    watcher: Watcher
    stops: Stops
    failures: list[Exception] = field(default_factory=list)

    def hear(self, event: RunEvent) -> None:
        try:
            self.watcher.hear(event)
        except WoowUpError as error:  # a file that the watcher writes has failed
            self.failures.append(error)
            self.stops.drain(str(error))

    async def read(self, run: Outcomes) -> None:
        """Read the outcomes to the end. A failure is kept, since the task group would wrap it."""
        try:
            async for _ in run:
                pass
        except Exception as error:
            self.failures.append(error)

    async def keep_noting(self, run: Outcomes) -> None:
        """Write notes into the journal from time to time. If that fails, the run stops cleanly."""
        while True:
            await anyio.sleep(_NOTED)
            try:
                for name, value in self.watcher.notes().items():
                    run.note(name, value)
            except Exception as error:  # the task group would wrap it
                self.failures.append(error)
                self.stops.drain(str(error))
                return

    def failure(self) -> WoowUpError | None:
        """Return the error that stopped the run."""
        return next((failure for failure in self.failures if isinstance(failure, WoowUpError)), None)

    def stopped_by(self) -> str:
        """Return what stopped the run, or raise the failure if it is not one of ours."""
        for failure in self.failures:
            if not isinstance(failure, WoowUpError):
                raise failure
        return str(self.failures[0]) if self.failures else self.stops.cause


async def _forecast(job: Job, watcher: Watcher) -> None:
    """Do a dry run in another process, for the forecast. If it fails, the run continues without a forecast."""
    if _reads_stdin(job):
        return
    await anyio.sleep(_SHORT)
    secretless = replace(job, api_key=None, connection=replace(job.connection, proxy=None, budget=None))
    if job.journal is not None:
        watcher.counting()
    try:
        watcher.expect(await counted(secretless))
    except Exception as error:
        _log.debug("no forecast: %s", error)


def needed_by(job: Job) -> Needed:
    """Count the records of a job that cost requests, and the requests, with a dry run. This blocks."""
    result = anyio.run(dry_run_of, replace(job, dead_letters=None))  # the run itself writes them
    tallies = {Entity.USER: result.report.users, Entity.PURCHASE: result.report.purchases}
    records = {entity: each.accepted - each.effects.get("unchanged", 0) for entity, each in tallies.items()}
    of_users = sum(count for name, count in result.requests.items() if name.startswith("users."))
    requests = {Entity.USER: of_users, Entity.PURCHASE: result.requests.total() - of_users}
    return Needed(records, requests, {entity: each.submitted for entity, each in tallies.items()})


async def dry_run_of(job: Job, on_event: OnEvent | None = None, *, has_curve: bool = False) -> DryRun:
    """Run a job without sending anything. Its dead letters are written.

    `has_curve`: whether to estimate how soon the revenue is on the account.
    """
    per_hour = 60 * per_minute(job.connection.rate_limit) if has_curve else None
    policy = RunPolicy(BatchPolicy(), job.ingest, in_flight=8)
    letters = DeadLetters(job.dead_letters, skip_known=True) if job.dead_letters is not None else None
    with closing(letters) if letters is not None else nullcontext():
        # the order costs the same, but what is left out does not
        order: Literal["given", "recent"] = "recent" if job.only_buyers else "given"
        inputs = Inputs(
            job.users, job.purchases, job.journal, letters, on_event, order=order, only_buyers=job.only_buyers
        )
        return await dry_run(policy, inputs, per_hour, own_account())


def _reads_stdin(job: Job) -> bool:
    chains = (getattr(source, "sources", ()) for source in (job.users, job.purchases))
    return any(getattr(source, "path", None) == STDIN for chain in chains for source in chain)
