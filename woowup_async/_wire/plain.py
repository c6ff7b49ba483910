"""Foreign values as plain JSON values: what has one meaning is coerced, all else has a reason with its path.

Room: _wire. Pure. Used by `encode` for mappings, and for raw JSON that is nested. It never raises, whatever a value
does: values may be of any class, and their methods may fail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._base import Model
from woowup_async.models._examine import MAX_DEPTH

_EXACT = frozenset({str, int, float, bool, Decimal, type(None), datetime, date})


def plain(value: object) -> tuple[Any, list[Reason]]:
    """Return a value made of exact built-in types (and models), and the reasons for what cannot be."""
    reasons: list[Reason] = []
    return _plain(value, "", 0, reasons), reasons


def _plain(value: object, path: str, depth: int, reasons: list[Reason]) -> Any:
    if type(value) in _EXACT:
        return value
    try:
        return _coerced(value, path, depth, reasons)
    except Exception as error:  # of a method of the value
        reasons.append(Reason(path, f"cannot be read: {printable(type(error).__name__)}"))
        return None


def _coerced(value: Any, path: str, depth: int, reasons: list[Reason]) -> Any:
    if isinstance(value, Mapping | list | tuple) and depth == MAX_DEPTH:
        reasons.append(Reason(path, f"is nested too deeply: at most {MAX_DEPTH} levels, and never into itself"))
        return None
    match value:
        case Model():
            return value
        case Mapping():
            return _object(value, path, depth, reasons)
        case str():
            return str.__str__(value)
        case bytes() | bytearray() | memoryview():
            return _refused(value, path, reasons)
        case list() | tuple():
            return [_plain(inner, f"{path}[{index}]", depth + 1, reasons) for index, inner in enumerate(value)]
        case Enum() if not isinstance(value, int | float):
            return _plain(value.value, path, depth + 1, reasons) if depth < MAX_DEPTH else None
        case int():
            return int.__int__(value)
        case float():
            return float.__float__(value)
        case Decimal() | UUID():
            return Decimal(value) if isinstance(value, Decimal) else str(value)
        case datetime() | date() | time():
            return _moment(value)
        case msgspec.Struct():
            return _refused(value, path, reasons)
        case Sequence():
            return [_plain(inner, f"{path}[{index}]", depth + 1, reasons) for index, inner in enumerate(value)]
    return _of_array(value, path, depth, reasons)


def _object(value: Mapping[Any, Any], path: str, depth: int, reasons: list[Reason]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, inner in value.items():
        if not isinstance(name, str):
            reasons.append(Reason(path, f"expected names that are strings, got a name of type {_kind(name)}"))
            continue
        name = str.__str__(name)
        if name in fields:
            reasons.append(Reason(path, f"has the name {printable(name, 40)!r} twice"))
        fields[name] = _plain(inner, f"{path}.{name}" if path else name, depth + 1, reasons)
    return fields


def _moment(value: Any) -> Any:
    """A moment or a day of a class of its own, such as pandas's; None for its "not a time"."""
    if value != value:
        return None
    if isinstance(value, datetime):
        return datetime(
            value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
        )
    return date(value.year, value.month, value.day) if isinstance(value, date) else value.isoformat()


def _of_array(value: Any, path: str, depth: int, reasons: list[Reason]) -> Any:
    """A scalar or an array of numpy and its like, told by what they offer: `dtype`, `item` and `tolist`."""
    if hasattr(value, "dtype") and callable(getattr(value, "tolist", None)) and depth < MAX_DEPTH:
        found = value.tolist()
        is_moment = str(value.dtype).startswith(("datetime", "timedelta"))
        if type(found) is not type(value) and not (is_moment and isinstance(found, int)):
            return _plain(found, path, depth + 1, reasons)
    return _refused(value, path, reasons)


def _refused(value: object, path: str, reasons: list[Reason]) -> None:
    reasons.append(Reason(path, f"expected a JSON value, got {_kind(value)}"))


def _kind(value: object) -> str:
    return printable(type(value).__name__, 60)
