"""Checks whether the columns of an Arrow schema have types that fit a model.

Room: sources. It checks types only. The content of texts is checked for each record.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect


class _Whole:
    """An integer that may be written as 2.0, as pandas does in a column with missing integers."""


def misfits(schema: Any, model: type[msgspec.Struct]) -> Iterator[str]:
    """Yield an error for each column with a wrong type. Names that the model does not have are checked later."""
    known = _members(inspect.type_info(model))
    for column in schema:
        yield from _column(column.name.split("."), column.type, known, column.name)


def days_of(model: type[msgspec.Struct]) -> frozenset[str]:
    """Return the fields of a model that are days."""
    members = _members(inspect.type_info(model)).items()
    return frozenset(name for name, info in members if any("date" in extra for extra in _extras(info)))


def _extras(info: Any) -> Iterator[dict[str, Any]]:
    if isinstance(info, inspect.UnionType):
        for option in info.types:
            yield from _extras(option)
    elif isinstance(info, inspect.Metadata):
        yield info.extra or {}


def _members(info: Any) -> dict[str, Any]:
    return {spec.encode_name: spec.type for spec in info.fields}


def _column(names: list[str], arrow: Any, known: dict[str, Any], path: str) -> Iterator[str]:
    first, *rest = names
    wanted = _options(known.get(first))
    structs = [option for option in wanted if isinstance(option, inspect.StructType)]
    if rest:
        if structs:
            yield from _column(rest, arrow, _members(structs[0]), path)
    elif wanted:
        yield from _value(arrow, wanted, path)


def _options(info: Any) -> list[Any]:
    """Return the alternatives of a type, without its bounds and without None; an empty list for any type."""
    if isinstance(info, inspect.Metadata):
        info = _Whole() if "is_whole" in (info.extra or {}) else info.type
    if isinstance(info, inspect.UnionType):
        return [inner for option in info.types for inner in _options(option)]
    return [] if info is None or isinstance(info, inspect.NoneType | inspect.AnyType | inspect.DictType) else [info]


def _value(arrow: Any, wanted: list[Any], path: str) -> Iterator[str]:
    kind = _kind(arrow)
    for option in wanted:
        if kind == "list" and isinstance(option, inspect.ListType):
            yield from _value(arrow.value_type, _options(option.item_type) or [option], f"{path}[]")
            return
        if kind == "struct" and isinstance(option, inspect.StructType):
            for member in arrow:
                yield from _column([member.name], member.type, _members(option), f"{path}.{member.name}")
            return
    if not any(kind in _KINDS.get(type(option), ()) for option in wanted):
        words = dict.fromkeys(_WORDS.get(type(option), "text") for option in wanted)
        expected = " or ".join(word for word in words if word != "an integer" or "a number" not in words)
        yield f"column {path} is {arrow}, the API needs {expected}: cast it"


def _kind(arrow: Any) -> str:
    from pyarrow import types

    if types.is_dictionary(arrow):
        return _kind(arrow.value_type)
    tests = (
        ("null", types.is_null), ("text", types.is_string), ("text", types.is_large_string),
        ("text", types.is_string_view), ("bool", types.is_boolean),
        ("integer", types.is_integer), ("number", types.is_floating), ("number", types.is_decimal),
        ("moment", types.is_temporal), ("list", types.is_list), ("list", types.is_large_list),
        ("list", types.is_fixed_size_list), ("struct", types.is_struct),
    )  # fmt: skip
    return next((kind for kind, test in tests if test(arrow)), "other")


_KINDS: dict[type, tuple[str, ...]] = {
    inspect.StrType: ("text", "moment", "null"),
    inspect.LiteralType: ("text", "null"),
    inspect.IntType: ("integer", "null"),
    inspect.FloatType: ("integer", "number", "null"),
    _Whole: ("integer", "number", "null"),
    inspect.BoolType: ("bool", "null"),
    inspect.ListType: ("null",),
    inspect.StructType: ("null",),
}
_WORDS: dict[type, str] = {
    inspect.IntType: "an integer",
    _Whole: "an integer",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.StructType: "a struct",
}
