"""What is odd about an order of a table, and no reason to refuse it.

Room: sources. Pure. Used by `table`. Two equal lines may be meant, and a total may hold what no line shows: they are
sent as they are, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from woowup_async._flow import Notice
from woowup_async.sources.grouping import Row

#: What a sum of lines may differ from the total, for each line (guessed: rounding).
_ROUNDING = Decimal("0.01")


def noticed(group: list[Row], fields: dict[str, Any]) -> Iterator[Notice]:
    """Yield what is odd about the rows of one order, and what was made of them."""
    first: dict[tuple[str, ...], int] = {}
    for row in group if len(group) > 1 else ():
        line = first.setdefault(tuple(row.cells), row.line)
        if line != row.line:
            yield Notice("repeated_row", f"line {row.line} repeats line {line}")
    lines, total = fields.get("purchase_detail") or (), _number(fields.get("prices"), "total")
    amounts = [_amount(line) for line in lines]
    if total is not None and amounts and None not in amounts:
        added = sum((amount for amount in amounts if amount is not None), Decimal(0))
        if abs(added - total) > _ROUNDING * len(amounts):
            yield Notice(
                "total_differs", f"its lines add up to {added.normalize():f}, its total is {total.normalize():f}"
            )


def _amount(line: Any) -> Decimal | None:
    quantity, price = _number(line, "quantity"), _number(line, "unit_price")
    return None if quantity is None or price is None else quantity * price


def _number(fields: Any, name: str) -> Decimal | None:
    value = fields.get(name) if isinstance(fields, dict) else None
    return Decimal(value) if isinstance(value, int | Decimal) and Decimal(value).is_finite() else None
