"""The public interface as text: one line for each name, with its signature, fields or value."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from types import ModuleType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
import typer

from woowup_async import WoowUp
from woowup_async.cli.app import app

#: The modules that docs/deprecation.md calls public.
MODULES = (
    "", "budget", "cleaning", "contrib.accounts", "contrib.fastapi", "contrib.fastapi_testing", "contrib.opentelemetry",
    "contrib.spark", "errors", "events", "models", "outcomes", "policies", "ports", "retention", "sinks", "sources",
    "statistics", "testing", "testing.contract",
)  # fmt: skip
OURS = "woowup_async"


def lines() -> list[str]:
    """Return the interface, sorted."""
    return sorted({*_library(), *_namespaces(), *_commands()})


def _library() -> Iterator[str]:
    homes: dict[int, str] = {}
    for name in MODULES:
        module = import_module(f"{OURS}.{name}".rstrip("."))
        for public in _names(module):
            path, value = f"{module.__name__}.{public}", getattr(module, public)
            if (home := homes.setdefault(id(value), path)) == path:
                yield from _shown(path, value)
            else:
                yield f"{path} is {home}"


def _names(module: ModuleType) -> list[str]:
    if listed := getattr(module, "__all__", None):
        return [name for name in listed if not name.startswith("__")]
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]


def _shown(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        yield from _class(name, value)
    elif inspect.isfunction(value):
        yield f"{name}{_signature(value)}"
    elif get_origin(value) in (Union, UnionType):
        yield f"{name} = " + " | ".join(each.__name__ for each in get_args(value))
    else:
        yield f"{name}: {type(value).__name__}"


def _class(name: str, kind: type[Any]) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in kind.__bases__ if base is not object)
    yield f"class {name}({bases})"
    if issubclass(kind, enum.Enum):
        yield from (f"{name}.{each.name} = {each.value!r}" for each in kind)
    elif issubclass(kind, msgspec.Struct):
        yield from _fields(name, kind)
    else:
        if _is_ours(kind.__init__) or is_dataclass(kind):
            yield f"{name}{_signature(kind.__init__)}"
        yield from (f"{name}.{public}: {annotation}" for public, annotation in _annotations(kind).items())
    yield from _members(name, kind)


def _fields(name: str, kind: type[msgspec.Struct]) -> Iterator[str]:
    annotations = _annotations(kind)
    for field in msgspec.structs.fields(kind):
        is_required = field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT
        yield f"{name}.{field.name}: {annotations.get(field.name, '')}{'' if is_required else ' = ...'}"


def _annotations(kind: type[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith(OURS):
            given = inspect.get_annotations(base)
            found |= {name: _type(of) for name, of in given.items() if not name.startswith("_")}
    return found


def _type(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)


def _members(name: str, kind: type[Any]) -> Iterator[str]:
    for public in dir(kind):
        home = next((base for base in kind.__mro__ if public in vars(base)), object)
        if public.startswith("_") or not home.__module__.startswith(OURS):
            continue
        member = vars(home)[public]
        if isinstance(member, classmethod | staticmethod):
            yield f"{name}.{public}{_signature(member.__func__)}"
        elif isinstance(member, property):
            returned = inspect.get_annotations(member.fget).get("return", "") if member.fget else ""
            yield f"{name}.{public} -> {_type(returned)}"
        elif inspect.isfunction(member):
            yield f"{name}.{public}{_signature(member)}"


def _signature(function: Any) -> str:
    """Return a signature. Of a default of our own classes, only the class is shown."""
    signature = inspect.signature(function)
    parameters = [
        each.replace(annotation=_plain(each.annotation), default=_default(each.default))
        for each in signature.parameters.values()
    ]
    text = str(signature.replace(parameters=parameters, return_annotation=_plain(signature.return_annotation)))
    return f"{text} (async)" if inspect.iscoroutinefunction(function) else text


class _Text:
    """Shows itself as a text without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _plain(annotation: Any) -> Any:
    return annotation if annotation is inspect.Signature.empty else _Text(_type(annotation))


def _default(value: Any) -> Any:
    if value is inspect.Parameter.empty or isinstance(value, str | int | float | bytes | tuple | None):
        return value
    return _Text(f"{type(value).__name__}(...)")


def _is_ours(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).startswith(OURS)


def _namespaces() -> Iterator[str]:
    """Yield the calls of a client, such as `WoowUp.users.create`."""
    woowup = WoowUp("key")
    for name in dir(woowup):
        space = None if name.startswith("_") else getattr(woowup, name)
        if type(space).__module__.startswith(f"{OURS}._resources"):
            yield from _members(f"{OURS}.WoowUp.{name}", type(space))


def _commands() -> Iterator[str]:
    yield from _options("woowup", typer.main.get_command(app))


def _options(name: str, command: Any) -> Iterator[str]:
    if subcommands := getattr(command, "commands", None):
        for public, each in subcommands.items():
            yield from _options(f"{name} {public}", each)
    for parameter in command.params:
        if getattr(parameter, "param_type_name", "") == "argument":
            yield f"{name} {parameter.name.upper()}"
        else:
            yield from (f"{name} {option}" for option in (*parameter.opts, *parameter.secondary_opts))
