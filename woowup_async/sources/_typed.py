"""Values of typed sources (Parquet, databases) as the text of cells, for a mapping.

Room: sources. Numbers keep their digits, and times and dates are marked as such.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import isfinite, isnan
from typing import Any

import msgspec

from woowup_async.sources.cells import typed


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
        case float() | Decimal():
            text = f"{Decimal(repr(value)) if isinstance(value, float) else value:f}"
            return text.replace(".", decimal)
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode()
        case list() | dict():
            return msgspec.json.encode(value).decode()
    return str(value)
