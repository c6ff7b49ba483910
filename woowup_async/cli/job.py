"""What one backfill is asked to do, and how it ends.

Room: cli. Used by `backfill` and `demo`.
"""

from __future__ import annotations

import glob
import os
import re
import signal
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio

from woowup_async import IngestPolicy, RateLimit, Report, WoowUp, WoowUpError
from woowup_async._flow import Entity, Event, Record, Settled, Source
from woowup_async.errors import SourceError
from woowup_async.sinks.report import Counting
from woowup_async.sources import Mapping, open_source

#: Exit codes (design): all settled well, some rejected, usage, stopped and resumable.
WELL, REJECTED, USAGE, STOPPED = 0, 1, 2, 3


class Chain:
    """Several sources as one, in their order."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        for source in self._sources:
            records = aiter(source)
            try:
                async for record in records:
                    yield record
            finally:
                await records.aclose()


@dataclass(frozen=True, slots=True)
class Job:
    """One backfill: where it goes, what it sends, where its dead letters end."""

    users: Chain | None
    purchases: Chain | None
    base_url: str | None = None
    api_key: str | None = None
    rate_limit: RateLimit = RateLimit()
    ingest: IngestPolicy = IngestPolicy()
    dead_letters: Path | None = None


@dataclass(slots=True)
class Ending:
    """How a job ended: its report, and what stopped it, if anything did."""

    report: Report
    stopped_by: str = ""
    code: int = field(init=False)

    def __post_init__(self) -> None:
        unsettled = self.report.released + self.report.in_doubt
        self.code = STOPPED if self.stopped_by or unsettled else REJECTED if self.report.rejected else WELL


def sources(patterns: Sequence[str], entity: Entity, mapping: Mapping | None) -> Chain | None:
    """Open files and globs as one source, in natural order.

    Raises:
        SourceError: one cannot be read, or a pattern matches nothing.

    """
    if not patterns:
        return None
    paths = [path for pattern in patterns for path in _expanded(pattern)]
    return Chain([open_source(path, entity, mapping) for path in paths])


def _expanded(pattern: str) -> list[str]:
    if Path(pattern).exists() or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern), key=_natural)  # noqa: PTH207 - a pattern may be absolute
    if not found:
        raise SourceError(f"no file matches {pattern}")
    return found


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path)]


async def run_job(job: Job, on_event: Callable[[Event], None]) -> Ending:
    """Run a job to its end, or to the first SIGINT or SIGTERM.

    Raises:
        ValueError: no key, or a base URL that is none.
        OSError: a file broke while it was read.

    """
    counting, started = Counting(), anyio.current_time()

    def hear(event: Event) -> None:
        if isinstance(event, Settled):
            counting.write(event)
        else:
            counting.hear(event)
        on_event(event)

    client = WoowUp(job.api_key, base_url=job.base_url, rate_limit=job.rate_limit, ingest=job.ingest)
    ending: list[Ending | Exception] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_on_signal, tasks.cancel_scope)
        ending.append(await _ingested(client, job, hear))
        tasks.cancel_scope.cancel()
    if not ending:
        return Ending(counting.report(anyio.current_time() - started), "interrupted")
    if isinstance(ending[0], Exception):
        raise ending[0]
    return ending[0]


async def _ingested(client: WoowUp, job: Job, on_event: Callable[[Event], None]) -> Ending | Exception:
    """Return what went wrong instead of raising it, or the task group would wrap it."""
    try:
        async with client as woowup:
            report = await woowup.ingest(job.users, job.purchases, dead_letters=job.dead_letters, on_event=on_event)
    except WoowUpError as error:
        return Ending(error.report if isinstance(error.report, Report) else Report(), str(error))
    except Exception as error:
        return error
    return Ending(report)


async def _cancel_on_signal(scope: anyio.CancelScope) -> None:
    signals = (signal.SIGINT, signal.SIGTERM) if os.name == "posix" else (signal.SIGINT,)
    with anyio.open_signal_receiver(*signals) as received:
        async for _ in received:
            scope.cancel()
            return
