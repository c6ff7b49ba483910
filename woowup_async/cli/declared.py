"""The commands as the parser sees them: their options and their help. Each loads its own module when it runs.

Room: cli. So the help of a command needs neither the network nor the models. `tests/cli/test_startup.py` has a list of
what must not be imported for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from woowup_async.cli import options as o
from woowup_async.cli.places import JournalPlace, parsed

Command = Callable[..., None]


def runs(module: str) -> Callable[[Command], Command]:
    """Let a declaration run the function with its name, in a module of `commands`."""

    def declared(declaration: Command) -> Command:
        @wraps(declaration)
        def run(*given: Any, **named: Any) -> None:
            command = getattr(import_module(f"woowup_async.cli.commands.{module}"), declaration.__name__)
            command(*given, **named)

        return run

    return declared


@runs("backfill")
def backfill(
    records: o.SentOptions,
    tables: o.TableOptions,
    output: o.OutputOptions,
    host: o.HostOptions,
    budget: o.BudgetOptions,
    rules: o.RuleOptions,
    run: o.RunOptions,
) -> None:
    """Send users, then purchases, from files. The key comes from WOOWUP_API_KEY.

    Exit code: 0 all accepted or left out, 1 some rejected, 2 wrong usage, 3 stopped (with a journal, the same command
    continues).

    Example: woowup backfill --users u.jsonl --purchases 'o*.jsonl' --journal j
    """


@runs("plan")
def plan(
    records: o.RecordOptions,
    tables: o.TableOptions,
    budget: o.BudgetOptions,
    rules: o.RuleOptions,
    files: o.PlanOptions,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Show what a backfill would send and cost.

    Exit code: 0 all valid or left out, 1 some would be rejected, 2 wrong usage.

    Example: woowup plan --mapping m.toml --users u.csv --purchases 'o*.csv'
    """


@runs("verify")
def verify(
    journal: o.JournalArgument,
    options: o.VerifyOptions,
    host: o.HostOptions,
    rate_limit: o.Limit = 70,
    segment: o.Segment = 30.0,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Compare a journal with the account.

    Compares totals by branch. If they differ, finds the days and the purchases. Looks up a random sample. Says before
    what it costs. Exit code: 0 nothing missing, 1 some missing, 2 wrong usage, 3 stopped by --max-requests.

    Example: woowup verify shop.journal --sample 100
    """


@runs("doctor")
def doctor(
    host: o.HostOptions,
    connectors_url: o.Url = None,
    segment: o.Segment = 30.0,
    journal: o.Journal = None,
    as_json: o.Json = False,
    config: o.Config = None,
) -> None:
    """Check network, key, limit, clock, disk and journal.

    Exit code: 0 ready, 1 not ready, 2 wrong usage.

    Example: woowup doctor --journal shop.journal
    """


@runs("status")
def status(journal: o.JournalArgument, as_json: o.Json = False) -> None:
    """Show the state of a journal.

    Of a ledger with several accounts, WOOWUP_API_KEY chooses one.

    Example: woowup status shop.journal
    """


@runs("dashboard")
def dashboard(
    journals: Annotated[list[JournalPlace], typer.Argument(metavar="JOURNAL...", parser=parsed)],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = o.PORT,
    host: Annotated[str, typer.Option(metavar="HOST", help="Where to listen; other than loopback needs --token.")] = (
        "127.0.0.1"
    ),
    token: Annotated[
        str | None,
        typer.Option(envvar="WOOWUP_DASHBOARD_TOKEN", show_envvar=False, help="Default: a random one."),
    ] = None,
) -> None:
    """Show journals as a live page, also while runs write to them.

    The page is read-only, and its URL has a token. WOOWUP_DASHBOARD_TOKEN sets it, too.

    Example: woowup dashboard shop.journal
    """


@runs("dead_letters")
def dead_letters(
    file: Annotated[JournalPlace, typer.Argument(metavar="FILE", help="Dead letters, or a journal.", parser=parsed)],
    entity: Annotated[str | None, typer.Option(metavar="E", help="Only user or purchase.")] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="Only this code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the dead letters, to send them again.")] = False,
) -> None:
    """Show rejected records by cause, with examples, or print them.

    A journal has keys, positions and reasons, and no bodies: they cannot be sent again from it.

    Example: woowup dead-letters bad.jsonl --code invalid --json > some.jsonl
    then:    woowup backfill --from-dead-letters some.jsonl
    """


@runs("new_key")
def new_key(
    journals: Annotated[list[str], typer.Argument(metavar="JOURNAL...", help="Also outboxes: name each slot.")],
) -> None:
    """Take over journals and outboxes for a renewed key.

    WOOWUP_API_KEY is the new key. All files must be of this account. If a service uses them, stop it before.

    Example: woowup new-key orders*.outbox
    """


@runs("forget")
def forget(
    journals: Annotated[
        list[str], typer.Argument(metavar="JOURNAL...", help="Also outboxes (name each slot), or env:NAME of a ledger.")
    ],
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="What ended before, such as 90d, 12w or 36h.")
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="An e-mail address, a document, or name:value."),
    ] = None,
    dead_letters: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Also these dead letters.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, only show what would go.")] = False,
    as_json: o.Json = False,
) -> None:
    """Forget customers, or what is old, in what runs left.

    The journal still recognises records, by hashes whose key is WOOWUP_API_KEY. Refused while a run uses a file or a
    record is in doubt. Other copies (backups, reports, --changes, source files) and the account are not touched.

    Example: woowup forget shop.journal --customer ana@example.com --dead-letters bad.jsonl --yes
    """


@runs("simulate")
def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 8765,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="Divides the 30 s segment.")] = 1.0,
) -> None:
    """Run a simulated WoowUp account on this machine.

    For dry runs and integration tests.

    Example: woowup simulate --speed 60
    """


@runs("demo")
def demo() -> None:
    """Send a real day of orders to a simulator.

    Example: woowup demo
    """
