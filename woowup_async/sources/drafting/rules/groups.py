"""Which rows of a table are one order, and how a column behaves inside orders of several rows.

Room: sources. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, NamedTuple

from woowup_async.sources.drafting.rules.column import Column

Behaviour = Literal["constant", "first_only", "elsewhere", "varying", "unknown"]


class Groups(NamedTuple):
    """The rows of each order, by their places in the sample.

    Attributes:
        rows: of each order, in the order of the file.
        continued: rows without a key of their own, which continue the order above.
        loose: rows without a key before the first order.

    """

    rows: list[list[int]]
    continued: int
    loose: int

    @property
    def several(self) -> list[list[int]]:
        """The orders of more than one row."""
        return [each for each in self.rows if len(each) > 1]


def grouped(keys: Sequence[Column]) -> Groups:
    """Group rows by the cells of the key columns. A row without the last one continues the row above."""
    number = keys[-1]
    found: dict[tuple[str, ...], list[int]] = defaultdict(list)
    last: tuple[str, ...] | None = None
    continued = loose = 0
    for row, cell in enumerate(number.cells):
        if cell:
            last = tuple(each.cells[row] for each in keys)
        elif last is None:
            loose += 1
            continue
        else:
            continued += 1
        found[last].append(row)
    return Groups(list(found.values()), continued, loose)


def behaviour(column: Column, groups: Groups) -> Behaviour:
    """Return how a column behaves in orders of several rows: `elsewhere` is a value in another row than the first."""
    varying = first_only = elsewhere = constant = 0
    for rows in groups.several:
        cells = [column.cells[row] for row in rows]
        known = {cell for cell in cells if cell}
        if len(known) > 1:
            varying += 1
        elif cells[0] and not any(cells[1:]):
            first_only += 1
        elif known and not cells[0]:
            elsewhere += 1
        elif known:
            constant += 1
    total = varying + first_only + elsewhere + constant
    if not total:
        return "unknown"
    if varying > 0.1 * total:
        return "varying"
    if elsewhere > 0.1 * total:
        return "elsewhere"
    return "first_only" if first_only >= constant else "constant"


def disagreeing(column: Column, groups: Groups) -> int:
    """Return the number of orders in whose rows a column has several values."""
    return sum(len({column.cells[row] for row in rows if column.cells[row]}) > 1 for rows in groups.several)
