"""Reads when a purchase was made and how much was paid, in any form of the record.

Room: _wire. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from woowup_async._wire.rows import fields_of

#: Stands for a missing `createtime`: the server then uses the time at which it gets the purchase.
NOW = "9999-12-31 23:59:59"
_SECONDS = len(NOW)


class _Sale(msgspec.Struct):
    createtime: Any = None
    prices: Any = None


_decode = msgspec.json.Decoder(_Sale).decode


class Sale(NamedTuple):
    """When a purchase was made, as text that sorts by time, and its total. Time zones are ignored."""

    made: str
    total: float


def sale_of(raw: object) -> Sale:
    """Read a purchase: a model, a mapping, a row or JSON. What cannot be read is `NOW`, or a total of 0."""
    try:
        if isinstance(raw, bytes | bytearray | str):
            found = _decode(raw)
            return _sale(found.createtime, found.prices)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return Sale(NOW, 0.0)
    fields = fields_of(raw)
    if fields is not None:
        return _sale(fields.get("createtime"), fields.get("prices"))
    return _sale(getattr(raw, "createtime", None), getattr(raw, "prices", None))


def _sale(createtime: object, prices: object) -> Sale:
    made = str(createtime).replace("T", " ")[:_SECONDS] if createtime else NOW
    total = prices.get("total") if isinstance(prices, Mapping) else getattr(prices, "total", None)
    try:
        return Sale(made, float(total or 0))
    except (TypeError, ValueError):
        return Sale(made, 0.0)
