"""Every reason why a value does not fit a model, each with its path.

Room: models. Pure. msgspec stops at the first broken rule and checks nothing at construction. This module walks
the same type information to the end. It is called at construction (`built=True`: unknown names are refused), for
mappings, and after a fast decode has failed, but never for clean JSON.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from woowup_async._text import likely_encoding, printable
from woowup_async.errors import Reason
from woowup_async.models._calendar import FIRST_YEAR, day_of, is_birthdate, is_day, is_loose_date
from woowup_async.models._clear import CLEAR
from woowup_async.models._countries import is_country

_SHOWN = 40
#: Objects and lists inside each other (guessed: no record of a shop has ten).
MAX_DEPTH = 64
#: Values in one record (guessed: a purchase of 256 KB has fewer). Lists that hold one list twice have no end of them.
MAX_VALUES = 100_000
TOO_MUCH = f"has too much in it: at most {MAX_VALUES:,} values in one record"
TOO_DEEP = f"is nested too deeply: at most {MAX_DEPTH} levels, and never into itself"
_HALF = "half of a surrogate pair, which is not valid Unicode"
#: Unknown names of one record for which a known one is looked up, and the longest of these (guessed: bounds the time).
_MOST_SUGGESTIONS, _LONGEST_NAME = 20, 60
_JSON_SCALARS = (str, int, bool, float, Decimal, datetime, date, type(None))
_INDEX = re.compile(r"\[\d+\]")


class Examination(msgspec.Struct):
    """What was found. `unknown` has unknown names: path → suggestion. In records, they have no indices."""

    built: bool = False
    reasons: list[Reason] = msgspec.field(default_factory=list)
    unknown: dict[str, str | None] = msgspec.field(default_factory=dict)
    #: Paths of integers that were given with a decimal point, such as 2.0.
    whole: list[str] = msgspec.field(default_factory=list)
    #: Paths of days that were given as times: midnight without a zone.
    days: list[str] = msgspec.field(default_factory=list)
    #: Whether a mapping stands for a nested model.
    has_mappings: bool = False
    too_deep: bool = False
    values: int = 0

    def refuse(self, path: str, expected: str, value: object) -> None:
        """Note one broken rule."""
        self.reasons.append(Reason(path, f"expected {expected}, got {_shown(value)}"))


def examine(model: type[msgspec.Struct], value: object, *, built: bool = False) -> Examination:
    """Hold a mapping of fields against a model. `None` means absent."""
    found = Examination(built)
    _struct(info_of(model), value, "", found)
    return found


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        text = f"'{printable(value, _SHOWN)}'"
        return text if len(value) <= _SHOWN else f"{text} ({len(value)} characters)"
    if isinstance(value, (int, float, Decimal)):
        try:
            return printable(str(value), _SHOWN)
        except Exception:  # an int of thousands of digits, or a class of its own
            return f"a number of type {printable(type(value).__name__, _SHOWN)}"
    return printable(type(value).__name__, _SHOWN)


def is_finite(value: object) -> bool:
    """Whether a number is one that the receiver's doubles can hold."""
    try:
        return math.isfinite(float(value))  # type: ignore[arg-type]
    except Exception:  # a signalling NaN, an int of thousands of digits, or a class of its own
        return False


def _check(info: Any, value: object, path: str, found: Examination) -> None:
    extra: Mapping[str, Any] = {}
    if isinstance(info, inspect.Metadata):
        extra, info = info.extra or {}, info.type
    match info:
        case inspect.UnionType():
            _union(info, value, path, found)
        case inspect.StructType():
            _struct(info, value, path, found)
        case inspect.ListType():
            _list(info, value, path, found)
        case inspect.DictType():
            _object(value, path, found)
        case inspect.AnyType():
            _json(value, path, found)
        case inspect.StrType():
            _text(info, value, path, found, extra)
        case inspect.LiteralType():
            if not isinstance(value, str) or value not in info.values:
                found.refuse(path, f"one of {', '.join(map(repr, info.values))}", value)
        case inspect.BoolType():
            if not isinstance(value, bool):
                found.refuse(path, "true or false", value)
        case _:
            _number(info, value, path, found, extra)


