"""Values of typed sources (Parquet, databases) as the text of cells, for a mapping.

Room: sources. Numbers keep their digits, and times and dates are marked as such.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

import msgspec

from woowup_async.sources.cells import typed
from woowup_async.sources.numbers import in_short


def text_of(value: Any, decimal: str) -> str:
    """Return a value as the text of a cell; "" for a missing one.

    Args:
        value: of a type of Python.
        decimal: the decimal mark of the mapping.

    Raises:
        ValueError: bytes that are not UTF-8.

    """
    match value:
        case str():
            return value
        case None:
            return ""
        case date():
            return typed(value)
        case float() if not isfinite(value):
            return "" if isnan(value) else str(value)
        case Decimal() if value.is_nan():
            return ""
        case float() if short := in_short(value):
            return short
        case float() | Decimal():
            text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
            return text.replace(".", decimal)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode()
        case list() | dict():
            return msgspec.json.encode(value).decode()
    return str(value)


def cells_of(values: Iterable[Any], decimal: str) -> tuple[list[str], str]:
    """Return the cells of a row and what is wrong with one of them: the others say to which order the row belongs."""
    cells, fault = list[str](), ""
    for value in values:
        try:
            cells.append(value if type(value) is str else text_of(value, decimal))
        except ValueError as error:
            cells.append("")
            fault = fault or f"cannot be read: {error}"
    return cells, fault
