"""The keys of orders: rows with one invoice number and branch, as they are sent, are one order.

Room: sources.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from woowup_async._flow import Entity
from woowup_async.sources.field_rule import FieldRule
from woowup_async.sources.fields import Fields
from woowup_async.sources.grouping import GroupKey, Row
from woowup_async.sources.mapping import EntityRule, Mapping

#: The fields by which the server identifies a purchase.
SENT = ("invoice_number", "branch_name")


class OrderKeys:
    """Makes the key of an order from the cells of its key columns.

    Different cells may be sent as one number, such as `12` and `12.0` with `as = "id"`. So a number or a branch that
    the mapping makes of key columns only is in the key as it is sent. Other key columns are in it as they are. Users
    that are made from purchases have the keys of these.

    Args:
        mapping: the whole mapping.
        entity: what the rows become.

    Attributes:
        is_exact: whether orders with different keys certainly have different numbers or branches.
        made_by: what decides about a key; two tables with equal ones give equal orders equal keys.

    """

    def __init__(self, mapping: Mapping, entity: Entity) -> None:
        rule = mapping.rule_of(entity) or EntityRule()
        orders = rule if rule.made_from is None else mapping.purchase or rule
        self._mapping, self._columns = mapping, rule.key
        self._made = {
            name: orders.fields[name]
            for name in SENT
            if name in orders.fields and _is_made_of(orders.fields[name], rule.key)
        }
        used = {column for each in self._made.values() for column in each.named()}
        self._rest = [place for place, column in enumerate(rule.key) if column not in used]
        self.is_exact: bool = "invoice_number" in self._made and not self._rest
        self.made_by: object = (rule.key, self._made, mapping.lookups)
        self._is_plain = all(each.column and each == FieldRule(column=each.column) for each in self._made.values())

    def reader(self, fields: Fields, columns: list[str]) -> Callable[[Row], GroupKey]:
        """Return the function that returns a row's key.

        Args:
            fields: of the table of the row.
            columns: of that table, in the order of the purchase's key.

        """

        def plain(row: Row) -> GroupKey:
            return fields.key(row, columns)

        if self._is_plain:
            return plain
        made = Fields(self._columns, self._mapping)
        prepared, taken = made.prepared(self._made), fields.taker(columns)
        last: tuple[list[str], GroupKey] = ([], ())  # nearly always those of the next row, too

        def key(row: Row) -> GroupKey:
            nonlocal last
            cells = taken(row)
            if not cells:
                return plain(row)
            if cells != last[0]:
                last = (cells, self._key(made.of(prepared, [Row(row.line, cells)], []), plain, row))
            return last[1]

        return key

    def _key(self, found: dict[str, Any], plain: Callable[[Row], GroupKey], row: Row) -> GroupKey:
        if "invoice_number" in self._made and "invoice_number" not in found:
            return ("", *plain(row))  # it cannot be read: no order with a number has this key
        sent = [str(found.get(name, "")) for name in self._made]
        if not self._rest:
            return tuple(sent)
        cells = plain(row)
        return (*sent, *[cells[place] for place in self._rest])


def _is_made_of(rule: FieldRule, columns: list[str]) -> bool:
    """Return whether each row of an order gives the value. A sum is made of all rows."""
    named = set(rule.named())
    return bool(named) and named <= set(columns) and rule.sum is None
