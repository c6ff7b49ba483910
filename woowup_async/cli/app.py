"""The commands and their options.

Room: cli. Called by `main`. One clear line on standard error for each problem, never a traceback, never the key.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import anyio
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
from woowup_async.cli.connection import Connection
from woowup_async.cli.failures import Commands, fail
from woowup_async.cli.files import Files, check_mapping, files_of, sources
from woowup_async.cli.job import REJECTED, STOPPED, USAGE, WELL, Ending, Job, dry_run_of, policy_of
from woowup_async.cli.recording import report_json
from woowup_async.cli.simulate import simulate as serve
from woowup_async.cli.summary import lines_of
from woowup_async.cli.terminal import complain, log_as, say_all, say_json, say_raw
from woowup_async.cli.words import unconfirmed_lines

app = typer.Typer(
    cls=Commands,
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
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks, as WOOWUP_DEBUG=1 does.")] = False,
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
        fail(f"cannot listen on port {port}: {error.strerror}", USAGE)


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
    trust_env: o.TrustEnv = False,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    share: o.Share = 1.0,
    max_requests: o.Most = None,
    stop_at: o.Until = None,
    live: o.Live = False,
    strict: o.Strict = False,
    unknown_users: o.Unknown = None,
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
        fail("nothing to send: give --users, --purchases, or both", USAGE)
    if dead_letters is not None and any(dead_letters.resolve() == file.resolve() for file in again):
        fail("--dead-letters must be another file than those of --from-dead-letters", USAGE)
    if not dry_run:
        _require_key()
    log_as(log_format)
    limit = RateLimit(limit=rate_limit, segment=segment, share=share)
    files = files_of(mapping, layout, clean, region, again)
    job = _job(files, users, purchases)(
        connection=Connection(base_url, rate_limit=limit, trust_env=trust_env),
        ingest=policy_of(policy or [], strict=strict, live=live, unknown_users=unknown_users),
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
    unknown_users: o.Unknown = None,
    policy: o.Policy = None,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Tell what a backfill would send and cost.

    Exit code: 0 all valid, 1 some would be rejected, 2 usage.
    Example: woowup plan --mapping m.toml --users u.csv --purchases 'o*.csv'
    """
    if not (users or purchases):
        fail("nothing to plan: give --users, --purchases, or both", USAGE)
    job = _job(files_of(mapping, layout, clean, region), users, purchases)(
        connection=Connection(rate_limit=RateLimit(limit=rate_limit, segment=segment, share=share)),
        ingest=policy_of(policy or [], strict=strict, unknown_users=unknown_users),
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
    trust_env: o.TrustEnv = False,
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
    limit = RateLimit(limit=rate_limit, segment=segment)
    connection = Connection(base_url, rate_limit=limit, trust_env=trust_env)
    asked = verifications.Verification(journal, connection, sample, delay, resubmit)
    found = anyio.run(verifications.verify, asked, random.Random())
    if as_json:
        say_json(verifications.as_json(found))
    else:
        say_all(verifications.told(found))
    raise typer.Exit(REJECTED if found.missing else WELL)


@app.command()
def doctor(
    base_url: o.Url = None,
    connectors_url: o.Url = None,
    trust_env: o.TrustEnv = False,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Check key, hosts, clock, limit, and others.

    Exit code: 0 ready, 1 not ready, 2 usage.

    Example: WOOWUP_API_KEY=… woowup doctor
    """
    _require_key()

    connection = Connection(base_url, connectors_url, RateLimit(segment=segment), trust_env)

    async def told() -> bool:
        is_ready = True
        async for finding in doctors.examine(connection):
            if as_json:
                say_json(asdict(finding))
            else:
                say_all(finding.lines())
            is_ready = is_ready and finding.verdict != "bad"
        return is_ready

    is_ready = anyio.run(told)
    raise typer.Exit(WELL if is_ready else REJECTED)


@app.command()
def status(journal: Annotated[Path, typer.Argument(metavar="JOURNAL")], as_json: o.Json = False) -> None:
    """Tell what a journal holds.

    Example: woowup status shop.journal
    """
    found = look.status_of(journal)
    if as_json:
        say_json(look.status_json(found))
    else:
        say_all(look.status_lines(found))


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
    wanted = look.Wanted(entity, code)
    if not as_json:
        say_all(look.letter_lines(look.letters(file), wanted))
        return
    for found in look.letters(file):
        if isinstance(found, look.Unreadable):
            complain(str(found))
        elif wanted.has(found):
            say_raw(found.text)


def _job(files: Files, users: list[str] | None, purchases: list[str] | None) -> Callable[..., Job]:
    if [*(users or ()), *(purchases or ())].count("-") > 1:
        raise ValueError("standard input (-) can be read once: give one of the two as a file")
    check_mapping(files, [*(users or []), *(purchases or [])])
    return partial(Job, sources(files, Entity.USER, users or []), sources(files, Entity.PURCHASE, purchases or []))


def _plan(job: Job, *, as_json: bool) -> NoReturn:
    found = anyio.run(dry_run_of, job)
    if as_json:
        say_json(plans.as_json(found, job))
    else:
        say_all(plans.told(found, job))
    raise typer.Exit(REJECTED if found.report.rejected else WELL)


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


def _require_key() -> None:
    if not os.environ.get("WOOWUP_API_KEY"):
        fail("no API key: set WOOWUP_API_KEY", USAGE)
