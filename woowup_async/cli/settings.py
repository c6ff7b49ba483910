"""Defaults for options from `woowup.toml`.

    base-url = "https://…"        # for every command with this option

    [backfill]
    users = ["clientes_*.csv"]
    journal = "shop.journal"

Room: cli. The option `--config` loads them. Options on the command line take precedence. The API key is not a setting.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any

import typer

_FILE = Path("woowup.toml")


def load(context: typer.Context, path: Path | None) -> Path | None:
    """Use the settings of a file as the defaults of a command.

    Raises:
        typer.BadParameter: the file cannot be read, or has a name that is not an option.

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
    """Return the settings for a command. A name that no command has is an error."""
    options = _options(context.command)
    commands = getattr(context.parent.command, "commands", {}) if context.parent else {}
    everywhere = {name for command in commands.values() for name in _options(command)}
    defaults: dict[str, Any] = {}
    for name, value in tables.items():
        if isinstance(value, dict):
            _check(path, name, commands, "a command")
        else:
            _check(path, name, everywhere, "an option")
            defaults |= _default(options[name], value) if name in options else {}
    for name, value in tables.get(context.info_name or "", {}).items():
        _check(path, name, options, f"an option of {context.info_name}")
        defaults |= _default(options[name], value)
    return defaults


def _options(command: Any) -> dict[str, Any]:
    return {spelling.lstrip("-"): option for option in command.params for spelling in option.opts}


def _default(option: Any, value: Any) -> dict[str, Any]:
    """Return the default of an option. A single value is enough for a repeatable option."""
    return {option.name: [value] if option.multiple and not isinstance(value, list) else value}


def _check(path: Path, name: str, known: Any, what: str) -> None:
    if name.replace("_", "-") in ("api-key", "key"):
        raise typer.BadParameter(f"{path}: the key comes from WOOWUP_API_KEY, never from a file: remove it")
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise typer.BadParameter(f"{path}: {name} is not {what}" + (f"; did you mean {close[0]}?" if close else ""))
