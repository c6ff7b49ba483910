"""`woowup backfill`: send files, show the progress, and write the reports.

Room: cli.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NoReturn

import anyio
import typer
from rich.console import Console

from woowup_async._platform import open_private
from woowup_async.budget.dsn import Dsn
from woowup_async.cli import options as o
from woowup_async.cli.advice import advice_for, how_to_continue
from woowup_async.cli.commands.dashboard import beside
from woowup_async.cli.commands.plan import show_plan
from woowup_async.cli.display.page import page
from woowup_async.cli.display.progress import Display, Watchers
from woowup_async.cli.display.recording import Recording, report_json
from woowup_async.cli.display.summary import empty_lines, run_lines
from woowup_async.cli.display.terminal import complain, is_json, json_text, log_as, say_all, say_json, stamp
from woowup_async.cli.display.words import unconfirmed_lines
from woowup_async.cli.exits import STOPPED, USAGE, fail, require_key
from woowup_async.cli.job import Ending, Job, run_job
from woowup_async.cli.outputs import check_apart, read_files
from woowup_async.cli.spend import per_minute
from woowup_async.cli.vendor import VendorStats
from woowup_async.errors import AccountGone, Forbidden, NotSent, ReplyLost, UnexpectedReply
from woowup_async.events import RunEvent
from woowup_async.sinks import Changes


def backfill(
    records: o.SentOptions,
    tables: o.TableOptions,
    output: o.OutputOptions,
    host: o.HostOptions,
    budget: o.BudgetOptions,
    rules: o.RuleOptions,
    run: o.RunOptions,
) -> None:
    """Send users, then purchases, from files. The key comes from WOOWUP_API_KEY."""
    log_as(run.log_format)
    if records.accounts is not None:
        _refuse_for_accounts(records, tables, output, run)
        from woowup_async.cli.fleet.command import Fleeting, run_fleet

        run_fleet(records.accounts, records.workers, Fleeting(host, budget, rules, run, output.report or ()))
    if records.workers is not None:
        fail("--workers is for --accounts", USAGE)
    dead_letters = output.from_dead_letters or []
    if not (records or dead_letters):
        fail("nothing to send: give --users, --purchases, or both", USAGE)
    check_apart(read_files(records, tables, dead_letters), _written_files(output))
    if run.dashboard and output.journal is None:
        fail("--dashboard shows a journal: give --journal, too", USAGE)
    if not run.dry_run:
        require_key()
    connection = host.connection(budget.policy())
    users, purchases = tables.open(records, dead_letters)
    job = Job(
        users,
        purchases,
        connection,
        ingest=rules.ingest(live=run.live),
        dead_letters=output.dead_letters,
        journal=output.journal,
        has_new_key=output.new_key,
        max_requests=run.max_requests,
        stop_at=run.stop_at,
        strict_exit=rules.strict_exit,
        batch=rules.batch(),
        order=rules.order,
        only_buyers=rules.only_buyers,
    )
    if run.dry_run:
        show_plan(job, as_json=run.as_json or is_json())
    outputs = Outputs(
        output.changes,
        output.report or (),
        output.integration_stats,
        log=output.connectors_log,
        as_json=run.log_format == "json",
        has_dashboard=run.dashboard,
    )
    _conclude(run_with(outputs, job), job, as_json=run.as_json)


def _refuse_for_accounts(
    records: o.SentOptions, tables: o.TableOptions, output: o.OutputOptions, run: o.RunOptions
) -> None:
    """Exit if an option is given that each account has for itself, or that several accounts cannot have."""
    of_account: dict[str, object] = {"users": records.users, "purchases": records.purchases, "journal": output.journal}
    of_account |= {"dead-letters": output.dead_letters, **asdict(tables)}
    alone: dict[str, object] = {
        "from-dead-letters": output.from_dead_letters,
        "changes": output.changes,
        "new-key": output.new_key,
    }
    alone |= {"integration-stats": output.integration_stats, "connectors-log": output.connectors_log}
    alone |= {"max-requests": run.max_requests, "dry-run": run.dry_run}
    for name, value in of_account.items():
        if value:
            fail(f"--{name} is a setting of each account in the file of --accounts", USAGE)
    for name, value in alone.items():
        if value:
            fail(f"--{name} cannot be used with --accounts: give it in a run of one account", USAGE)


def _written_files(output: o.OutputOptions) -> Iterator[tuple[str, Path | Dsn | None]]:
    yield from [("--journal", output.journal), ("--dead-letters", output.dead_letters), ("--changes", output.changes)]
    yield from (("--report", path) for path in output.report or ())


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a backfill writes while it runs and afterwards.

    Attributes:
        changes: a file for what cleaning changed.
        reports: files for the report, as HTML or JSON.
        stats: whether and how to post processing stats to the vendor.
        log: whether to post the data-processing record to the vendor.
        as_json: whether the progress is JSON lines.
        has_dashboard: whether to serve a dashboard of the journal while the job runs.

    """

    changes: Path | None = None
    reports: Sequence[Path] = ()
    stats: Literal["full", "redacted"] | None = None
    log: bool = False
    as_json: bool = False
    has_dashboard: bool = False

    def __post_init__(self) -> None:
        for path in self.reports:
            if path.suffix not in (".html", ".json"):
                raise ValueError(f"--report takes .html and .json files, got {path}")


