"""Values of every kind that a record can have, including hostile ones. Each use makes new ones."""

import sys
from collections import OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from random import Random
from types import MappingProxyType, SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec

from tests.support.hostile_values import (
    BadDict,
    BadList,
    BadMapping,
    BadSequence,
    Colour,
    Data,
    Day,
    Disguised,
    EndlessArray,
    Exact,
    Forgetful,
    Kind,
    LikeAnArray,
    Masked,
    Moment,
    Nameless,
    Nested,
    NotATime,
    OtherModel,
    PlainText,
    Real,
    Silent,
    Size,
    Text,
    Whole,
    Zone,
)
from woowup_async.models import Prices, User


def nested(levels: int, inner: Any = 1, *, lists: bool = False) -> Any:
    for _ in range(levels):
        inner = [inner] if lists else {"a": inner}
    return inner


def cycle() -> dict[str, Any]:
    made: dict[str, Any] = {"a": 1}
    made["self"] = made
    return made


def list_cycle() -> list[Any]:
    made: list[Any] = [1]
    made.append(made)
    return made


def family() -> dict[str, Any]:
    """Return a parent whose children refer to it, so that there are too many paths."""
    parent: dict[str, Any] = {"name": "p"}
    parent["children"] = [{"name": f"c{number}", "parent": parent} for number in range(3)]
    return parent


def _at(offset: timedelta | Exception | None) -> datetime:
    return datetime(2024, 1, 2, 12, tzinfo=Zone(offset))


def _generator() -> Iterator[int]:
    yield 1


def _digits(count: int) -> int:
    return int(pow(10, count)) - 1


#: By name, so that a failing case shows its value.
MAKERS: dict[str, Callable[[], Any]] = {
    "none": lambda: None, "true": lambda: True, "zero": lambda: 0, "minus zero": lambda: -0.0, "one": lambda: 1,
    "negative": lambda: -7, "2**53+1": lambda: 2**53 + 1, "2**64": lambda: 2**64, "400 digits": lambda: _digits(400),
    "5,000 digits": lambda: _digits(5_000), "1.5": lambda: 1.5, "huge": lambda: 1e308, "tiny": lambda: 5e-324,
    "nan": lambda: float("nan"), "infinity": lambda: float("inf"), "max": lambda: sys.float_info.max,
    "empty text": lambda: "", "blanks": lambda: " \t", "text": lambda: "Ñandú €", "NULL": lambda: "NULL",
    "surrogate": lambda: "a\ud800", "nul": lambda: "\x00", "of a file": lambda: "\udcff", "long": lambda: "x" * 3_000,
    "emoji": lambda: "👍", "a day": lambda: "2024-02-30", "number as text": lambda: "12",
    "own text": lambda: PlainText("own"), "lying text": lambda: Text("lying"), "own int": lambda: Whole(3),
    "own float": lambda: Real(2.5), "own nan": lambda: Real("nan"), "own decimal": lambda: Exact("1.10"),
    "decimal": lambda: Decimal("1.10"), "decimal nan": lambda: Decimal("nan"), "snan": lambda: Decimal("snan"),
    "decimal infinity": lambda: Decimal("-inf"), "decimal exponent": lambda: Decimal("1e+400"),
    "decimal minus zero": lambda: Decimal("-0"), "decimal far": lambda: Decimal("1E-9999"),
    "fraction": lambda: Fraction(1, 3), "complex": lambda: 1j,
    "naive": lambda: datetime.fromisoformat("2024-01-02T03:04:05"),
    "aware": lambda: datetime(2024, 1, 2, tzinfo=UTC), "first time": lambda: datetime.min.replace(tzinfo=UTC),
    "last time": lambda: datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))),
    "first time east": lambda: datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=12))),
    "own time": lambda: Moment(2024, 1, 2, tzinfo=UTC), "day": lambda: date(2024, 1, 2),
    "own day": lambda: Day(2024, 1, 2),
    "clock": lambda: time(1, 2), "delta": lambda: timedelta(days=1), "not a time": lambda: NotATime(2024, 1, 1),
    "bytes": lambda: b"ab", "bytearray": lambda: bytearray(b"ab"), "memoryview": lambda: memoryview(b"ab"),
    "enum": lambda: Colour.RED, "enum of a list": lambda: Colour.DEEP, "enum of none": lambda: Colour.NONE,
    "int enum": lambda: Size.SMALL, "str enum": lambda: Kind.RETAIL, "enum in enum": lambda: Nested.OUTER,
    "uuid": lambda: UUID(int=7), "set": lambda: {1}, "frozenset": lambda: frozenset({1}), "tuple": lambda: (1, 2),
    "list": lambda: [1, "a", None], "dict": lambda: {"a": 1}, "empty list": list, "empty dict": dict,
    "number as name": lambda: {1: 2}, "none as name": lambda: {None: 1}, "bytes as name": lambda: {b"a": 1},
    "own name": lambda: {PlainText("a"): 1}, "enum as name": lambda: {Kind.RETAIL: 1},
    "surrogate name": lambda: {"\ud800": 1},
    "colon name": lambda: {"a:b": 1}, "user dict": lambda: UserDict({"a": 1}), "ordered": lambda: OrderedDict(a=1),
    "default dict": lambda: defaultdict(int, a=1), "proxy": lambda: MappingProxyType({"a": 1}),
    "user list": lambda: UserList([1]), "deque": lambda: deque([1]), "range": lambda: range(3),
    "generator": _generator, "iterator": lambda: iter([1]), "silent": Silent, "masked": Masked, "object": object,
    "disguised str": lambda: Disguised(str), "disguised dict": lambda: Disguised(dict),
    "disguised int": lambda: Disguised(int), "disguised list": lambda: Disguised(list),
    "disguised datetime": lambda: Disguised(datetime), "disguised float": lambda: Disguised(float),
    "disguised enum": lambda: Disguised(Colour), "disguised model": lambda: Disguised(User),
    "bad mapping": lambda: BadMapping(RuntimeError("no")), "broken mapping": lambda: BadMapping(RecursionError()),
    "mapping out of memory": lambda: BadMapping(MemoryError()), "forgetful": Forgetful, "bad sequence": BadSequence,
    "bad dict": lambda: BadDict({"a": 1}), "bad list": lambda: BadList([1]), "namespace": lambda: SimpleNamespace(a=1),
    "array": lambda: LikeAnArray([1.0, 2.0]), "array scalar": lambda: LikeAnArray(2.5),
    "array fails": lambda: LikeAnArray(ValueError("no")), "array of a time": lambda: LikeAnArray(3, "datetime64[ns]"),
    "array of itself": lambda: EndlessArray(None), "dtype fails": lambda: LikeAnArray(1, Silent()),
    "model": lambda: User(email="a@b.co"), "prices": lambda: Prices(gross=1, total=1), "other struct": OtherModel,
    "raw": lambda: msgspec.Raw(b'{"a":1}'), "broken raw": lambda: msgspec.Raw(b'{"a":'), "unset": lambda: msgspec.UNSET,
    "ext": lambda: msgspec.msgpack.Ext(1, b"a"), "cycle": cycle, "list cycle": list_cycle,
    "50 levels": lambda: nested(50), "900 levels": lambda: nested(900), "900 lists": lambda: nested(900, lists=True),
    "family": family, "no offset": lambda: _at(None), "zone fails": lambda: _at(RuntimeError("no")),
    "offset with seconds": lambda: _at(timedelta(hours=-4, seconds=12)),
    "wide offset": lambda: _at(timedelta(hours=23)),
    "nameless": Nameless, "data": Data,
    "type": lambda: int, "function": lambda: _generator, "error": lambda: ValueError("x"),
    "not implemented": lambda: NotImplemented,
}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each member and element of a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*path, name)
        yield from places(each, (*path, name))


