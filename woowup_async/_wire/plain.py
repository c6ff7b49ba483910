"""Converts foreign values to plain JSON values. A value without one clear meaning is refused, with its path.

Room: _wire. Pure. Values may be of any class, and their methods may fail, but it never raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec

from woowup_async._cancellation import FAILURES
from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._base import Model
from woowup_async.models._calendar import WIDEST_OFFSET
from woowup_async.models._clear import Clear
from woowup_async.models._examine import MAX_DEPTH, MAX_VALUES, TOO_DEEP, TOO_MUCH

_EXACT = frozenset({str, int, float, bool, Decimal, type(None), date, Clear})
#: The types of missing values in pandas.
_MISSING = frozenset({"NAType", "NaTType"})
_NARROW = frozenset({"float16", "float32"})
_MINUTE = timedelta(minutes=1)


def plain(value: object) -> tuple[Any, list[Reason]]:
    """Return the value in exact built-in types, and the reasons for parts that cannot be converted."""
    walk = _Walk()
    return _plain(value, "", 0, walk), walk.reasons


class _Walk:
    """The reasons and counts of one conversion."""

    def __init__(self) -> None:
        self.reasons: list[Reason] = []
        self._too_deep = False
        self._left = MAX_VALUES

    def refuse(self, path: str, message: str) -> None:
        self.reasons.append(Reason(path, message))

    def is_too_deep(self, path: str, depth: int) -> bool:
        """Return whether a value is nested too deeply. One reason is enough, since a cycle has too many paths."""
        if depth >= MAX_DEPTH and not self._too_deep:
            self._too_deep = True
            self.refuse(path, TOO_DEEP)
        return self._too_deep

    @property
    def is_full(self) -> bool:
        """Whether there were too many values. The rest is not converted."""
        return self._left <= 0

    def is_too_much(self, path: str) -> bool:
        """Count one value, and return whether there are too many."""
        self._left -= 1
        if self._left == 0:
            self.refuse(path, TOO_MUCH)
        return self._left <= 0


def _plain(value: object, path: str, depth: int, walk: _Walk) -> Any:
    if walk.is_too_much(path):
        return None
    if type(value) in _EXACT:
        return value
    try:
        return _coerced(value, path, depth, walk)
    except FAILURES as error:  # methods of the value may raise anything
        walk.refuse(path, f"cannot be read: {printable(type(error).__name__)}")
        return None


def _coerced(value: Any, path: str, depth: int, walk: _Walk) -> Any:
    if isinstance(value, Mapping | Model | Sequence) and not isinstance(value, str) and walk.is_too_deep(path, depth):
        return None
    match value:
        case Model():
            given = {name: inner for name, inner in msgspec.structs.asdict(value).items() if inner is not None}
            return _object(given, path, depth, walk)
        case Mapping():
            return _object(value, path, depth, walk)
        case str() | int() | float() | Decimal() | UUID() | datetime() | date() | time():
            return _scalar(value)
        case bytes() | bytearray() | memoryview() | msgspec.Struct():
            return _refused(value, path, walk)
        case Enum():
            return None if walk.is_too_deep(path, depth) else _plain(value.value, path, depth + 1, walk)
        case Sequence():
            return _list(value, path, depth, walk)
    if type(value).__name__ in _MISSING:
        return None
    return _of_array(value, path, depth, walk)


def _scalar(value: Any) -> Any:
    """Return a value of a derived class as its plain class."""
    match value:
        case str():
            return str.__str__(value)
        case int():
            return int.__int__(value)
        case float():
            return float.__float__(value)
        case Decimal():
            return Decimal(value)
        case UUID():
            return str.__str__(str(value))
    return _moment(value)


def _list(value: Sequence[Any], path: str, depth: int, walk: _Walk) -> list[Any]:
    found: list[Any] = []
    for index, inner in enumerate(value):
        if walk.is_full:
            break
        found.append(_plain(inner, f"{path}[{index}]", depth + 1, walk))
    return found


def _object(value: Mapping[Any, Any], path: str, depth: int, walk: _Walk) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, inner in value.items():
        if walk.is_full:
            break
        if not isinstance(name, str):
            walk.refuse(path, f"expected names that are strings, got a name of type {_kind(name)}")
            continue
        name = str.__str__(name)
        if name in fields:
            walk.refuse(path, f"has the name {printable(name, 40)!r} twice")
        fields[name] = _plain(inner, f"{path}.{name}" if path else name, depth + 1, walk)
    return fields


def _moment(value: Any) -> Any:
    """Return a time or date of a derived class, such as that of pandas; None for pandas's NaT."""
    if value != value:
        return None
    if isinstance(value, datetime):
        return _time_of_day(value)
    return date(value.year, value.month, value.day) if isinstance(value, date) else str.__str__(value.isoformat())


def _time_of_day(value: datetime) -> datetime:
    """Return the same time with an offset that JSON can express; in UTC if it has seconds or is above 14 hours."""
    offset = value.utcoffset()
    found = datetime.combine(
        date(value.year, value.month, value.day),
        time(value.hour, value.minute, value.second, value.microsecond),
    )
    if offset is None:
        return found
    if offset % _MINUTE or abs(offset) > WIDEST_OFFSET:
        return (found - offset).replace(tzinfo=UTC)
    return found.replace(tzinfo=timezone(offset))


def _of_array(value: Any, path: str, depth: int, walk: _Walk) -> Any:
    """Convert a scalar or an array of numpy or a similar library, recognized by `dtype` and `tolist`."""
    if hasattr(value, "dtype") and callable(getattr(value, "tolist", None)):
        if walk.is_too_deep(path, depth):
            return None
        found = _narrow(value) if str(value.dtype) in _NARROW else value.tolist()
        is_moment = str(value.dtype).startswith(("datetime", "timedelta"))
        if type(found) is not type(value) and not (is_moment and isinstance(found, int)):
            return _plain(found, path, depth + 1, walk)
    return _refused(value, path, walk)


def _narrow(value: Any) -> Any:
    """Return floats of less than 64 bits as what their shortest text says: 10.1, not 10.100000381469727."""
    return float(str(value)) if not value.ndim else list(value)


def _refused(value: object, path: str, walk: _Walk) -> None:
    walk.refuse(path, f"expected a JSON value, got {_kind(value)}")


def _kind(value: object) -> str:
    return printable(type(value).__name__, 60)
