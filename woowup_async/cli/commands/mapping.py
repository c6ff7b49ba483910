"""`woowup mapping`: the mappings of presets.

Room: cli.
"""

from __future__ import annotations

from typing import Annotated

import typer

from woowup_async.cli.display.terminal import say_all
from woowup_async.sources import presets

mapping: typer.Typer = typer.Typer(help="Show mappings of exports.", no_args_is_help=True, rich_markup_mode=None)


@mapping.callback()
def group() -> None:
    """Show mappings of exports."""


@mapping.command("show")
def show(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="A preset. Without it: all names.")] = None,
) -> None:
    """Print the mapping of a preset, to be changed.

    Exit code: 0 well, 2 there is no such preset.
    Example: woowup mapping show shopify > m.toml
    """
    say_all(presets.names() if name is None else presets.text_of(name).splitlines())
