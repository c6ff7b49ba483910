"""Checks values against the part of JSON Schema that the vendor's pages use. Only the simulator uses it.

Room: testing. Pure. A schema is compiled to closures once, since each purchase is checked. It never uses the
models of the library, so that each is a check of the other. If no page shows the text of an error, the text is from
here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from woowup_async.testing._answers import is_address

Schema = dict[str, Any]
#: The path of each error, and its text.
Errors = Sequence[tuple[str, str]]
Check = Callable[[Any], Errors]
_FINE: Errors = ()


def compiled(schema: Schema) -> Callable[[Any], list[str]]:
    """Return a function that lists the errors of a value. The list of a valid value is empty."""
    check = _compile(schema)
    return lambda value: [f"{path}: {text}" if path else text for path, text in check(value)]


def _compile(schema: Schema) -> Check:
    checks = [make(schema) for keyword, make in _KEYWORDS.items() if keyword in schema]
    if "type" not in schema:
        return _all_of(checks)
    has_type = _type(schema)
    if not checks:
        return has_type
    rest = _all_of(checks)
    return lambda value: has_type(value) or rest(value)  # a value of another type is not checked further


def _all_of(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]

    def check(value: Any) -> Errors:
        found = _FINE
        for each in checks:
            if errors := each(value):
                found = [*found, *errors]
        return found

    return check


def _rule(holds: Callable[[Any], bool], text: str) -> Check:
    errors = (("", text),)
    return lambda value: _FINE if holds(value) else errors


# Types: JSON decodes to these classes and no others. In draft 4 an integer has no decimal point. The integer of draft 7
# is called `whole` here and also takes 2.0.

_CLASSES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "whole": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip


def _classes_of(schema: Schema) -> frozenset[type]:
    names = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return frozenset(each for name in names for each in _CLASSES[name])


def _type(schema: Schema) -> Check:
    classes, names = _classes_of(schema), str(schema["type"]).strip("[]").replace("'", "").replace(", ", " or ")
    text = f"Expected {names.replace('whole', 'integer')}"
    errors, of_null = (("", text),), (("", f"{text}, null found"),)
    is_whole = schema["type"] == "whole"

    def check(value: Any) -> Errors:
        if type(value) in classes or (is_whole and isinstance(value, float) and value.is_integer()):
            return _FINE
        return of_null if value is None else errors

    return check


# Texts and numbers. Values of other types pass, since `type` checks them.


def _enum(schema: Schema) -> Check:
    allowed = frozenset(schema["enum"])
    return _rule(lambda value: isinstance(value, str) and value in allowed, "value not in enum")


def _pattern(schema: Schema) -> Check:
    search = re.compile(schema["pattern"].removesuffix("$") + r"\Z").search
    return _rule(lambda value: type(value) is not str or bool(search(value)), "does not match pattern")


def _min_length(schema: Schema) -> Check:
    least = schema["minLength"]
    return _rule(lambda value: not isinstance(value, str) or len(value) >= least, "is too short")


def _multiple(schema: Schema) -> Check:
    of = schema["multipleOf"]
    return _rule(lambda value: type(value) not in _CLASSES["number"] or value % of == 0, f"is not a multiple of {of}")


def _email(schema: Schema) -> Check:
    return _rule(lambda value: not isinstance(value, str) or is_address(value), "Invalid email")


# Objects and arrays.


def _required(schema: Schema) -> Check:
    names = schema["required"]
    needed = frozenset(names)

    def check(value: Any) -> Errors:
        if not isinstance(value, dict) or needed <= value.keys():
            return _FINE
        quoted = ", ".join(f'"{name}"' for name in names if name not in value)
        return (("", f"Required properties missing: [{quoted}]"),)

    return check


def _properties(schema: Schema) -> Check:
    properties = schema["properties"].items()
    checks = {name: _compile(inner) for name, inner in properties}
    plain = {name: _classes_of(inner) for name, inner in properties if inner.keys() == {"type"}}
    nothing: frozenset[type] = frozenset()

    def check(value: Any) -> Errors:
        found = _FINE
        for name, part in value.items() if isinstance(value, dict) else ():
            if type(part) in plain.get(name, nothing):
                continue
            if (inner := checks.get(name)) and (errors := inner(part)):
                found = [*found, *((f"{name}.{path}" if path else name, text) for path, text in errors)]
        return found

    return check


def _items(schema: Schema) -> Check:
    inner = _compile(schema["items"])

    def check(value: Any) -> Errors:
        found = _FINE
        for item in value if isinstance(value, list) else ():
            if errors := inner(item):
                found = [*found, *errors]
        return found

    return check


def _any_of(schema: Schema) -> Check:
    branches = [_compile(branch) for branch in schema["anyOf"]]
    text = "Failed matching any of the provided schemas."
    return _rule(lambda value: any(not branch(value) for branch in branches), text)


def _one_of(schema: Schema) -> Check:
    branches = [_compile(branch) for branch in schema["oneOf"]]
    text = "Failed matching exactly one of the provided schemas."
    return _rule(lambda value: sum(not branch(value) for branch in branches) == 1, text)


#: The checks in their order, after the type.
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
