"""The commands and their options.

Room: cli. Called by `main`. One clear line on standard error for each problem, never a traceback, never the key.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
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
from woowup_async.cli import plan as plans
from woowup_async.cli.job import REJECTED, STOPPED, USAGE, WELL, Ending, Job, policy_of, run_job, sources
from woowup_async.cli.progress import Display
from woowup_async.cli.simulate import simulate as serve
from woowup_async.cli.summary import lines_of
from woowup_async.errors import WoowUpError
from woowup_async.sources import Mapping

app = typer.Typer(
    help="Customers and purchases into WoowUp, by the million, within the account's budget.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
)
Json = Annotated[bool, typer.Option("--json", help="For machines.")]
Files = Annotated[list[str] | None, typer.Option(metavar="FILE", help="File, quoted glob, or - for stdin; repeatable.")]


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
    """Send a real day of orders into a simulated account and check what arrived."""
    raise typer.Exit(demos.run(Console()))


@app.command()
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="Shrinks the 30 s segment.")] = 1.0,
) -> None:
    """Be a WoowUp account on this machine, for rehearsals and integration tests.

    Example: woowup simulate --speed 60
    """
    try:
        raise typer.Exit(anyio.run(serve, Console(), port, speed))
    except OSError as error:
        _fail(f"cannot listen on port {port}: {error.strerror}", USAGE)


@app.command()
def backfill(
    users: Files = None,
    purchases: Files = None,
    from_dead_letters: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Send them again.")] = None,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML: the columns of a CSV.")] = None,
    journal: Annotated[Path | None, typer.Option(metavar="FILE", help="Resume here; skip what is known.")] = None,
    dead_letters: Annotated[Path | None, typer.Option(metavar="FILE", help="Keep rejected records.")] = None,
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Default: the vendor's.")] = None,
    rate_limit: Annotated[int, typer.Option(metavar="N", help="Requests per segment.")] = 70,
    segment: Annotated[float, typer.Option(metavar="S", help="Seconds per segment.")] = 30.0,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unknown fields.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Not history: orders may start campaigns.")] = False,
    policy: Annotated[list[str] | None, typer.Option(metavar="K=V", help="salvage=true, doubt=report, …")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="The journal is of this account's old key.")] = False,
) -> None:
    """Send users, then purchases, from JSON Lines or CSV files.

    The key comes from WOOWUP_API_KEY. Exit code: 0 all well, 1 some rejected, 2 usage, 3 stopped: with a journal
    the same command goes on.

    Example: woowup backfill --users u.jsonl --purchases 'o*.jsonl' --journal j
    """
    again = from_dead_letters or []
    if not (users or purchases or again):
        _fail("nothing to send: give --users, --purchases, or both", USAGE)
    _require_key()
    if [*(users or ()), *(purchases or ())].count("-") > 1:
        _fail("standard input (-) can be read once: give one of the two as a file", USAGE)
    if dead_letters is not None and any(dead_letters.resolve() == file.resolve() for file in again):
        _fail("--dead-letters must be another file than those of --from-dead-letters", USAGE)
    try:
        columns = Mapping.load(mapping) if mapping is not None else None
        job = Job(
            sources(users or [], Entity.USER, columns, again),
            sources(purchases or [], Entity.PURCHASE, columns, again),
            base_url,
            rate_limit=RateLimit(limit=rate_limit, segment=segment),
            ingest=policy_of(policy or [], strict=strict, live=live),
            dead_letters=dead_letters,
            journal=journal,
            has_new_key=new_key,
        )
        ending = _run(job)
    except (WoowUpError, ValueError) as error:
        _fail(str(error), USAGE)
    except OSError as error:
        _fail(f"{error.filename or 'input/output'}: {error.strerror}", STOPPED)
    for line in lines_of(ending.report, dead_letters):
        typer.echo(line)
    if ending.code == STOPPED:
        _fail(_how_to_go_on(ending, journal), STOPPED)
    raise typer.Exit(ending.code)


@app.command()
def plan(
    users: Files = None,
    purchases: Files = None,
    mapping: Annotated[Path | None, typer.Option(metavar="FILE", help="TOML: the columns of a CSV.")] = None,
    journal: Annotated[Path | None, typer.Option(metavar="FILE", help="Count only what it does not know.")] = None,
    rate_limit: Annotated[int, typer.Option(metavar="N", help="Requests per segment.")] = 70,
    segment: Annotated[float, typer.Option(metavar="S", help="Seconds per segment.")] = 30.0,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse unknown fields.")] = False,
    policy: Annotated[list[str] | None, typer.Option(metavar="K=V", help="salvage=true, …")] = None,
    as_json: Json = False,
) -> None:
    """Tell what a backfill would send, refuse and cost; send nothing.

    Exit code: 0 all valid, 1 some would be rejected here, 2 usage.

    Example: woowup plan --mapping m.toml --users u.csv --purchases 'o*.csv' --journal j
    """
    if not (users or purchases):
        _fail("nothing to plan: give --users, --purchases, or both", USAGE)
    try:
        columns, limit = Mapping.load(mapping) if mapping is not None else None, RateLimit(rate_limit, segment)
        job = Job(
            sources(users or [], Entity.USER, columns),
            sources(purchases or [], Entity.PURCHASE, columns),
            rate_limit=limit,
            ingest=policy_of(policy or [], strict=strict),
            journal=journal,
        )
        rehearsal = anyio.run(plans.plan, job)
    except (WoowUpError, ValueError) as error:
        _fail(str(error), USAGE)
    _tell(plans.as_json(rehearsal, limit) if as_json else plans.told(rehearsal, limit, journal))
    raise typer.Exit(REJECTED if rehearsal.report.rejected else WELL)


@app.command()
def doctor(
    base_url: Annotated[str | None, typer.Option(metavar="URL", help="Default: the vendor's.")] = None,
    connectors_url: Annotated[str | None, typer.Option(metavar="URL", help="Default: the vendor's.")] = None,
    segment: Annotated[float, typer.Option(metavar="S", help="Seconds per segment.")] = 30.0,
) -> None:
    """Check key, hosts, clock, limit and others on the account, with four requests.

    Exit code: 0 ready, 1 not ready, 2 usage.

    Example: WOOWUP_API_KEY=… woowup doctor
    """
    _require_key()

    async def told() -> bool:
        is_ready = True
        async for finding in doctors.examine(base_url, connectors_url, RateLimit(segment=segment)):
            typer.echo(str(finding))
            is_ready = is_ready and finding.verdict != "bad"
        return is_ready

    try:
        is_ready = anyio.run(told)
    except ValueError as error:
        _fail(str(error), USAGE)
    raise typer.Exit(WELL if is_ready else REJECTED)


@app.command()
def status(
    journal: Annotated[Path, typer.Argument(metavar="JOURNAL")],
    as_json: Json = False,
) -> None:
    """Tell what a journal holds, while a run writes to it or after.

    Example: woowup status shop.journal
    """
    try:
        found = look.status_of(journal)
    except WoowUpError as error:
        _fail(str(error), USAGE)
    _tell(look.status_json(found) if as_json else look.status_lines(found))


@app.command("dead-letters")
def dead_letters(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    entity: Annotated[str | None, typer.Option(metavar="E", help="Only user or purchase.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only this code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The letters themselves, to send again.")] = False,
) -> None:
    """Count rejected records by what was wrong with them, or pick some out.

    Example: woowup dead-letters bad.jsonl --code invalid --json > some.jsonl
    """
    try:
        found = look.letters(file, entity, code)
        if as_json:
            for line, _ in found:
                typer.echo(line.decode().rstrip())
        else:
            _tell(look.letter_lines(found))
    except WoowUpError as error:
        _fail(str(error), USAGE)


def _tell(what: Iterable[str] | dict[str, Any]) -> None:
    if isinstance(what, dict):
        typer.echo(msgspec.json.encode(what).decode())
        return
    for line in what:
        typer.echo(line)


def _how_to_go_on(ending: Ending, journal: Path | None) -> str:
    cause = f"stopped: {ending.stopped_by}; " if ending.stopped_by else ""
    if journal is not None:
        return f"{cause}give the same command again to go on where it stopped"
    return f"{cause}what was read and not sent is counted as released; with --journal it could go on from there"


def _run(job: Job) -> Ending:
    with Display(
        Console(stderr=True), limit=plans.per_minute(job.rate_limit), span=2 * job.rate_limit.segment
    ) as display:
        return anyio.run(run_job, job, display.hear)


def _require_key() -> None:
    if not os.environ.get("WOOWUP_API_KEY"):
        _fail("no API key: set WOOWUP_API_KEY", USAGE)


def _fail(message: str, code: int) -> NoReturn:
    typer.echo(f"woowup: {' '.join(message.split())}", err=True)
    raise typer.Exit(code)
