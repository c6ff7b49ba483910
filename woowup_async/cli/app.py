"""The `woowup` command and its subcommands.

Room: cli. Each subcommand is declared in `declared`, and is a function in `commands`. A subcommand reports an error as
one line on standard error, without a traceback and without the API key.
"""

from __future__ import annotations

from typing import Annotated

import typer

from woowup_async._version import __version__
from woowup_async.cli import declared
from woowup_async.cli.declared_mapping import mapping
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


app.command("demo")(declared.demo)
app.command("simulate")(declared.simulate)
app.command("backfill", cls=Sections)(grouped(declared.backfill))
app.command("plan")(grouped(declared.plan))
app.command("verify")(grouped(declared.verify))
app.command("doctor")(grouped(declared.doctor))
app.command("status")(declared.status)
app.command("dashboard")(declared.dashboard)
app.command("dead-letters")(declared.dead_letters)
app.command("new-key")(declared.new_key)
app.command("forget")(declared.forget)
app.add_typer(mapping, name="mapping")
