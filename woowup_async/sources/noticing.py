"""Unusual things about an order of a table that are no reason to refuse it.

Room: sources. Pure. Two equal lines may be intended, and a total may include amounts that no line shows. So such orders
are sent unchanged, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from typing import Any

from woowup_async._flow import Notice
from woowup_async.sources.grouping import Row

#: The most that a sum of lines may differ from the total, for each line (guessed: rounding).
_ROUNDING = Decimal("0.01")


def noticed(group: list[Row], fields: dict[str, Any], tolerance: Decimal | None = None) -> Iterator[Notice]:
    """Yield what is unusual about the rows of one order and the record that was made from them.

    The sum of the lines may differ from the total by the tolerance; without one, by 0.01 for each line.
    """
    first: dict[tuple[str, ...], int] = {}
    for row in group if len(group) > 1 else ():
        line = first.setdefault(tuple(row.cells), row.line)
        if line != row.line:
            yield Notice("repeated_row", f"line {row.line} repeats line {line}")
    prices = fields.get("prices")
    lines, total = fields.get("purchase_detail") or (), _number(prices, "total")
    amounts = [_amount(line) for line in lines]
    if total is not None and amounts and None not in amounts:
        added = sum((amount for amount in amounts if amount is not None), Decimal(0))
        allowed = _ROUNDING * len(amounts) if tolerance is None else tolerance
        if all(abs(added + beside - total) > allowed for beside in _beside(prices)):
            yield Notice(
                "total_differs", f"its lines add up to {added.normalize():f}, its total is {total.normalize():f}"
            )


def _beside(prices: Any) -> Iterator[Decimal]:
    """Yield the possible differences of lines and total: discount, shipping and tax, each included or not."""
    parts = (-(_number(prices, "discount") or 0), _number(prices, "shipping") or 0, _number(prices, "tax") or 0)
    for chosen in product((0, 1), repeat=len(parts)):
        yield sum((Decimal(part) * taken for part, taken in zip(parts, chosen)), Decimal(0))


def _amount(line: Any) -> Decimal | None:
    quantity, price = _number(line, "quantity"), _number(line, "unit_price")
    return None if quantity is None or price is None else quantity * price


def _number(fields: Any, name: str) -> Decimal | None:
    value = fields.get(name) if isinstance(fields, dict) else None
    return Decimal(value) if isinstance(value, int | Decimal) and Decimal(value).is_finite() else None