def run_with(outputs: Outputs, job: Job) -> Ending:
    """Run a job and write its outputs.

    Raises:
        WoowUpError: a file cannot be opened. Nothing was sent.
        OSError: a source cannot be read to its end, or a report cannot be written.

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
        shown_by = display.notice if outputs.has_dashboard else None
        ending = anyio.run(_run, job, Watchers(display, *listeners), vendor, shown_by)
    if recording is not None:
        for path in outputs.reports:
            _write(path, recording, ending)
    return ending


async def _run(
    job: Job, watchers: Watchers, vendor: VendorStats | None, shown_by: Callable[[str], None] | None
) -> Ending:
    """Run a job, with a dashboard of its journal if there is something that shows its URL."""
    if shown_by is None or job.journal is None:
        return await run_job(job, watchers, vendor)
    async with beside(job.journal) as url:
        if url:
            shown_by(f"the dashboard is at {url}")
        return await run_job(job, watchers, vendor)


def _write(path: Path, recording: Recording, ending: Ending) -> None:
    """Write a report that only its owner can read, since reasons may contain personal data."""
    if path.suffix == ".html":
        text = page(recording, ending.report, ending.stopped_by)
    else:
        text = json_text(recording.as_json(ending.report, ending.stopped_by), indent=2)
    with os.fdopen(open_private(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "w", encoding="utf-8") as file:
        file.write(text)


def _conclude(ending: Ending, job: Job, *, as_json: bool) -> NoReturn:
    """Print the report and exit."""
    ended = report_json(ending.report) | {"stopped_by": ending.stopped_by, "exit_code": ending.code}
    if as_json:
        say_json(ended)
    elif is_json():
        say_json({"at": stamp(), "event": "end"} | ended)
    else:
        say_all(run_lines(ending.report, job.dead_letters))
        if not ending.stopped_by:
            say_all(empty_lines(ending.report))
        say_all(unconfirmed_lines(ending.report.unconfirmed))
    for failure in ending.unreported:
        complain(failure)
    if ending.code == STOPPED:
        fail(_how_to_continue(ending, job.journal), STOPPED)
    raise typer.Exit(ending.code)


def _how_to_continue(ending: Ending, journal: Path | Dsn | None) -> str:
    cause = f"stopped: {ending.stopped_by}; " if ending.stopped_by else ""
    if journal is not None:
        return f"{cause}{how_to_continue(ending.failure)}"
    if isinstance(ending.failure, Forbidden | AccountGone):
        return f"{cause}{advice_for(ending.failure)}"
    if isinstance(ending.failure, UnexpectedReply | NotSent | ReplyLost):
        cause += f"{advice_for(ending.failure)}; "
    return f"{cause}records that were read but not sent are counted as released; with --journal, a run can continue"
