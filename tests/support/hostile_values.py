"""Classes of foreign code for values of a record, with methods that fail."""

from collections import UserDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any

import msgspec


class Text(str):
    """A string whose methods fail."""

    __slots__ = ()

    def __str__(self) -> str:
        raise RuntimeError("__str__")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("__eq__")

    def __hash__(self) -> int:
        raise RuntimeError("__hash__")

    def __len__(self) -> int:
        raise RuntimeError("__len__")

    def __getitem__(self, key: object) -> str:
        raise RuntimeError("__getitem__")

    def __bool__(self) -> bool:
        raise RuntimeError("__bool__")

    def isalnum(self) -> bool:
        raise RuntimeError("isalnum")


class PlainText(str):
    """A string of a derived class, as in a template library."""

    __slots__ = ()


class Whole(int):
    """An integer whose methods fail."""

    def __int__(self) -> int:
        raise RuntimeError("__int__")

    def __str__(self) -> str:
        raise RuntimeError("__str__")

    def __float__(self) -> float:
        raise RuntimeError("__float__")

    def __bool__(self) -> bool:
        raise RuntimeError("__bool__")


class Real(float):
    """A float whose methods fail."""

    def __float__(self) -> float:
        raise RuntimeError("__float__")

    def __repr__(self) -> str:
        raise RuntimeError("__repr__")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("__eq__")

    __hash__ = float.__hash__


class Exact(Decimal):
    """A decimal of a derived class."""

    def __str__(self, *_: Any) -> str:
        raise RuntimeError("__str__")


class Moment(datetime):
    """A time of a derived class, as in pandas."""


class Day(date):
    """A date of a derived class."""


class NotATime(datetime):
    """A time that differs from itself, like the NaT of pandas."""

    def __eq__(self, other: object) -> bool:
        return False

    def __ne__(self, other: object) -> bool:
        return True

    __hash__ = datetime.__hash__


class Colour(Enum):
    RED = "red"
    DEEP = ["list"]  # noqa: RUF012
    NONE = None


class Size(IntEnum):
    SMALL = 1


class Kind(StrEnum):
    RETAIL = "retail"


class Nested(Enum):
    OUTER = Colour.RED


class Silent:
    """An object whose every method raises."""

    def _raise(self, *_: Any) -> Any:
        raise RuntimeError("no")

    __repr__ = __str__ = __len__ = __bool__ = __iter__ = __getattr__ = __int__ = __float__ = __index__ = _raise
    __eq__ = __ne__ = __lt__ = __call__ = _raise
    __hash__ = _raise


class Masked:
    """An object whose `__class__` raises."""

    @property
    def __class__(self) -> type:
        raise RuntimeError("__class__")

    @__class__.setter
    def __class__(self, value: type) -> None:
        raise RuntimeError("__class__")


class Disguised:
    """An object whose `__class__` is another class."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    @property
    def __class__(self) -> type:
        return self._kind

    @__class__.setter
    def __class__(self, value: type) -> None:
        raise RuntimeError("__class__")


class BadMapping(Mapping[str, Any]):
    """A mapping whose method raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getitem__(self, key: str) -> Any:
        raise self._error

    def __iter__(self) -> Iterator[str]:
        raise self._error

    def __len__(self) -> int:
        raise self._error


class Forgetful(Mapping[str, Any]):
    """A mapping that lists a key which it does not have."""

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(["a"])

    def __len__(self) -> int:
        return 1


class BadSequence(Sequence[Any]):
    """A sequence whose methods raise."""

    def __getitem__(self, index: Any) -> Any:
        raise OSError("a remote list")

    def __len__(self) -> int:
        return 3


class BadDict(UserDict[str, Any]):
    """A mapping of a derived class whose items raise."""

    def items(self) -> Any:
        raise RuntimeError("items")


class BadList(list[Any]):
    """A list of a derived class that cannot be iterated."""

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("__iter__")


class LikeAnArray:
    """An object with the interface of numpy's scalars and arrays."""

    def __init__(self, value: Any, dtype: Any = "float64") -> None:
        self._value, self.dtype = value, dtype

    def tolist(self) -> Any:
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


class EndlessArray(LikeAnArray):
    """An array that returns two new ones of its kind each time."""

    def tolist(self) -> Any:
        return [EndlessArray(None), EndlessArray(None)]


class Zone(tzinfo):
    """A time zone with any offset."""

    def __init__(self, offset: timedelta | Exception | None) -> None:
        self._offset = offset

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        if isinstance(self._offset, Exception):
            raise self._offset
        return self._offset

    def dst(self, moment: datetime | None) -> timedelta | None:
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        raise RuntimeError("tzname")


class _Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("__name__")


class Nameless(metaclass=_Nameless):
    """An object whose class has no name."""


@dataclass
class Data:
    """A dataclass, which the encoder would write as an object."""

    a: int = 1


class OtherModel(msgspec.Struct):
    a: int = 1
