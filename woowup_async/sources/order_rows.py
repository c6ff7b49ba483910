"""Assigns rows to records: repeated headers, blank rows, and rows that only continue the row above.

Room: sources. Pure. No row of an order is lost: a row that cannot be assigned refuses the order above it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from woowup_async._flow import Entity
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources.columns import places
from woowup_async.sources.grouping import GroupKey, Row
from woowup_async.sources.headers import OTHER, Headers, below
from woowup_async.sources.mapping import EntityRule

#: The key of rows without an identifier of a customer. Neighbours are refused together.
_NOBODY: GroupKey = ("",)


class OrderRows:
    """Gives each row the key of its record.

    Args:
        header: names of the columns.
        rule: the rule of the entity.
        entity: what the rows become.
        cell: returns the text of a cell; "" if it has no value.
        key_of: returns a row's key from its own cells.
        is_left_out: returns whether the mapping leaves out a row, which then belongs to no order.
        own_names: the names of the columns in the file, if they are not those of the mapping.

    Attributes:
        loose: line of the first row, if it has no identity: it may continue an order of another file.
        last: key of the last order.
        is_ordered: whether a row may continue the row above. Without `fill_down`, the rows
            of a query or of JSON documents have no order.

    """

    def __init__(
        self,
        header: Sequence[str],
        rule: EntityRule,
        entity: Entity,
        cell: Callable[[Row, str], str],
        key_of: Callable[[Row], GroupKey],
        is_left_out: Callable[[Row], bool] | None = None,
        own_names: Sequence[str] = (),
    ) -> None:
        self.loose: int | None = None
        self.last: GroupKey | None = None
        self.is_ordered = True
        self._index, self._is_left_out = places(header), is_left_out
        self._cell, self._key_of, self._is_user = cell, key_of, entity is Entity.USER
        number = rule.fields.get("invoice_number")
        named = [] if self._is_user or number is None else list(number.named())
        #: If all of these are empty, a row has no identity of its own.
        self._identity = named or rule.key
        self._headers = Headers(header, own_names, self._identity, rule.columns())
        #: The line of the last header, if its columns are not those of the table.
        self._other = 0
        own = [column for each in rule.fields.values() for column in each.named()]
        self._own = list(dict.fromkeys((*rule.key, *own)))
        self._naming = [column for name in IDENTIFIERS if name in rule.fields for column in rule.fields[name].named()]
        self._filled = self._own if rule.fill_down is True else rule.fill_down or []

    def keyed(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows with their keys. Leave out blank rows, and rows of users without any field of a customer."""
        above: Row | None = None
        for given in rows:
            row = self._misread(given)
            if row.key:
                yield row
                above = row._replace(key=above.key) if above is not None else None
                continue
            if row.fault:
                above = self._damaged(row, above)
                yield above
                continue
            if not any(cell.strip() for cell in row.cells):
                continue
            if any(self._cell(row, column) for column in self._identity):
                above = row._replace(key=self._key_of(row))
                self.last = above.key
                yield above
                continue
            if self._is_left_out is not None and self._is_left_out(row):
                yield row._replace(key=_alone(row))
                continue
            if above is None and self.loose is None and self.is_ordered:
                self.loose = row.line
            if (placed := self._placed(row, above)) is not None:
                yield placed

    def _misread(self, row: Row) -> Row:
        """Return a row with a key and a fault if it is a header, or below another one."""
        fault = self._headers.fault(row.cells)
        if fault:
            self._other = row.line if fault == OTHER else 0
        elif self._other and any(cell.strip() for cell in row.cells):
            fault = below(self._other)
        return row._replace(key=_alone(row), fault=fault) if fault else row

    def _damaged(self, row: Row, above: Row | None) -> Row:
        """Return a row that cannot be used with the key of its order. Without a number, that is the order above."""
        key = self._key_of(row)
        if key == _alone(row):  # too short for a key
            return row._replace(key=key)
        if any(self._cell(row, column) for column in self._identity):
            self.last = key
            return row._replace(key=key)
        if self._is_user or not self.is_ordered:
            return row._replace(key=_alone(row))
        if above is None and self.loose is None:
            self.loose = row.line
        return row._replace(key=above.key if above is not None else _alone(row))

    def _placed(self, row: Row, above: Row | None) -> Row | None:
        """Return a row without identity with its key, or None if it has no field of a customer."""
        if above is not None and above.fault and (self._filled or (self.is_ordered and not self._is_user)):
            return row._replace(key=above.key, fault=f"continues line {above.line}, which cannot be used")
        if self._filled and above is not None:
            cells = [*row.cells]
            for column in self._filled:
                if not self._cell(row, column) and column in self._index:
                    cells[self._index[column]] = above.cells[self._index[column]]
            return Row(row.line, cells, "", above.key)
        if self._is_user:
            if any(self._cell(row, column) for column in self._naming):
                return row._replace(key=_alone(row))  # the row has a user, only its key is missing
            return row._replace(key=_NOBODY) if any(self._cell(row, column) for column in self._own) else None
        names = ", ".join(f'"{column}"' for column in self._identity)
        if not self.is_ordered:
            return row._replace(key=_alone(row), fault=f"has no {names}")
        fault = f"has no {names}: if it belongs to the row above, set fill_down = [{names}, …] in the mapping"
        return row._replace(key=above.key if above is not None else _alone(row), fault=fault)


def by_version(rows: Iterable[Row], columns: Sequence[str], cell: Callable[[Row, str], str]) -> Iterator[list[Row]]:
    """Group neighbouring rows of one customer.

    A row with other values for that customer begins the next version.
    """
    group: list[Row] = []
    for row in rows:
        if group and not _is_same(group[0], row, columns, cell):
            yield group
            group = []
        group.append(row)
    if group:
        yield group


def _is_same(first: Row, row: Row, columns: Sequence[str], cell: Callable[[Row, str], str]) -> bool:
    if first.key != row.key or first.fault or row.fault:
        return False
    if row.key == _NOBODY:
        return True
    return all(cell(row, column) in ("", cell(first, column)) for column in columns)


def _alone(row: Row) -> GroupKey:
    return (f"line {row.line}",)
