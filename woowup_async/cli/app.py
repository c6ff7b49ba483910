"""The commands and their options.

Room: cli. Called by `main`. One clear line on standard error for each problem, never a traceback, never the key.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import anyio
import msgspec
import typer
from rich.console import Console

from woowup_async import RateLimit
from woowup_async._flow import Entity
from woowup_async._version import __version__
from woowup_async.cli import demo as demos
from woowup_async.cli import doctor as doctors
from woowup_async.cli import look
from woowup_async.cli import options as o
from woowup_async.cli import plan as plans
from woowup_async.cli import verify as verifications
from woowup_async.cli.backfill import Outputs, run
from woowup_async.cli.files import Files, files_of, sources
from woowup_async.cli.job import REJECTED, STOPPED, USAGE, WELL, Ending, Job, policy_of, rehearsed
from woowup_async.cli.recording import report_json
from woowup_async.cli.simulate import simulate as serve
from woowup_async.cli.summary import lines_of
from woowup_async.errors import WoowUpError

app = typer.Typer(
    help="Customers and purchases into WoowUp, by the million, within the account's budget.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"woowup_async {__version__}")
        raise typer.Exit


@app.callback()
def woowup(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Customers and purchases into WoowUp, by the million, within the account's budget."""


@app.command()
def demo() -> None:
    """Send a real day of orders to a simulator."""
    raise typer.Exit(demos.run(Console()))


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="Shrinks the 30 s segment.")] = 1.0,
) -> None:
    """Be a WoowUp account on this machine.

    For rehearsals and integration tests.

    Example: woowup simulate --speed 60
    """
    try:
        raise typer.Exit(anyio.run(serve, Console(), port, speed))
    except OSError as error:
        _fail(f"cannot listen on port {port}: {error.strerror}", USAGE)


