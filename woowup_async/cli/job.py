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
import msgspec

from woowup_async import IngestPolicy, RateLimit, Report, WoowUp, WoowUpError
from woowup_async._flow import Entity, Record, Source
from woowup_async._ingest.stream import Outcomes
from woowup_async.errors import SourceError
from woowup_async.events import Event
from woowup_async.sources import DeadLetterFile, Mapping, open_source

#: Exit codes (design): all settled well, some rejected, usage, stopped and resumable.
WELL, REJECTED, USAGE, STOPPED = 0, 1, 2, 3


class Chain:
    """Several sources as one, in their order."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = sources

    def check(self) -> None:
        """Raise `SourceError` where one cannot be read."""
        for source in self.sources:
            source.check()

    async def __aiter__(self) -> AsyncGenerator[Record, None]:
        for source in self.sources:
            records = aiter(source)
            try:
                async for record in records:
                    yield record
            finally:
                await records.aclose()


@dataclass(frozen=True, slots=True)
class Job:
    """One backfill: what it sends and where to, what it remembers, where its dead letters end."""

    users: Chain | None
    purchases: Chain | None
    base_url: str | None = None
    api_key: str | None = None
    rate_limit: RateLimit = RateLimit()
    ingest: IngestPolicy = IngestPolicy()
    dead_letters: Path | None = None
    journal: Path | None = None
    has_new_key: bool = False


@dataclass(slots=True)
class Ending:
    """How a job ended: its report, and what stopped it, if anything did."""

    report: Report
    stopped_by: str = ""
    code: int = field(init=False)

    def __post_init__(self) -> None:
        unsettled = self.report.released + self.report.in_doubt
        self.code = STOPPED if self.stopped_by or unsettled else REJECTED if self.report.rejected else WELL


def sources(
    patterns: Sequence[str], entity: Entity, mapping: Mapping | None, dead_letters: Sequence[Path] = ()
) -> Chain | None:
    """Open files and globs as one source, in natural order; then files of dead letters.

    Raises:
        SourceError: one cannot be read, or a pattern matches nothing.

    """
    if not (patterns or dead_letters):
        return None
    paths = [path for pattern in patterns for path in _expanded(pattern)]
    letters = (DeadLetterFile(path, entity) for path in dead_letters)
    chain = Chain([*(open_source(path, entity, mapping) for path in paths), *letters])
    chain.check()
    return chain


def _expanded(pattern: str) -> list[str]:
    if pattern == "-" or Path(pattern).exists() or not glob.has_magic(pattern):
        return [pattern]
    found = sorted(glob.glob(pattern), key=_natural)  # noqa: PTH207 - a pattern may be absolute
    if not found:
        raise SourceError(f"no file matches {pattern}")
    return found


def _natural(path: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", path)]


def policy_of(words: Sequence[str], *, strict: bool, live: bool = False) -> IngestPolicy:
    """Read `name=value` words as fields of `IngestPolicy`. What is not `live` is history, and starts no campaigns.

    Raises:
        ValueError: naming the word, and what is allowed.

    """
    given: dict[str, object] = {"strict": strict, "approvedtime": None if live else "createtime"}
    for word in words:
        name, _, value = word.partition("=")
        if name not in IngestPolicy.__dataclass_fields__:
            raise ValueError(f"--policy takes {', '.join(IngestPolicy.__dataclass_fields__)}; got {word!r}")
        given[name] = value
    try:
        return msgspec.convert(given, IngestPolicy, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"--policy: {error}") from error


async def run_job(job: Job, on_event: Callable[[Event], None]) -> Ending:
    """Run a job to its end. The first SIGINT or SIGTERM drains it, the second stops it.

    Raises:
        ValueError: no key, or a base URL that is none.
        WoowUpError: journal or dead letters cannot be opened; nothing was sent.
        OSError: a file broke while it was read.

    """
    client = WoowUp(job.api_key, base_url=job.base_url, rate_limit=job.rate_limit, ingest=job.ingest)
    if job.journal is not None and job.has_new_key:
        client.adopt_journal(job.journal)
    failures, signals = list[Exception](), list[int]()
    async with (
        client,
        client.outcomes(
            job.users, job.purchases, journal=job.journal, dead_letters=job.dead_letters, on_event=on_event
        ) as run,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(_stop_on_signals, run, signals)
        try:
            async for _ in run:
                pass
        except Exception as error:  # kept, or the task group would wrap it
            failures.append(error)
        tasks.cancel_scope.cancel()
    if failures and not isinstance(failures[0], WoowUpError):
        raise failures[0]
    stopped_by = str(failures[0]) if failures else "interrupted" if signals else ""
    return Ending(run.report, stopped_by)


async def _stop_on_signals(run: Outcomes, received: list[int]) -> None:
    wanted = (signal.SIGINT, signal.SIGTERM) if os.name == "posix" else (signal.SIGINT,)
    with anyio.open_signal_receiver(*wanted) as signals:
        async for number in signals:
            received.append(number)
            run.drain() if len(received) == 1 else run.abort()
