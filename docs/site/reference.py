"""Writes the generated parts of the pages in `docs/reference/`.

A page says where a part belongs: `<!-- names: MODULE -->` for the public names of a module, `<!-- command -->` for all
commands, `<!-- variables -->` for the environment, `<!-- settings -->` for `woowup.toml`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import msgspec

from docs.site.command import command_page, settings_table, variables_table

_PART = re.compile(r"^<!-- (names|object|command|variables|settings)(?:: ([\w. ]+))? -->$", re.MULTILINE)


def with_reference(page: str) -> str:
    """Return a page with its generated parts."""
    return _PART.sub(lambda match: _part(match[1], match[2] or ""), page)


def public_names(module: ModuleType) -> list[str]:
    """Return the names of a module for users: `__all__`, or what it defines itself, in the order of the source."""
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return [name for name in listed if not name.startswith("__")]
    own = [
        (inspect.getsourcelines(value)[1], name)
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and (inspect.isclass(value) or inspect.isfunction(value))
    ]
    return [name for _, name in sorted(own)]


def _part(kind: str, argument: str) -> str:
    if kind == "command":
        return command_page()
    if kind == "variables":
        return variables_table()
    if kind == "settings":
        return settings_table()
    return "\n\n".join(f"::: {path}" for path in _paths(kind, argument))


def names_on(page: str) -> list[str]:
    """Return the paths of the names that a page describes."""
    return [path for part in _PART.finditer(page) for path in _paths(part[1], part[2] or "")]


def _paths(kind: str, argument: str) -> list[str]:
    if kind == "object":
        return argument.split()
    return [f"{argument}.{name}" for name in public_names(import_module(argument))] if kind == "names" else []


def value_of(path: str) -> Any:
    """Return the value at a path, such as the class at `woowup_async.models.User`."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def fields_table(path: str) -> str:
    """Return the fields of a struct as a table; "" if its docstring has them, or if it is no struct."""
    value = value_of(path)
    is_struct = inspect.isclass(value) and issubclass(value, msgspec.Struct) and value.__struct_fields__
    if not is_struct or "Args:" in (value.__doc__ or ""):
        return ""
    return "\n".join(["**Fields:**", "", "| field | type | default |", "|---|---|---|", *_fields(value)])


def _fields(struct: type[msgspec.Struct]) -> Iterator[str]:
    types: dict[str, Any] = {}
    for cls in reversed(struct.__mro__):
        types |= inspect.get_annotations(cls)
    for field in msgspec.structs.fields(struct):
        kind = types[field.name]
        yield f"| `{field.name}` | `{kind}` | {'required' if field.required else _default(field)} |"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default_factory is not msgspec.NODEFAULT:
        return "empty"
    return "absent" if field.default in (None, msgspec.UNSET) else f"`{field.default!r}`"
