"""Dataclasses as groups of command line options.

Room: cli. Typer reads one option from each parameter of a command. `grouped` lets a command take a dataclass instead:

    @dataclass(frozen=True)
    class HostOptions:
        base_url: Annotated[str | None, typer.Option()] = None
        trust_env: Annotated[bool, typer.Option("--trust-env")] = False

    def doctor(host: HostOptions, as_json: Json = False) -> None: ...

    app.command()(grouped(doctor))  # has --base-url, --trust-env and --json

A group may name its section of the help: `panel: ClassVar = "Connection"`. `Sections` is a command whose help has these
sections. An option with a `rich_help_panel` of its own is in that section.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from typer.core import TyperCommand, TyperGroup


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has an option for each field of its dataclass parameters.

    Raises:
        TypeError: two options have the same name.

    """
    groups: dict[str, Any] = {name: hint for name, hint in get_type_hints(command).items() if is_dataclass(hint)}
    options = _options(command, groups)

    @wraps(command)
    def flat(**given: Any) -> None:
        for name, group in groups.items():
            given[name] = group(**{field.name: given.pop(field.name) for field in fields(group)})
        command(**given)

    flat.__signature__ = Signature(options)  # type: ignore[attr-defined]
    flat.__annotations__ = {option.name: option.annotation for option in options}
    return flat


def _options(command: Callable[..., None], groups: dict[str, Any]) -> list[Parameter]:
    """Return the parameters of a command, with the fields of a group in the place of the group."""
    hints, options = get_type_hints(command, include_extras=True), list[Parameter]()
    for name, parameter in signature(command).parameters.items():
        if name in groups:
            options += _fields(groups[name])
        else:
            options.append(_option(name, hints[name], parameter.default))
    repeated = [name for name, count in Counter(option.name for option in options).items() if count > 1]
    if repeated:
        raise TypeError(f"{command.__name__} has two options with the same name: {', '.join(repeated)}")
    return options


def _fields(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    panel = getattr(group, "panel", None)
    return [_option(field.name, _in_panel(hints[field.name], panel), _default(field)) for field in fields(group)]


def _in_panel(hint: Any, panel: str | None) -> Any:
    """Return the hint of an option with a section, unless it has one."""
    if panel is None or get_origin(hint) is not Annotated:
        return hint
    kind, *details = get_args(hint)
    copies = [copy(detail) for detail in details]
    for detail in copies:
        if getattr(detail, "rich_help_panel", panel) is None:
            detail.rich_help_panel = panel
    return Annotated[(kind, *copies)]


def _default(field: Field[Any]) -> Any:
    return Parameter.empty if field.default is MISSING else field.default


def _option(name: str, hint: Any, default: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hint)


#: The sections of the help of a command that has many options, in their order. Others follow.
_SECTIONS = ("Input", "Mapping", "Journal", "Limits", "Output", "Rules", "Connection", "Options")


class Sections(TyperCommand):
    """A command whose options are shown in sections. The help of other commands has one list."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write each section that has options."""
        sections: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS}
        for parameter in self.get_params(ctx):
            if (line := parameter.get_help_record(ctx)) is not None:
                panel = getattr(parameter, "rich_help_panel", None) or _SECTIONS[-1]
                sections.setdefault(panel, []).append(line)
        widest = max(len(name) for lines in sections.values() for name, _ in lines)
        for title, lines in sections.items():
            if lines:
                with formatter.section(title):
                    # names of one width put all explanations into one column
                    formatter.write_dl([(name.ljust(widest), text) for name, text in lines])


class Group(TyperGroup):
    """A command with sub-commands."""

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the options of the command itself."""
        options = super().get_params(ctx)
        for option in options:  # Typer imports pydantic to convert None, which takes a third of the time of a help
            if option.default is None and getattr(option, "is_flag", False):
                option.default = False
        return options