def _struct(info: Any, value: object, path: str, found: Examination) -> None:
    if isinstance(value, info.cls):
        return  # it holds its rules since its own construction
    if not isinstance(value, Mapping):
        found.refuse(path, f"a {info.cls.__name__} or a mapping" if found.built else "an object", value)
        return
    found.has_mappings |= path != ""
    prefix = f"{path}." if path else ""
    for spec in info.fields:
        inner = value.get(spec.encode_name)
        if inner is CLEAR:
            _clear(info.cls, spec.encode_name, prefix, found)
        elif inner is not None:
            _check(spec.type, inner, prefix + spec.encode_name, found)
        elif spec.required:
            found.reasons.append(Reason(prefix + spec.encode_name, "is required"))
    for reason in info.cls.rules(value):
        path = prefix + reason.path if reason.path else prefix.removesuffix(".")
        found.reasons.append(Reason(path, reason.message))
    _unknown(info, value, prefix, found)


def _clear(model: type[Any], name: str, prefix: str, found: Examination) -> None:
    clearable: frozenset[str] = getattr(model, "clearable", frozenset())
    if name not in clearable:
        which = f"only {', '.join(sorted(clearable))} can be" if clearable else "nothing of it can be"
        found.reasons.append(Reason(prefix + name, f"cannot be cleared: {which}"))


def _unknown(info: Any, value: Mapping[Any, object], prefix: str, found: Examination) -> None:
    known = _names(info.cls)
    for name, inner in value.items():
        if name in known or (inner is None and not found.built):
            continue
        if not isinstance(name, str):
            found.refuse(prefix.rstrip("."), "names that are strings", name)
            continue
        close: list[str] = []
        if len(found.unknown) < _MOST_SUGGESTIONS and len(name) <= _LONGEST_NAME:
            close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75)
        path = prefix if found.built else _INDEX.sub("[]", prefix)
        found.unknown[path + name] = close[0] if close else None
        _encodable(name, prefix.rstrip("."), found)
        _json(inner, prefix + name, found)


@cache
def info_of(model: type[msgspec.Struct]) -> Any:
    """Return the types of a model's fields."""
    return inspect.type_info(model)


@cache
def _names(model: type[msgspec.Struct]) -> frozenset[str]:
    return frozenset(spec.encode_name for spec in msgspec.structs.fields(model))


def _union(info: Any, value: object, path: str, found: Examination) -> None:
    options = [option for option in info.types if not isinstance(option, inspect.NoneType)]
    kinds = {type(_bare(option)): option for option in options}
    if isinstance(value, (list, tuple)) and inspect.ListType in kinds:
        return _check(kinds[inspect.ListType], value, path, found)
    if isinstance(value, str) and inspect.StrType in kinds:
        return _check(kinds[inspect.StrType], value, path, found)
    structured = kinds.get(inspect.StructType)
    # a number is int | float: the float rule admits both
    return _check(structured or kinds.get(inspect.FloatType) or options[0], value, path, found)


def _bare(info: Any) -> Any:
    return info.type if isinstance(info, inspect.Metadata) else info


def _list(info: Any, value: object, path: str, found: Examination) -> None:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        found.refuse(path, "a list", value)
        return
    present = [(index, inner) for index, inner in enumerate(value) if inner is not None]
    if len(present) < (info.min_length or 0):
        found.reasons.append(Reason(path, f"needs at least {info.min_length} element"))
    for index, inner in present:
        _check(info.item_type, inner, f"{path}[{index}]", found)


def _object(value: object, path: str, found: Examination) -> None:
    if isinstance(value, Mapping):
        _json(value, path, found)
    else:
        found.refuse(path, "an object", value)


