"""Settings from `woowup.toml`: defaults for options, by command.

    base-url = "https://…"        # for every command that has the option

    [backfill]
    users = ["clientes_*.csv"]
    journal = "shop.journal"

Room: cli. Called by the option `--config`. A flag beats the file. The key is never in it.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import typer

_FILE = Path("woowup.toml")


def load(context: typer.Context, path: Path | None) -> Path | None:
    """Take a file's settings as the defaults of a command.

    Raises:
        typer.BadParameter: it cannot be read, or holds a name that is not an option.

    """
    if path is None and not _FILE.is_file():
        return None
    path = path or _FILE
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise typer.BadParameter(f"{path}: {error}") from error
    context.default_map = _defaults(context, path, tables)
    return path


def _defaults(context: typer.Context, path: Path, tables: dict[str, Any]) -> dict[str, Any]:
    """What the file says to this command; a name that no command knows is an error, not a guess."""
    options = {spelling.lstrip("-"): each for each in context.command.params for spelling in each.opts}
    commands = getattr(context.parent.command, "commands", {}) if context.parent else {}
    everywhere = {
        spelling.lstrip("-") for command in commands.values() for each in command.params for spelling in each.opts
    }
    defaults: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            _known(path, name, commands, "a command")
        else:
            _known(path, name, everywhere, "an option")
            defaults |= _default(options[name], value) if name in options else {}
    for name, value in tables.get(context.info_name or "", {}).items():
        _known(path, name, options, f"an option of {context.info_name}")
        defaults |= _default(options[name], value)
    return defaults


def _default(option: Any, value: Any) -> dict[str, Any]:
    """One value will do for an option that may be repeated."""
    return {option.name: [value] if option.multiple and not isinstance(value, list) else value}


def _known(path: Path, name: str, known: Any, what: str) -> None:
    if name.replace("_", "-") in ("api-key", "key"):
        raise typer.BadParameter(f"{path}: the key comes from WOOWUP_API_KEY, never from a file; take it out")
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise typer.BadParameter(f"{path}: {name} is not {what}" + (f"; was {close[0]} meant?" if close else ""))
