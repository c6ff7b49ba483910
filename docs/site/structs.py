"""Shows the fields of structs and named tuples as parameters: an extension of griffe, named in `zensical.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from griffe import Attribute, Class, Expr, Extension, Function, Module, Parameter, ParameterKind, Parameters

#: Bases that make an `__init__` from the fields at run time.
_MADE = ("msgspec.Struct", "typing.NamedTuple")


class Structs(Extension):
    """Gives these classes an `__init__`."""

    def on_package(self, *, pkg: Module, **_: Any) -> None:
        """Add an `__init__` to each struct of a package."""
        for found in list(_classes(pkg)):
            if "__init__" not in found.members and _is_struct(found):
                _add_init(found)


def _classes(scope: Module | Class) -> Iterator[Class]:
    for member in scope.members.values():
        if not member.is_alias and isinstance(member, Module | Class):
            if isinstance(member, Class):
                yield member
            yield from _classes(member)


def _is_struct(found: Class) -> bool:
    bases = (base for each in [found, *_parents(found)] for base in each.bases)
    return any(isinstance(base, Expr) and base.canonical_path in _MADE for base in bases)


def _parents(found: Class) -> list[Class]:
    try:
        return list(found.mro())
    except ValueError:
        return []


def _add_init(found: Class) -> None:
    line = [*reversed(_parents(found)), found]
    is_by_name = any("kw_only" in each.keywords for each in line)
    kind = ParameterKind.keyword_only if is_by_name else ParameterKind.positional_or_keyword
    fields = {
        name: Parameter(name, annotation=member.annotation, kind=kind, default=member.value)
        for each in line
        for name, member in each.members.items()
        if isinstance(member, Attribute) and member.annotation is not None and "instance-attribute" in member.labels
    }
    own = Parameter("self", annotation=None, kind=ParameterKind.positional_or_keyword, default=None)
    init = Function("__init__", lineno=0, endlineno=0, parent=found, parameters=Parameters(own, *fields.values()))
    found.set_member("__init__", init)
