"""`woowup backfill`: a job, those who watch it, and what is written afterwards.

Room: cli.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn

import anyio
import typer
from rich.console import Console

from woowup_async.cli import options as o
from woowup_async.cli.commands.plan import show_plan
from woowup_async.cli.connection import Connection
from woowup_async.cli.display.page import page
from woowup_async.cli.display.progress import Display, Watchers
from woowup_async.cli.display.recording import Recording, report_json
from woowup_async.cli.display.summary import lines_of
from woowup_async.cli.display.terminal import complain, json_text, log_as, say_all, say_json
from woowup_async.cli.display.words import unconfirmed_lines
from woowup_async.cli.exits import STOPPED, USAGE, fail, require_key
from woowup_async.cli.job import Ending, Job, run_job
from woowup_async.cli.spend import per_minute
from woowup_async.cli.vendor import VendorStats
from woowup_async.events import RunEvent
from woowup_async.sinks import Changes


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a backfill leaves beside its outcomes."""

    changes: Path | None = None
    reports: Sequence[Path] = ()
    stats: Literal["full", "redacted"] | None = None
    log: bool = False
    as_json: bool = False

    def __post_init__(self) -> None:
        for path in self.reports:
            if path.suffix not in (".html", ".json"):
                raise ValueError(f"--report takes .html and .json files, got {path}")


def run(job: Job, outputs: Outputs) -> Ending:
    """Run a job, and write its reports.

    Raises:
        WoowUpError: a file cannot be opened; nothing was sent.
        OSError: a source broke, or a report cannot be written.

    """
    limit = job.connection.rate_limit
    pace = per_minute(limit)
    recording = Recording(pace) if outputs.reports else None
    vendor = VendorStats(outputs.stats, log=outputs.log) if outputs.stats or outputs.log else None
    with ExitStack() as stack:
        listeners: list[Callable[[RunEvent], None]] = [each.hear for each in (recording, vendor) if each is not None]
        if outputs.changes is not None:
            listeners.append(stack.enter_context(closing(Changes(outputs.changes))))
        display = Display(Console(stderr=True), limit=pace, span=2 * limit.segment, as_json=outputs.as_json)
        stack.enter_context(display)
        ending = anyio.run(run_job, job, Watchers(display, *listeners), vendor)
    if recording is not None:
        for path in outputs.reports:
            _write(path, recording, ending)
    return ending


def _write(path: Path, recording: Recording, ending: Ending) -> None:
    """Write a report that only its owner may read: reasons may hold what customers wrote."""
    if path.suffix == ".html":
        text = page(recording, ending.report, ending.stopped_by)
    else:
        text = json_text(recording.as_json(ending.report, ending.stopped_by), indent=2)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def backfill(
    given: o.Given,
    tables: o.Tables,
    kept: o.Kept,
    host: o.Host,
    budget: o.Budget,
    rules: o.Rules,
    control: o.Control,
) -> None:
    """Send users, then purchases, from files.

    The key comes from WOOWUP_API_KEY. Exit code: 0 all well, 1 some rejected, 2 usage, 3 stopped: with a journal
    the same command goes on.

    Example: woowup backfill --users u.jsonl --purchases 'o*.jsonl' --journal j
    """
    again = kept.from_dead_letters or []
    if not (given or again):
        fail("nothing to send: give --users, --purchases, or both", USAGE)
    _refuse_shared_files(given, tables, kept)
    if not control.dry_run:
        require_key()
    log_as(control.log_format)
    limit = budget.policy()
    job = Job(
        *tables.sources(given, again),
        connection=Connection(host.base_url, rate_limit=limit, trust_env=host.trust_env),
        ingest=rules.ingest(live=control.live),
        dead_letters=kept.dead_letters,
        journal=kept.journal,
        has_new_key=kept.new_key,
        max_requests=control.max_requests,
        stop_at=control.stop_at,
    )
    if control.dry_run:
        show_plan(job, as_json=control.as_json)
    is_json = control.log_format == "json"
    outputs = Outputs(kept.changes, kept.report or (), kept.integration_stats, kept.connectors_log, is_json)
    _conclude(run(job, outputs), job, as_json=control.as_json)


def _refuse_shared_files(given: o.Given, tables: o.Tables, kept: o.Kept) -> None:
    """End the command where a file that is written is also another file of the run."""
    patterns = [*(given.users or ()), *(given.purchases or ())]
    names = [name for each in patterns for name in glob.glob(each) or [each]]  # noqa: PTH207 - it may be absolute
    read = [("--users or --purchases", Path(name)) for name in names]
    read += [("--from-dead-letters", path) for path in kept.from_dead_letters or ()]
    read += [("--mapping", tables.mapping)] if tables.mapping is not None else []
    taken = {path.resolve(): option for option, path in read}
    written = [("--journal", kept.journal), ("--dead-letters", kept.dead_letters), ("--changes", kept.changes)]
    for option, path in [*written, *(("--report", each) for each in kept.report or ())]:
        if path is None:
            continue
        if (other := taken.setdefault(path.resolve(), option)) is not option:
            fail(f"{option} must be another file than those of {other}", USAGE)


def _conclude(ending: Ending, job: Job, *, as_json: bool) -> NoReturn:
    if as_json:
        say_json(report_json(ending.report) | {"stopped_by": ending.stopped_by, "exit_code": ending.code})
    else:
        say_all(lines_of(ending.report, job.dead_letters))
        say_all(unconfirmed_lines(ending.report.unconfirmed))
    for failure in ending.unreported:
        complain(failure)
    if ending.code == STOPPED:
        fail(_how_to_go_on(ending, job.journal), STOPPED)
    raise typer.Exit(ending.code)


def _how_to_go_on(ending: Ending, journal: Path | None) -> str:
    cause = f"stopped: {ending.stopped_by}; " if ending.stopped_by else ""
    if journal is not None:
        return f"{cause}give the same command again to go on"
    return f"{cause}what was read and not sent is counted as released; with --journal it could go on from there"
