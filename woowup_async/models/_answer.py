"""The base of every answer: documented keys are fields, and all other keys are in `extra`.

Room: models. Pure. A field is required only if the pages promise it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")
Fits = Callable[[Any, Any], bool]

#: Errors of a conversion if a value does not fit; the last two come from numbers that are too large.
_UNFITTING = (msgspec.ValidationError, ValueError, ArithmeticError)

#: An object that the server writes as a list if it is empty (Q63). It is read as an object.
PhpObject = dict[str, Any] | list[Any]


class Answer(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """An answer of the server. `extra` has the keys that no page shows, with their values."""

    extra: dict[str, Any] = {}


def fitted(payload: Any, kind: type[T]) -> T:
    """Convert decoded JSON to the type of an answer; ids come as numbers and as strings (Q77).

    A value that does not fit its field is in `extra`, too. If the field is required, the answer is refused.

    Raises:
        msgspec.ValidationError: it does not fit.

    """
    try:
        return msgspec.convert(_read(payload, kind, _takes_all), kind, strict=False)
    except _UNFITTING:
        return msgspec.convert(_read(payload, kind, _fits), kind, strict=False)


def is_answer(kind: object) -> bool:
    """Whether a type is a struct, and so an object in JSON."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def is_object(kind: object) -> bool:
    """Whether a type is an object in JSON: a struct, or free."""
    return is_answer(kind) or kind is dict or get_origin(kind) is dict


def _takes_all(value: Any, hint: Any) -> bool:
    return True


def _fits(value: Any, hint: Any) -> bool:
    try:
        msgspec.convert(value, hint, strict=False)
    except _UNFITTING:
        return False
    return True


def _read(payload: Any, kind: Any, fits: Fits) -> Any:
    """Prepare a payload for msgspec: move unknown keys to `extra`, and make objects of PHP's empty lists."""
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read(payload, _chosen(payload, parts), fits)
    if is_answer(kind):
        return _read_answer(_as_object(payload), kind, fits)
    if is_object(kind):
        return _as_object(payload)
    if origin is list:
        payload = _as_list(payload)
    if origin is list and isinstance(payload, list):
        return [_read(item, parts[0], fits) for item in payload]
    return payload


def _chosen(payload: Any, parts: tuple[Any, ...]) -> Any:
    """Choose the part of a union that fits a value."""
    objects = [part for part in parts if is_object(part)]
    lists = [part for part in parts if get_origin(part) is list]
    if isinstance(payload, dict) and objects:
        return objects[0]
    if isinstance(payload, list):
        stands_for_one = objects and (not lists or (payload == [] and lists == [list[Any]]))
        return objects[0] if stands_for_one else (lists or [Any])[0]
    return Any


def _as_object(payload: Any) -> Any:
    """PHP writes an array as a list if its keys are 0, 1, 2 and so on. An empty array is one, too."""
    return {str(key): value for key, value in enumerate(payload)} if isinstance(payload, list) else payload


def _as_list(payload: Any) -> Any:
    """PHP writes an array as an object if its keys have a gap. A null is an empty list."""
    if isinstance(payload, dict) and all(key.isdigit() for key in payload):
        return [*payload.values()]
    return [] if payload is None else payload


def _read_answer(payload: Any, kind: type[msgspec.Struct], fits: Fits) -> Any:
    if not isinstance(payload, dict):
        return payload
    known = _fields(kind)
    read: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in payload.items():
        if name not in known:
            extra[name] = value
        elif value is not None or known[name].is_nullable:
            inner = _read(value, known[name].hint, fits)
            if fits(inner, known[name].hint):
                read[name] = inner
            else:
                extra[name] = value
    return read | {"extra": extra} if extra and issubclass(kind, Answer) else read


class _Field(msgspec.Struct, frozen=True):
    hint: Any
    is_nullable: bool


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, _Field]:
    """Return the fields of an answer by their keys. A null counts as absent if the field cannot be None."""
    hints = get_type_hints(kind)
    return {
        field.encode_name: _Field(
            hints[field.name], hints[field.name] is Any or NoneType in get_args(hints[field.name])
        )
        for field in msgspec.structs.fields(kind)
        if field.name != "extra"
    }
