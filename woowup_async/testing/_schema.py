"""A checker for the part of JSON Schema that the vendor's pages use, written for the simulator alone.

Room: testing. Pure. A schema becomes closures once, since a purchase is checked at each request. It never looks at our
models: each checks the other. What no page shows of the texts of errors is worded here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from woowup_async.testing._answers import is_address

Schema = dict[str, Any]
#: Takes a value and the path to it, and adds what is wrong to a list.
Check = Callable[[Any, str, list[str]], None]


def compiled(schema: Schema) -> Callable[[Any], list[str]]:
    """Return a function that says what is wrong with a value; an empty list for nothing."""
    check = _compile(schema)

    def errors_of(value: Any) -> list[str]:
        errors: list[str] = []
        check(value, "", errors)
        return errors

    return errors_of


def _compile(schema: Schema) -> Check:
    has_type = _type(schema) if "type" in schema else None
    checks = [make(schema) for keyword, make in _KEYWORDS.items() if keyword in schema]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if has_type is not None:
            known = len(errors)
            has_type(value, path, errors)
            if len(errors) > known:
                return  # of another type, nothing else can be said
        for each in checks:
            each(value, path, errors)

    return has_type if has_type is not None and not checks else check


# Types. A whole number is written without a decimal point (draft 4); draft 7 also takes 2.0.


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "whole": lambda value: _is_integer(value) or (isinstance(value, float) and value.is_integer()),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}


def _type(schema: Schema) -> Check:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    tests = [_TYPES[name] for name in names]
    text = "Expected " + " or ".join("integer" if name == "whole" else name for name in names)

    def check(value: Any, path: str, errors: list[str]) -> None:
        if not any(test(value) for test in tests):
            errors.append(_at(path, text if value is not None else f"{text}, null found"))

    return check


# Texts and numbers. Other types pass: `type` says what they should be.


def _enum(schema: Schema) -> Check:
    allowed = frozenset(schema["enum"])

    def check(value: Any, path: str, errors: list[str]) -> None:
        if not isinstance(value, str) or value not in allowed:
            errors.append(_at(path, "value not in enum"))

    return check


def _pattern(schema: Schema) -> Check:
    search = re.compile(schema["pattern"].removesuffix("$") + r"\Z").search

    def check(value: Any, path: str, errors: list[str]) -> None:
        if isinstance(value, str) and not search(value):
            errors.append(_at(path, "does not match pattern"))

    return check


def _min_length(schema: Schema) -> Check:
    least = schema["minLength"]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if isinstance(value, str) and len(value) < least:
            errors.append(_at(path, "is too short"))

    return check


def _multiple(schema: Schema) -> Check:
    of = schema["multipleOf"]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if _is_number(value) and value % of:
            errors.append(_at(path, f"is not a multiple of {of}"))

    return check


def _email(schema: Schema) -> Check:
    def check(value: Any, path: str, errors: list[str]) -> None:
        if isinstance(value, str) and not is_address(value):
            errors.append(_at(path, "Invalid email"))

    return check


# Objects and arrays.


def _required(schema: Schema) -> Check:
    names = schema["required"]

    def check(value: Any, path: str, errors: list[str]) -> None:
        absent = [name for name in names if name not in value] if isinstance(value, dict) else []
        if absent:
            quoted = ", ".join(f'"{name}"' for name in absent)
            errors.append(_at(path, f"Required properties missing: [{quoted}]"))

    return check


def _properties(schema: Schema) -> Check:
    checks = [(name, _compile(inner)) for name, inner in schema["properties"].items()]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if isinstance(value, dict):
            for name, inner in checks:
                if name in value:
                    inner(value[name], f"{path}.{name}" if path else name, errors)

    return check


def _items(schema: Schema) -> Check:
    inner = _compile(schema["items"])

    def check(value: Any, path: str, errors: list[str]) -> None:
        for item in value if isinstance(value, list) else ():
            inner(item, path, errors)

    return check


def _any_of(schema: Schema) -> Check:
    branches = [_compile(branch) for branch in schema["anyOf"]]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if not any(_passes(branch, value) for branch in branches):
            errors.append(_at(path, "Failed matching any of the provided schemas."))

    return check


def _one_of(schema: Schema) -> Check:
    branches = [_compile(branch) for branch in schema["oneOf"]]

    def check(value: Any, path: str, errors: list[str]) -> None:
        if sum(_passes(branch, value) for branch in branches) != 1:
            errors.append(_at(path, "Failed matching exactly one of the provided schemas."))

    return check


def _passes(check: Check, value: Any) -> bool:
    errors: list[str] = []
    check(value, "", errors)
    return not errors


def _at(path: str, text: str) -> str:
    return f"{path}: {text}" if path else text


#: In the order in which they are checked, after the type.
_KEYWORDS: dict[str, Callable[[Schema], Check]] = {
    "required": _required,
    "enum": _enum,
    "minLength": _min_length,
    "pattern": _pattern,
    "multipleOf": _multiple,
    "format": _email,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "properties": _properties,
    "items": _items,
}
