"""The `woowup` command: which commands there are.

Room: cli. Each command is a function in `commands`. One clear line on standard error for each problem, never a
traceback, never the key.
"""

from __future__ import annotations

from typing import Annotated

import typer

from woowup_async._version import __version__
from woowup_async.cli.commands.backfill import backfill
from woowup_async.cli.commands.demo import demo_command
from woowup_async.cli.commands.doctor import doctor
from woowup_async.cli.commands.look import dead_letters, status
from woowup_async.cli.commands.plan import plan
from woowup_async.cli.commands.simulate import simulate_command
from woowup_async.cli.commands.verify import verify_journal
from woowup_async.cli.failures import Commands
from woowup_async.cli.groups import grouped

app: typer.Typer = typer.Typer(
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


app.command("demo")(demo_command)
app.command("simulate")(simulate_command)
app.command("backfill")(grouped(backfill))
app.command("plan")(grouped(plan))
app.command("verify")(grouped(verify_journal))
app.command("doctor")(grouped(doctor))
app.command("status")(status)
app.command("dead-letters")(dead_letters)
