"""Reads a row of another library as a mapping: of pandas, numpy, a database or pydantic.

Room: _wire. Pure. Such objects are recognized by their methods, and no other library is imported.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from woowup_async._cancellation import FAILURES


def mapping_of(row: Any) -> Mapping[Any, Any] | None:
    """Return the fields of a row by name. None: it is not a row.

    - A model of pydantic is dumped by its aliases.
    - A dataclass, a tuple with names (`itertuples`, a row of SQLAlchemy), a scalar of a structured array of numpy, and
      whatever `dict` reads by its `keys` (a `Series` of pandas, a row of sqlite3).

    NaN is a missing value in rows of pandas and numpy. It stays in the others, and is refused.

    Raises:
        Exception: a method of the row failed.

    """
    if isinstance(row, type):
        return None
    if callable(getattr(row, "model_dump", None)):
        fields = row.model_dump(by_alias=True)
        return fields if isinstance(fields, Mapping) else None
    if dataclasses.is_dataclass(row):
        return {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    if callable(getattr(row, "_asdict", None)):
        return _without_nan(dict(row._asdict()))
    if (named := getattr(getattr(row, "dtype", None), "names", None)) and getattr(row, "shape", None) == ():
        return _without_nan({name: row[name] for name in named})
    if _is_table(row) or not callable(getattr(row, "keys", None)) or not hasattr(row, "__getitem__"):
        return None
    return _without_nan({name: row[name] for name in row.keys()})  # noqa: SIM118 - it is no mapping


def fields_of(raw: object) -> Mapping[Any, Any] | None:
    """Return the fields of a mapping or a row; None for anything else, and for a row that cannot be read."""
    try:
        return raw if isinstance(raw, Mapping) else mapping_of(raw)
    except FAILURES:  # a method of the row failed
        return None


def _is_table(value: Any) -> bool:
    """Return whether a value has columns of many rows: it is a source, and not a record."""
    return getattr(value, "ndim", 1) != 1 or (hasattr(value, "__arrow_c_stream__") and not hasattr(value, "dtype"))


def _without_nan(fields: dict[Any, Any]) -> dict[Any, Any]:
    return {name: value for name, value in fields.items() if not (isinstance(value, float) and value != value)}