def _json(value: object, path: str, found: Examination, depth: int = 0) -> None:
    """Free JSON: whatever the encoder would send changed (NaN becomes null) or not at all is refused."""
    found.values += 1
    if found.values > MAX_VALUES and not found.too_deep:
        found.too_deep = True
        found.reasons.append(Reason(path, TOO_MUCH))
    elif depth > MAX_DEPTH and not found.too_deep:
        found.too_deep = True
        found.reasons.append(Reason(path, TOO_DEEP))
    elif found.too_deep:
        return  # of a cycle there are more paths than time to walk
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(name, str):
                _encodable(name, path, found)
                _json(inner, f"{path}.{name}", found, depth + 1)
            else:
                found.refuse(path, "names that are strings", name)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            _json(inner, f"{path}[{index}]", found, depth + 1)
    elif not isinstance(value, _JSON_SCALARS):
        found.refuse(path, "a JSON value", value)
    elif isinstance(value, str):
        _encodable(value, path, found)
    elif isinstance(value, (int, float, Decimal)) and not is_finite(value):
        found.refuse(path, "a finite number", value)


def _text(info: Any, value: object, path: str, found: Examination, extra: Mapping[str, Any]) -> None:
    expected = extra.get("expected", "a string")
    if isinstance(value, str):
        if not _is_formed(info, value) or not _exists(value, extra):
            found.refuse(path, expected, value)
        _encodable(value, path, found)
        return
    is_moment = "datetime" in extra and isinstance(value, datetime) and _is_aware(value)
    day = day_of(value) if "date" in extra else None
    is_date = day is not None and _exists(day.isoformat(), extra)
    if is_date and isinstance(value, datetime):
        found.days.append(path)
    is_id = "integer" in extra and isinstance(value, int) and not isinstance(value, bool) and is_finite(value)
    if not (is_moment or is_date or is_id):
        found.refuse(path, expected, value)


def _is_formed(info: Any, text: str) -> bool:
    """Whether a text has the pattern and the length of its type."""
    if info.pattern and not re.search(info.pattern, text):
        return False
    return (info.min_length or 0) <= len(text) <= (info.max_length or len(text))


def _is_aware(value: datetime) -> bool:
    """Whether a time has an offset, and is one that UTC has, too, from 1900 on."""
    try:
        return value.utcoffset() is not None and value.astimezone(UTC).year >= FIRST_YEAR
    except Exception:  # before the year 1, after 9999, or of a time zone of a class of its own
        return False


def _exists(text: str, extra: Mapping[str, Any]) -> bool:
    """Whether a text that has the pattern of a day or a time is one of the calendar."""
    if "is_birthdate" in extra:
        return is_birthdate(text)
    if "is_loose" in extra:
        return is_loose_date(text)
    if "is_country" in extra:
        return is_country(text)
    return is_day(text) if "datetime" in extra else True


def _encodable(value: str, path: str, found: Examination) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        is_of_file = "\udc80" <= value[error.start] <= "\udcff"  # a byte that a file's encoding does not have
        encoding = f"text that is not UTF-8: of a CSV, set csv.encoding ({likely_encoding(value)}?)"
        what = encoding if is_of_file else _HALF
        found.reasons.append(Reason(path, f"holds {what}"))


def _number(info: Any, value: object, path: str, found: Examination, extra: Mapping[str, Any]) -> None:
    integral = isinstance(info, inspect.IntType)
    if "is_whole" in extra and isinstance(value, (float, Decimal)) and is_finite(value) and value == int(value):
        found.whole.append(path)
        return
    expected = "an integer" if integral else "a finite number"
    accepted = (int,) if integral else (int, float, Decimal)
    if isinstance(value, bool) or not isinstance(value, accepted) or not is_finite(value):
        found.refuse(path, expected, value)
