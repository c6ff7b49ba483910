"""The `woowup` command and its subcommands.

Room: cli. Each subcommand is a function in `commands`. A subcommand reports an error as one line on standard error,
without a traceback and without the API key.
"""

from __future__ import annotations

from typing import Annotated

import typer

from woowup_async._version import __version__
from woowup_async.cli.commands.backfill import backfill
from woowup_async.cli.commands.dashboard import dashboard
from woowup_async.cli.commands.dead_letters import dead_letters
from woowup_async.cli.commands.demo import demo
from woowup_async.cli.commands.doctor import doctor
from woowup_async.cli.commands.forget import forget
from woowup_async.cli.commands.mapping import mapping
from woowup_async.cli.commands.new_key import new_key
from woowup_async.cli.commands.plan import plan
from woowup_async.cli.commands.simulate import simulate
from woowup_async.cli.commands.status import status
from woowup_async.cli.commands.verify import verify
from woowup_async.cli.failures import Commands
from woowup_async.cli.groups import Sections, grouped

app: typer.Typer = typer.Typer(
    cls=Commands,
    help="Send customers and purchases to WoowUp within the account's budget.",
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
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks, like WOOWUP_DEBUG=1.")] = False,
) -> None:
    """Send customers and purchases to WoowUp within the account's budget."""


app.command("demo")(demo)
app.command("simulate")(simulate)
app.command("backfill", cls=Sections)(grouped(backfill))
app.command("plan")(grouped(plan))
app.command("verify")(grouped(verify))
app.command("doctor")(grouped(doctor))
app.command("status")(status)
app.command("dashboard")(dashboard)
app.command("dead-letters")(dead_letters)
app.command("new-key")(new_key)
app.command("forget")(forget)
app.add_typer(mapping, name="mapping")
