"""Tables: rows of one key become one user or one purchase, by a mapping.

Room: sources. Built by `csv` and `parquet`, which read the rows. Rows are never skipped: a group that the mapping
leaves out, and one that cannot be read, is a record with its refusal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from functools import reduce
from pathlib import Path
from typing import Any, Protocol

from woowup_async._flow import Entity, Position, Record
from woowup_async._text import printable
from woowup_async.errors import Reason, SourceError
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import OffLoop
from woowup_async.sources.cells import EXACT, Cells, shown
from woowup_async.sources.grouping import Key, Row, Shelf, adjacent, is_adjacent, regrouped
from woowup_async.sources.mapping import EntityRule, FieldRule, JoinedRows, Mapping
from woowup_async.sources.noticing import noticed
from woowup_async.sources.order_rows import OrderRows, by_version

#: Fields on which the rows of one order must agree: its customer, its branch and its times.
AGREEING = frozenset((*IDENTIFIERS, "branch_name", "createtime", "approvedtime"))
#: Fields in which a word for a missing value is none.
_NAMES = frozenset((*IDENTIFIERS, "invoice_number"))
#: Rows of a refused group that its dead letter shows (guessed).
_SHOWN_ROWS = 100


class Table(Protocol):
    """A file of rows under named columns."""

    path: Path

    def header(self) -> list[str]:
        """Read the names of the columns.

        Raises:
            SourceError: it cannot be read.

        """
        ...

    def rows(self, width: int) -> Generator[Row, None, None]:
        """Read all rows, from the start; one that has not so many cells says so in its fault."""
        ...


class TableFile(OffLoop):
    """One entity of a table.

    Purchases are grouped by key wherever their rows stand; users by neighbouring rows, since identical users of a run
    are merged anyway.
    """

    def __init__(self, table: Table, mapping: Mapping, entity: Entity, joined: Table | None = None) -> None:
        """Bind a table to its mapping, and to the table that its payments come from.

        Raises:
            SourceError: the mapping has no table for this entity.

        """
        rule = mapping.purchase if entity is Entity.PURCHASE else mapping.user
        self.path = table.path
        if rule is None:
            raise SourceError(f"the mapping has no table [{entity.value}], so {self.path} cannot feed {entity.value}s")
        self._table, self._mapping, self._entity, self._rule, self._joined = table, mapping, entity, rule, joined

    def check(self) -> None:
        """Raise `SourceError` where a file cannot be read or a column is missing, before anything is sent."""
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
            builder = _Builder(self.path.name, header, self._mapping, self._rule, self._entity, payments)
            for group in self._groups(builder):
                yield builder.record(group)

    def groups(self) -> Iterator[tuple[list[Row], Callable[[Row, str], str]]]:
        """Read the rows of each key, with a way to their cells; this blocks."""
        header = _checked(self._table, self._rule.columns())
        builder = _Builder(self.path.name, header, self._mapping, self._rule, self._entity, None)
        for group in self._groups(builder):
            yield group, builder.cell

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping reads."""
        return list(dict.fromkeys(self._rule.columns()))

    def _groups(self, builder: _Builder) -> Iterator[list[Row]]:
        if self._entity is Entity.USER:
            return by_version(self._rows(builder), builder.own_columns, builder.cell)
        if is_adjacent(self._rows(builder), _key_of):
            return adjacent(self._rows(builder), _key_of)
        return regrouped(self._rows(builder), _key_of)

    def _rows(self, builder: _Builder) -> Iterator[Row]:
        return builder.order_rows.keyed(self._table.rows(builder.width))


def _key_of(row: Row) -> Key:
    return row.key


def _checked(table: Table, columns: Iterable[str]) -> list[str]:
    """Read a header and hold it against the columns that are needed."""
    header, path = table.header(), table.path
    needed = list(dict.fromkeys(columns))
    for column in needed:
        if header.count(column) > 1:
            raise SourceError(f"{path} has the column {column!r} twice: which one is meant?")
        if column not in header:
            close = difflib.get_close_matches(column, header, n=1)
            hint = f"; was {close[0]!r} meant?" if close else f"; {_described(header, needed)}"
            raise SourceError(f"{path} has no column {column!r}, which the mapping names{hint}")
    return header


def _described(header: list[str], needed: list[str]) -> str:
    if set(header) & set(needed):
        return f"it has {', '.join(header)}"
    for mark in (";", "\t", "|", ","):
        if len(header) == 1 and set(header[0].split(mark)) & set(needed):
            return f"its columns are parted by {mark!r}: set csv.delimiter"
    # perhaps there is no header, and this is somebody's data: never show it
    return f"none of the {len(header)} cells of its first row is a column of the mapping"


