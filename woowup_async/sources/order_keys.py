"""The keys of orders: rows with one invoice number and branch, as they are sent, are one order.

Room: sources.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from woowup_async.sources.fields import Fields
from woowup_async.sources.grouping import GroupKey, Row
from woowup_async.sources.mapping import EntityRule, FieldRule, Mapping

#: The fields by which the server identifies a purchase.
SENT = ("invoice_number", "branch_name")


class OrderKeys:
    """Makes the key of an order from the cells of its key columns.

    Different cells may be sent as one number, such as `12` and `12.0` with `as = "id"`. So a number or a branch that
    the mapping makes of key columns only is in the key as it is sent. Other key columns are in it as they are.

    Args:
        mapping: the whole mapping.
        rule: its rule for the entity.

    Attributes:
        is_exact: whether orders with different keys certainly have different numbers or branches.
        made_by: what decides about a key; two tables with equal ones give equal orders equal keys.

    """

    def __init__(self, mapping: Mapping, rule: EntityRule) -> None:
        made = {
            name: rule.fields[name] for name in SENT if name in rule.fields and _is_made_of(rule.fields[name], rule.key)
        }
        used = {column for each in made.values() for column in each.named()}
        self._names = tuple(made)
        self._rest = [place for place, column in enumerate(rule.key) if column not in used]
        self.is_exact: bool = "invoice_number" in made and not self._rest
        self.made_by: object = (rule.key, made, mapping.lookups)
        is_plain = all(each.column and each == FieldRule(column=each.column) for each in made.values())
        self._read = None if is_plain else _reader(mapping, rule.key, made)
        self._last: tuple[GroupKey, GroupKey] = ((), ())  # nearly always that of the next row, too

    def of(self, cells: GroupKey, line: int) -> GroupKey:
        """Return the key for the cells of a row's key columns, or for the name of a line that is too short for them."""
        if self._read is None or cells == (f"line {line}",):
            return cells
        if cells != self._last[0]:
            self._last = (cells, self._made(self._read(cells), cells))
        return self._last[1]

    def _made(self, found: dict[str, Any], cells: GroupKey) -> GroupKey:
        if self._names[0] == "invoice_number" and "invoice_number" not in found:
            return ("", *cells)  # it cannot be read: no order with a number has this key
        sent = [str(found.get(name, "")) for name in self._names]
        return (*sent, *[cells[place] for place in self._rest])


def _is_made_of(rule: FieldRule, columns: list[str]) -> bool:
    named = set(rule.named())
    return bool(named) and named <= set(columns)


def _reader(mapping: Mapping, columns: list[str], rules: dict[str, FieldRule]) -> Callable[[GroupKey], dict[str, Any]]:
    fields = Fields(columns, mapping)
    return lambda cells: fields.of(rules, [Row(0, [*cells])], [])
