"""Sums of the cells of all rows of a record.

Room: sources. Sums are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, DecimalException
from functools import reduce
from typing import TYPE_CHECKING, Any

from woowup_async.errors import Reason
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.grouping import Row
from woowup_async.sources.numbers import EXACT
from woowup_async.sources.steps import scaled

if TYPE_CHECKING:
    from woowup_async.sources.fields import Fields

#: Reads one cell, and collects why it cannot be read.
ReadCell = Callable[[Row, list[Reason]], Any]


class Sum:
    """Adds up the products of columns over all rows, exactly."""

    def __init__(self, fields: Fields, rule: FieldRule) -> None:
        self._rule, self._default = rule, fields.default(rule)
        self._parts = [
            (columns, [(column, fields.reader(rule, column)) for column in columns], sign, fields.counts_once(columns))
            for columns, sign in ((rule.sum or [], 1), (rule.minus or [], -1))
            if columns
        ]

    def read(self, rows: Sequence[Row], reasons: list[Reason]) -> Decimal | int:
        """Return the sum. A cell that cannot be added is a reason."""
        total = Decimal(0)
        for columns, factors, sign, is_once in self._parts:
            for row in rows[:1] if is_once else rows:
                found = [self._factor(column, read, row, reasons) for column, read in factors]
                try:
                    product = reduce(EXACT.multiply, found)
                    total = EXACT.add(total, sign * abs(product) if self._rule.absolute else sign * product)
                except DecimalException:
                    reasons.append(Reason(columns[0], f"line {row.line}: has more digits than can be added exactly"))
        try:
            total = scaled(total, self._rule)
        except ValueError:
            reasons.append(Reason(self._parts[0][0][0], "the sum has more digits than can be written"))
        return int(total) if self._rule.conversion == "int" else total

    def _factor(self, column: str, read: ReadCell, row: Row, reasons: list[Reason]) -> Decimal:
        known = len(reasons)
        value = read(row, reasons)
        if value is not None:
            return Decimal(value)
        if self._default is not None:
            return self._default if isinstance(self._default, Decimal) else Decimal(0)
        if len(reasons) == known:
            message = f"line {row.line}: is empty, but a sum needs it; set default = 0 for empty cells"
            reasons.append(Reason(column, message))
        return Decimal(0)