def put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Set `a.b` as member b of object a."""
    *parents, last = name.split(".")
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[last] = value


class _Fields:
    """Builds fields of rows under one header, and notes what cannot be read."""

    def __init__(self, header: list[str], mapping: Mapping) -> None:
        self._index = {column: number for number, column in enumerate(header)}
        self._cells, self._lookups = Cells(mapping.csv, datetime.now(UTC).date()), mapping.lookups

    def of(self, rules: dict[str, FieldRule], rows: list[Row], reasons: list[Reason]) -> dict[str, Any]:
        """Build an object; dotted names nest."""
        fields: dict[str, Any] = {}
        for name, rule in rules.items():
            value = self._value(rule, self.agreed(name, rule, rows, reasons), reasons)
            if value is None or (name in _NAMES and isinstance(value, str) and is_absent_identifier(value)):
                continue
            put(fields, name, value)
        return fields

    def is_given(self, rules: dict[str, FieldRule], row: Row) -> bool:
        """Whether a row has anything for these rules."""
        return any(self.cell(row, column) for rule in rules.values() for column in rule.named())

    def cell(self, row: Row, column: str) -> str:
        """The text of a cell, trimmed; "" where it says nothing, or the row is too short to have it."""
        index = self._index[column]
        return self._cells.text(row.cells[index]) if index < len(row.cells) else ""

    def key(self, row: Row, columns: list[str]) -> Key:
        """The values that tell groups apart; a row too short to have them stands alone."""
        if len(row.cells) <= max(self._index[column] for column in columns):
            return (f"line {row.line}",)
        return tuple(self.identity(row, column) for column in columns)

    def identity(self, row: Row, column: str) -> str:
        """The text of a cell that tells records apart: a word for a missing value is none."""
        cell = self.cell(row, column)
        return "" if is_absent_identifier(cell) else cell

    def agreed(self, name: str, rule: FieldRule, rows: list[Row], reasons: list[Reason]) -> list[Row]:
        """Return the rows to take a field from: the first that has it, where the rows of an order must agree on it."""
        if len(rows) == 1 or name not in AGREEING or not rule.agree or rule.constant is not None:
            return rows
        texts = {}
        for row in rows:
            text = tuple(self.cell(row, column) for column in rule.named())
            if any(text) and not all(map(is_absent_identifier, text)):
                texts.setdefault(text, row)
        values: dict[Any, Row] = {}
        for row in texts.values():  # nearly always one
            values.setdefault(self._value(rule, [row], [] if len(texts) > 1 else reasons), row)
        if len(values) > 1:
            (one, first), (other, second), *_ = values.items()
            found = f"line {first.line} says {_short(one)}, line {second.line} says {_short(other)}"
            reasons.append(Reason(name, f"the rows of one order disagree: {found}"))
        chosen = next(iter(texts.values()), rows[0])
        return [chosen, *(row for row in rows if row is not chosen)]

    def identifiers(self, rules: dict[str, FieldRule], rows: list[Row]) -> dict[str, list[str]]:
        """Read what names a customer in rows that may be damaged."""
        found: dict[str, list[str]] = {}
        for name in IDENTIFIERS:
            for row in rows if name in rules else ():
                value = self._value(rules[name], [row], [])
                if value is not None and not is_absent_identifier(str(value)) and str(value) not in found.get(name, ()):
                    found.setdefault(name, []).append(str(value))
        return found

    def _value(self, rule: FieldRule, rows: list[Row], reasons: list[Reason]) -> Any:
        first = rows[0]
        if rule.constant is not None:
            return rule.constant
        if rule.sum is not None:
            return self._sum(rule, rows, reasons)
        if rule.columns is not None:
            return [text for column in rule.columns if (text := self._told(rule, self.cell(first, column)))] or None
        if rule.pairs is not None:
            texts = {name: self._told(rule, self.cell(first, column)) for name, column in rule.pairs.items()}
            return [{"name": name, "value": text} for name, text in texts.items() if text] or None
        if rule.template is not None:
            return self._told(rule, self._filled(rule, first))
        value = self._converted(rule.column or "", rule.conversion, first, reasons)
        if rule.split is not None and value is not None:
            return [text for part in str(value).split(rule.split) if (text := self._told(rule, part.strip()))] or None
        return self._told(rule, value)

    def _told(self, rule: FieldRule, value: Any) -> Any:
        if rule.lookup is None or value in (None, ""):
            return value if value != "" else None
        table = self._lookups[rule.lookup]
        return table.get(str(value), table.get("*", value)) or None

    def _filled(self, rule: FieldRule, row: Row) -> str | None:
        parts = [(text, self.cell(row, column) if column else None) for text, column in rule.parts()]
        return None if any(cell == "" for _, cell in parts) else "".join(text + (cell or "") for text, cell in parts)

    def _sum(self, rule: FieldRule, rows: list[Row], reasons: list[Reason]) -> Decimal:
        total = Decimal(0)
        for columns, sign in ((rule.sum or [], 1), (rule.minus or [], -1)):
            for row in rows if columns else ():
                factors = [self._factor(column, row, reasons) for column in columns]
                try:
                    product = reduce(EXACT.multiply, factors)
                    total = EXACT.add(total, sign * abs(product) if rule.absolute else sign * product)
                except DecimalException:
                    reasons.append(Reason(columns[0], f"line {row.line}: has more digits than can be added exactly"))
        return total

    def _factor(self, column: str, row: Row, reasons: list[Reason]) -> Decimal:
        if not self.cell(row, column):
            reasons.append(Reason(column, f"line {row.line}: is empty, and a sum needs it"))
        value = self._converted(column, "decimal", row, reasons)
        return value if isinstance(value, Decimal) else Decimal(0)

    def _converted(self, column: str, conversion: str, row: Row, reasons: list[Reason]) -> Any:
        text = self.cell(row, column)
        if not text:
            return None
        try:
            return self._cells.convert(text, conversion)
        except (ValueError, OverflowError):
            reasons.append(Reason(column, f"line {row.line}: expected {conversion}, got {shown(text)[:40]!r}"))
            return None


def _short(value: object) -> str:
    return repr(printable(str(value), 60))


class _Payments:
    """Payments from another file, found by key."""

    def __init__(self, table: Table, rule: JoinedRows, mapping: Mapping) -> None:
        header = _checked(table, rule.columns())
        self._rule, self._fields = rule, _Fields(header, mapping)
        self._shelf = Shelf(table.rows(len(header)), lambda row: self._fields.key(row, rule.key))
        self._name = table.path.name

    def of(self, key: Key, reasons: list[Reason]) -> list[dict[str, Any]]:
        """Build the payments of a purchase; what is wrong with one of their rows is wrong with the purchase."""
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
        """Forget them."""
        self._shelf.close()


class _Builder:
    """Makes a record of a group of rows."""

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
        self._fields = _Fields(header, mapping)
        self.cell = self._fields.cell
        #: Columns of the entity's own fields.
        self.own_columns = list(dict.fromkeys(column for each in rule.fields.values() for column in each.named()))
        self.order_rows = OrderRows(header, rule, entity, self._fields.identity, self.key)
        self._leave_out = [(each, re.compile(each.matches)) for each in rule.leave_out]

    def key(self, row: Row) -> Key:
        """The values that tell groups apart."""
        return self._fields.key(row, self._rule.key)

    def record(self, group: list[Row]) -> Record:
        """Build the record, or say why there is none."""
        position = Position(self._name, group[0].line)
        refusal = self._unreadable(group) or self._left_out(group[0])
        if refusal is None:
            built = self._built(group)
            if not isinstance(built, Rejected):
                notices = () if self._is_user else tuple(noticed(group, built))
                return Record(position, built, len(group), notices=notices)
            refusal = built
        return Record(position, self._shown(group), len(group), refusal)

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
        # one column may feed several fields: each bad cell is told once
        return Rejected("client", "malformed", tuple(dict.fromkeys(reasons))) if reasons else fields

    def _paid(self, group: list[Row], reasons: list[Reason]) -> list[dict[str, Any]]:
        fields = self._fields
        payments = [fields.of(each, group, reasons) for each in self._rule.payments if fields.is_given(each, group[0])]
        return payments + (self._payments.of(group[0].key, reasons) if self._payments else [])

    def _shown(self, group: list[Row]) -> dict[str, Any]:
        shown = {"rows": [self._as_is(row.cells) for row in group[:_SHOWN_ROWS]], "rows_in_all": len(group)}
        named = self._fields.identifiers(self._rule.fields, group[:_SHOWN_ROWS]) if self._is_user else {}
        return shown | ({"identifiers": named} if named else {})

    def _as_is(self, cells: list[str]) -> dict[str, Any]:
        cells = [shown(cell) for cell in cells]
        found: dict[str, Any] = dict(zip(self._header, cells, strict=False))
        beyond = cells[self.width :]
        return {**found, "(beyond the header)": beyond} if beyond else found
