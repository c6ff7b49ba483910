"""`woowup mapping` as the parser sees it. Each of its commands loads its module when it runs.

Room: cli.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from woowup_async.cli.completion import preset_names
from woowup_async.cli.declared import runs
from woowup_async.cli.groups import Group

#: Rows of a sample (guessed: enough to see which days are above 12, and read in some seconds).
ROWS = 5_000

mapping: typer.Typer = typer.Typer(
    cls=Group, help="Show, draft and check mappings of exports.", no_args_is_help=True, rich_markup_mode=None
)


def _option(*names: str, **more: Any) -> Any:
    return typer.Option(*names, show_default=False, **more)


File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON, .xlsx or .parquet.", show_default=False)]
Users = Annotated[bool, _option("--users", help="The file has customers.")]
Purchases = Annotated[bool, _option("--purchases", help="The file has orders.")]


@mapping.callback()
def group() -> None:
    """Show, draft and check mappings of exports."""


@mapping.command("show")
@runs("mapping")
def show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A preset. Without it: all names.", autocompletion=preset_names),
    ] = None,
) -> None:
    """Print the mapping of a preset, to be changed.

    Exit code: 0 well, 2 there is no such preset.

    Example: woowup mapping show shopify > m.toml
    """


@mapping.command("new")
@runs("mapping")
def new(
    file: File,
    output: Annotated[Path | None, _option(metavar="FILE", help="Write it here. Default: standard output.")] = None,
    force: Annotated[bool, _option("--force", help="Replace the file of --output.")] = False,
    users: Users = False,
    purchases: Purchases = False,
    rows: Annotated[int, _option(metavar="N", min=1, help="Rows of the sample. Default: 5,000.")] = ROWS,
) -> None:
    """Draft a mapping from the first rows of a file.

    The draft is tried on these rows: it says how many records fit, and why the
    others do not. Nothing is sent.

    Exit code: 0 a draft is written, 2 wrong usage, or the file cannot be read.

    Example: woowup mapping new ventas.csv --output m.toml
    """


@mapping.command("check")
@runs("mapping")
def check(
    mapping_file: Annotated[Path, typer.Argument(metavar="MAPPING", help="TOML.", show_default=False)],
    file: File,
    users: Users = False,
    purchases: Purchases = False,
    rows: Annotated[int, _option(metavar="N", min=1, help="Rows that are read. Default: 5,000.")] = ROWS,
) -> None:
    """Show the first three records as sent, beside their rows.

    Without --users or --purchases it shows both, as far as the mapping has them.
    Nothing is sent.

    Exit code: 0 all records of these rows fit, 1 some do not, 2 wrong usage.

    Example: woowup mapping check m.toml ventas.csv
    """