@app.command()
def backfill(
    users: o.Files = None,
    purchases: o.Files = None,
    from_dead_letters: o.Again = None,
    mapping: o.Mapped = None,
    layout: o.Laid = None,
    clean: o.Clean = None,
    region: o.Region = None,
    changes: o.Changed = None,
    journal: o.Journal = None,
    new_key: o.NewKey = False,
    dead_letters: o.Letters = None,
    report: o.Reports = None,
    integration_stats: o.Stats = None,
    connectors_log: o.Log = False,
    base_url: o.Url = None,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    share: o.Share = 1.0,
    max_requests: o.Most = None,
    stop_at: o.Until = None,
    live: o.Live = False,
    strict: o.Strict = False,
    policy: o.Policy = None,
    dry_run: o.DryRun = False,
    log_format: o.LogFormat = "text",
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Send users, then purchases, from files.

    The key comes from WOOWUP_API_KEY. Exit code: 0 all well, 1 some rejected, 2 usage, 3 stopped: with a journal
    the same command goes on.

    Example: woowup backfill --users u.jsonl --purchases 'o*.jsonl' --journal j
    """
    again = from_dead_letters or []
    if not (users or purchases or again):
        _fail("nothing to send: give --users, --purchases, or both", USAGE)
    if dead_letters is not None and any(dead_letters.resolve() == file.resolve() for file in again):
        _fail("--dead-letters must be another file than those of --from-dead-letters", USAGE)
    if not dry_run:
        _require_key()
    with _failures_told():
        files = files_of(mapping, layout, clean, region, again)
        job = _job(files, users, purchases)(
            base_url=base_url,
            rate_limit=RateLimit(limit=rate_limit, segment=segment, share=share),
            ingest=policy_of(policy or [], strict=strict, live=live),
            dead_letters=dead_letters,
            journal=journal,
            has_new_key=new_key,
            max_requests=max_requests,
            stop_at=stop_at,
        )
        if dry_run:
            _plan(job, as_json=as_json)
        outputs = Outputs(changes, report or (), integration_stats, connectors_log, log_format == "json")
        ending = run(job, outputs)
    _conclude(ending, job, as_json=as_json)


@app.command()
def plan(
    users: o.Files = None,
    purchases: o.Files = None,
    mapping: o.Mapped = None,
    layout: o.Laid = None,
    clean: o.Clean = None,
    region: o.Region = None,
    journal: o.Journal = None,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    share: o.Share = 1.0,
    strict: o.Strict = False,
    policy: o.Policy = None,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Tell what a backfill would send and cost.

    Exit code: 0 all valid, 1 some would be rejected, 2 usage.
    Example: woowup plan --mapping m.toml --users u.csv --purchases 'o*.csv'
    """
    if not (users or purchases):
        _fail("nothing to plan: give --users, --purchases, or both", USAGE)
    with _failures_told():
        job = _job(files_of(mapping, layout, clean, region), users, purchases)(
            rate_limit=RateLimit(limit=rate_limit, segment=segment, share=share),
            ingest=policy_of(policy or [], strict=strict),
            journal=journal,
        )
        _plan(job, as_json=as_json)


@app.command()
def verify(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL")],
    sample: Annotated[int, typer.Option(min=0, metavar="N", help="Purchases to look up: a request each.")] = 50,
    delay: Annotated[float, typer.Option(metavar="S", help="Pending, not missing, so long.")] = verifications.DELAY,
    resubmit: Annotated[bool, typer.Option("--resubmit", help="Let the next backfill send missing ones.")] = False,
    base_url: o.Url = None,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Hold a journal against the account.

    Totals by branch, against the verification before; and a random sample of purchases, looked up.
    Exit code: 0 nothing missing, 1 some missing, 2 usage.

    Example: woowup verify shop.journal --sample 100
    """
    _require_key()
    with _failures_told():
        limit = RateLimit(limit=rate_limit, segment=segment)
        asked = verifications.Verification(journal, base_url, limit, sample, delay, resubmit)
        found = anyio.run(verifications.verify, asked, random.Random())
    _tell(verifications.as_json(found) if as_json else verifications.told(found))
    raise typer.Exit(REJECTED if found.missing else WELL)


@app.command()
def doctor(
    base_url: o.Url = None,
    connectors_url: o.Url = None,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Check key, hosts, clock, limit, and others.

    Exit code: 0 ready, 1 not ready, 2 usage.

    Example: WOOWUP_API_KEY=… woowup doctor
    """
    _require_key()

    async def told() -> bool:
        is_ready = True
        async for finding in doctors.examine(base_url, connectors_url, RateLimit(segment=segment)):
            _tell(asdict(finding) if as_json else [str(finding)])
            is_ready = is_ready and finding.verdict != "bad"
        return is_ready

    with _failures_told():
        is_ready = anyio.run(told)
    raise typer.Exit(WELL if is_ready else REJECTED)


@app.command()
def status(journal: Annotated[Path, typer.Argument(metavar="JOURNAL")], as_json: o.Json = False) -> None:
    """Tell what a journal holds.

    Example: woowup status shop.journal
    """
    with _failures_told():
        found = look.status_of(journal)
    _tell(look.status_json(found) if as_json else look.status_lines(found))


@app.command("dead-letters")
def dead_letters(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    entity: Annotated[str | None, typer.Option(metavar="E", help="Only user or purchase.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only this code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The letters themselves, to send again.")] = False,
) -> None:
    """Count rejected records, or pick some out.

    Example: woowup dead-letters bad.jsonl --code invalid --json > some.jsonl
    then:    woowup backfill --from-dead-letters some.jsonl
    """
    with _failures_told():
        found = look.letters(file, entity, code)
        if as_json:
            for line, _ in found:
                typer.echo(line.decode().rstrip())
        else:
            _tell(look.letter_lines(found))


def _job(files: Files, users: list[str] | None, purchases: list[str] | None) -> Callable[..., Job]:
    if [*(users or ()), *(purchases or ())].count("-") > 1:
        raise ValueError("standard input (-) can be read once: give one of the two as a file")
    return partial(Job, sources(files, Entity.USER, users or []), sources(files, Entity.PURCHASE, purchases or []))


def _plan(job: Job, *, as_json: bool) -> NoReturn:
    found = anyio.run(rehearsed, job)
    _tell(plans.as_json(found, job.rate_limit) if as_json else plans.told(found, job.rate_limit, job.journal))
    raise typer.Exit(REJECTED if found.report.rejected else WELL)


def _conclude(ending: Ending, job: Job, *, as_json: bool) -> NoReturn:
    _tell(
        report_json(ending.report) | {"stopped_by": ending.stopped_by, "exit_code": ending.code}
        if as_json
        else lines_of(ending.report, job.dead_letters)
    )
    for failure in ending.unreported:
        typer.echo(f"woowup: {failure}", err=True)
    if ending.code == STOPPED:
        _fail(_how_to_go_on(ending, job.journal), STOPPED)
    raise typer.Exit(ending.code)


def _how_to_go_on(ending: Ending, journal: Path | None) -> str:
    cause = f"stopped: {ending.stopped_by}; " if ending.stopped_by else ""
    if journal is not None:
        return f"{cause}give the same command again to go on"
    return f"{cause}what was read and not sent is counted as released; with --journal it could go on from there"


def _tell(what: Iterable[str] | dict[str, Any]) -> None:
    if isinstance(what, dict):
        typer.echo(msgspec.json.encode(what).decode())
        return
    for line in what:
        typer.echo(line)


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (WoowUpError, ValueError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"{error.filename or 'input/output'}: {error.strerror}", STOPPED)


def _require_key() -> None:
    if not os.environ.get("WOOWUP_API_KEY"):
        _fail("no API key: set WOOWUP_API_KEY", USAGE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"woowup: {' '.join(message.split())}", err=True)
    raise typer.Exit(code)
