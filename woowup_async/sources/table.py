"""Tables: a mapping turns rows with the same key into one user or one purchase.

Room: sources. No row is skipped: a group that the mapping leaves out or that cannot be read is a record with a refusal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from copy import copy
from pathlib import Path
from typing import Any, Protocol

import msgspec

from woowup_async._flow import Entity, Notice, Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.cells import shown
from woowup_async.sources.fields import Fields
from woowup_async.sources.grouping import GroupKey, Row, Shelf, adjacent, is_adjacent, regrouped
from woowup_async.sources.mapping import EntityRule, JoinedRows, Mapping
from woowup_async.sources.noticing import noticed
from woowup_async.sources.order_rows import HEADER_AGAIN, OrderRows, by_version
from woowup_async.sources.shared_orders import SharedOrders

#: Rows of a refused group that its dead letter shows (guessed).
_SHOWN_ROWS = 100


class Table(Protocol):
    """A file of rows with named columns."""

    path: Path

    def header(self) -> list[str]:
        """Read the names of the columns.

        Raises:
            SourceError: it cannot be read.

        """
        ...

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows from the start. A row without `width` cells has a fault."""
        ...


class TableFile(OffLoop):
    """One entity of a table.

    Purchases are grouped by key, wherever their rows are. Users are grouped by neighbouring rows, since a run merges
    identical users anyway.
    """

    path: Path

    def __init__(self, table: Table, mapping: Mapping, entity: Entity, joined: Table | None = None) -> None:
        """Connect a table with its mapping, and with the table of its payments.

        Raises:
            SourceError: the mapping has no table for this entity.

        """
        rule = mapping.purchase if entity is Entity.PURCHASE else mapping.user
        self.path = table.path
        if rule is None:
            raise SourceError(f"the mapping has no table [{entity.value}], so {self.path} cannot feed {entity.value}s")
        self._table, self._mapping, self.entity, self._rule, self._joined = table, mapping, entity, rule, joined
        self._shared: SharedOrders | None = None
        self._original = self
        #: The first and last rows of the file, as `groups` last read them.
        self.edges: OrderRows | None = None

    def among(self, shared: SharedOrders) -> TableFile:
        """Return this table as one of several tables of purchases."""
        table = copy(self)
        table._shared = shared
        table._original = self
        return table

    def check(self) -> None:
        """Raise `SourceError` if a file cannot be read or a column is missing, before anything is sent."""
        _checked(self._table, self._rule.columns())
        if self._joined is not None and self._rule.payment_rows is not None:
            _checked(self._joined, self._rule.payment_rows.columns())

    def records(self) -> Generator[Record, None, None]:
        """Read; this blocks."""
        header = _checked(self._table, self._rule.columns())
        with ExitStack() as stack:
            payments = None
            if self._joined is not None and self._rule.payment_rows is not None:
                payments = stack.enter_context(closing(_Payments(self._joined, self._rule.payment_rows, self._mapping)))
            builder = _Builder(self.path.name, header, self._mapping, self._rule, self.entity, payments)
            for group in self._groups(builder):
                elsewhere = self._shared.find(self._original, group) if self._shared is not None else None
                if elsewhere is None:
                    yield builder.record(group)
                elif elsewhere[0]:
                    yield builder.shared_record(group, *elsewhere)

    def groups(self) -> Iterator[tuple[list[Row], Callable[[Row, str], str]]]:
        """Yield the rows of each key, with a function that returns a cell. This blocks."""
        header = _checked(self._table, self._rule.columns())
        builder = _Builder(self.path.name, header, self._mapping, self._rule, self.entity, None)
        self.edges = builder.order_rows
        for group in self._groups(builder):
            yield group, builder.cell

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping reads."""
        return list(dict.fromkeys(self._rule.columns()))

    def _groups(self, builder: _Builder) -> Iterator[list[Row]]:
        if self.entity is Entity.USER:
            return by_version(self._rows(builder), builder.own_columns, builder.cell)
        if is_adjacent(self._rows(builder), _key_of):
            return adjacent(self._rows(builder), _key_of)
        return regrouped(self._rows(builder), _key_of)

    def _rows(self, builder: _Builder) -> Iterator[Row]:
        return builder.order_rows.keyed(self._table.rows(builder.width))


def _key_of(row: Row) -> GroupKey:
    return row.key


def _checked(table: Table, columns: Iterable[str]) -> list[str]:
    """Read a header, and check that it has the needed columns."""
    header, path = table.header(), table.path
    needed = list(dict.fromkeys(columns))
    for column in needed:
        if header.count(column) > 1:
            raise SourceError(f"{path} has the column {column!r} twice: rename one of them")
        if column not in header:
            close = difflib.get_close_matches(column, header, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; {_described(header, needed)}"
            raise SourceError(f"{path} has no column {column!r}, which the mapping names{hint}")
    return header


def _described(header: list[str], needed: list[str]) -> str:
    if set(header) & set(needed):
        return f"it has {', '.join(header)}"
    for mark in (";", "\t", "|", ","):
        if len(header) == 1 and set(header[0].split(mark)) & set(needed):
            return f"its columns are separated by {mark!r}: set csv.delimiter"
    # there may be no header, and this may be personal data, so it is not shown
    return f"none of the {len(header)} cells of its first row is a column of the mapping"


class _Payments:
    """Payments from another file, found by key."""

    def __init__(self, table: Table, rule: JoinedRows, mapping: Mapping) -> None:
        header = _checked(table, rule.columns())
        self._rule, self._fields = rule, Fields(header, mapping)
        self._shelf = Shelf(table.rows(len(header)), lambda row: self._fields.key(row, rule.key))
        self._name = table.path.name

    def of(self, key: GroupKey, reasons: list[Reason]) -> list[dict[str, Any]]:
        """Build the payments of a purchase. An error in one of their rows is an error of the purchase."""
        payments: list[dict[str, Any]] = []
        for row in self._shelf.of(key):
            if row.fault:
                reasons.append(Reason("payment", f"{self._name}:{row.line} {row.fault}"))
                continue
            found: list[Reason] = []
            payments.append(self._fields.of(self._rule.fields, [row], found))
            reasons += [Reason(f"payment.{each.path}", f"{self._name}: {each.message}") for each in found]
        return payments

    def close(self) -> None:
        """Delete the temporary data."""
        self._shelf.close()


class _Builder:
    """Makes one record from a group of rows."""

    def __init__(
        self,
        name: str,
        header: list[str],
        mapping: Mapping,
        rule: EntityRule,
        entity: Entity,
        payments: _Payments | None,
    ) -> None:
        self.width, self._is_user = len(header), entity is Entity.USER
        self._name, self._header, self._rule, self._payments = name, header, rule, payments
        self._fields = Fields(header, mapping)
        self.cell = self._fields.cell
        #: The columns of the entity's own fields.
        self.own_columns = list(dict.fromkeys(column for each in rule.fields.values() for column in each.named()))
        self.order_rows = OrderRows(header, rule, entity, self._fields.identity, self.key)
        self._leave_out = [(each, re.compile(each.matches)) for each in rule.leave_out]

    def key(self, row: Row) -> GroupKey:
        """Return the values that identify a group."""
        return self._fields.key(row, self._rule.key)

    def record(self, group: list[Row]) -> Record:
        """Build the record, or return one with the reasons why it cannot be built."""
        position = Position(self._name, group[0].line)
        refusal = self._unreadable(group) or self._left_out(group[0])
        if refusal is None:
            built = self._built(group)
            if not isinstance(built, Rejected):
                notices = () if self._is_user else tuple(noticed(group, built))
                return Record(position, built, len(group), notices=notices)
            refusal = built
        return Record(position, self._shown(group), len(group), refusal)

    def shared_record(self, group: list[Row], rows: int, found: Rejected | Notice) -> Record:
        """Build the record of an order that is in several tables."""
        record = self.record(group)
        if isinstance(found, Notice):
            return msgspec.structs.replace(record, rows=rows, notices=(*record.notices, found))
        refusal = record.refusal or found
        return Record(record.position, self._shown(group), rows, refusal)

    def _unreadable(self, group: list[Row]) -> Rejected | None:
        faults = tuple(Reason(f"line {row.line}", row.fault) for row in group if row.fault)
        return Rejected("client", "malformed", faults) if faults else None

    def _left_out(self, first: Row) -> Rejected | None:
        cell = self._fields.cell
        reasons = [Reason(column, "is empty") for column in self._rule.require if not cell(first, column)]
        reasons += [
            Reason(rule.column, rule.reason)
            for rule, pattern in self._leave_out
            if pattern.search(cell(first, rule.column))
        ]
        return Rejected("client", "left_out", tuple(reasons)) if reasons else None

    def _built(self, group: list[Row]) -> dict[str, Any] | Rejected:
        reasons: list[Reason] = []
        fields = self._fields.of(self._rule.fields, group, reasons)
        if self._rule.lines:
            fields["purchase_detail"] = [self._fields.of(self._rule.lines, [row], reasons) for row in group]
        if payments := self._paid(group, reasons):
            fields["payment"] = payments
        # one column may feed several fields: each bad cell is reported once
        return Rejected("client", "malformed", tuple(dict.fromkeys(reasons))) if reasons else fields

    def _paid(self, group: list[Row], reasons: list[Reason]) -> list[dict[str, Any]]:
        fields = self._fields
        payments = [fields.of(each, group, reasons) for each in self._rule.payments if fields.is_given(each, group[0])]
        return payments + (self._payments.of(group[0].key, reasons) if self._payments else [])

    def _shown(self, group: list[Row]) -> dict[str, Any]:
        shown = {"rows": [self._as_is(row.cells) for row in group[:_SHOWN_ROWS]], "rows_in_all": len(group)}
        readable = [row for row in group[:_SHOWN_ROWS] if self._is_user and row.fault != HEADER_AGAIN]
        named = self._fields.identifiers(self._rule.fields, readable)
        key = "" if group[0].key[0].startswith("line ") else " ".join(group[0].key)
        return shown | ({"key": key} if key else {}) | ({"identifiers": named} if named else {})

    def _as_is(self, cells: list[str]) -> dict[str, Any]:
        cells = [shown(cell) for cell in cells]
        found: dict[str, Any] = dict(zip(self._header, cells, strict=False))
        beyond = cells[self.width :]
        return {**found, "(beyond the header)": beyond} if beyond else found