def put(record: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a path of a record."""
    inside: Any = record
    for name in path[:-1]:
        inside = inside[name]
    inside[path[-1]] = value


#: The JSON value of each. A value that is not listed has no clear meaning and is refused.
MEANINGS: dict[str, Any] = {
    "none": None, "true": True, "zero": 0, "minus zero": -0.0, "one": 1, "negative": -7, "2**53+1": 2**53 + 1,
    "2**64": 2**64, "400 digits": _digits(400), "1.5": 1.5, "huge": 1e308, "tiny": 5e-324,
    "max": sys.float_info.max, "empty text": "",
    "blanks": " \t", "text": "Ñandú €", "NULL": "NULL", "nul": "\x00", "long": "x" * 3_000, "emoji": "👍",
    "a day": "2024-02-30", "number as text": "12", "own text": "own", "lying text": "lying", "own int": 3,
    "own float": 2.5, "own decimal": 1.1, "decimal": 1.1, "decimal minus zero": 0, "decimal far": 0.0,
    "naive": "2024-01-02T03:04:05", "aware": "2024-01-02T00:00:00Z", "first time": "0001-01-01T00:00:00Z",
    "last time": "9999-12-31T23:59:00-12:00", "first time east": "0001-01-01T00:00:00+12:00",
    "own time": "2024-01-02T00:00:00Z", "day": "2024-01-02", "own day": "2024-01-02", "clock": "01:02:00",
    "not a time": None, "enum": "red", "enum of a list": ["list"], "enum of none": None, "int enum": 1,
    "str enum": "retail", "enum in enum": "red", "uuid": "00000000-0000-0000-0000-000000000007", "tuple": [1, 2],
    "list": [1, "a"], "dict": {"a": 1}, "empty list": [], "empty dict": {}, "own name": {"a": 1},
    "enum as name": {"retail": 1}, "colon name": {"a:b": 1}, "user dict": {"a": 1}, "ordered": {"a": 1},
    "default dict": {"a": 1}, "proxy": {"a": 1}, "user list": [1], "deque": [1], "range": [0, 1, 2],
    "array": [1.0, 2.0], "array scalar": 2.5, "model": {"email": "a@b.co"}, "prices": {"total": 1, "gross": 1},
    "50 levels": nested(50), "no offset": "2024-01-02T12:00:00", "offset with seconds": "2024-01-02T15:59:48Z",
    "wide offset": "2024-01-01T13:00:00Z",
}  # fmt: skip
#: The meaning of a value that JSON cannot express.
REFUSED = object()


def meaning(name: str) -> Any:
    """Return what a value means, or `REFUSED`."""
    return MEANINGS.get(name, REFUSED)


def made(random: Random, depth: int = 0) -> tuple[Any, Any]:
    """Return a random value and its meaning: one of `MAKERS`, or several inside mappings and lists."""
    if depth == 3 or random.random() < 0.7:
        name = random.choice(list(MAKERS))
        return MAKERS[name](), meaning(name)
    pairs = [made(random, depth + 1) for _ in range(random.randrange(4))]
    has_meaning = all(said is not REFUSED for _, said in pairs)
    if random.random() < 0.5:
        return [value for value, _ in pairs], [
            said for _, said in pairs if said is not None
        ] if has_meaning else REFUSED
    named = {f"n{number}": pair for number, pair in enumerate(pairs)}
    said = {name: said for name, (_, said) in named.items() if said is not None}
    return {name: value for name, (value, _) in named.items()}, said if has_meaning else REFUSED
