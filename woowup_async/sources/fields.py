"""Builds fields of records from the cells of rows, by the rules of a mapping.

Room: sources.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, DecimalException
from functools import reduce
from typing import Any

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources.cells import EXACT, Cells, shown
from woowup_async.sources.grouping import GroupKey, Row
from woowup_async.sources.mapping import FieldRule, Mapping

#: Fields on which the rows of one order must agree: its customer, its branch and its times.
AGREEING = frozenset((*IDENTIFIERS, "branch_name", "createtime", "approvedtime"))
#: Fields in which a word for a missing value counts as empty.
_NAMES = frozenset((*IDENTIFIERS, "invoice_number"))


def put(fields: dict[str, Any], name: str, value: Any) -> None:
    """Set `a.b` as member b of object a."""
    *parents, last = name.split(".")
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[last] = value


class Fields:
    """Builds fields from the rows of one table, and collects the reasons for cells that cannot be read."""

    def __init__(self, header: list[str], mapping: Mapping) -> None:
        self._index = {column: number for number, column in enumerate(header)}
        self._cells, self._lookups = Cells(mapping.csv, datetime.now(UTC).date()), mapping.lookups

    def of(self, rules: dict[str, FieldRule], rows: list[Row], reasons: list[Reason]) -> dict[str, Any]:
        """Build an object. Dotted names make nested objects."""
        fields: dict[str, Any] = {}
        for name, rule in rules.items():
            value = self._value(rule, self.agreed(name, rule, rows, reasons), reasons)
            if value is None or (name in _NAMES and isinstance(value, str) and is_absent_identifier(value)):
                continue
            put(fields, name, value)
        return fields

    def is_given(self, rules: dict[str, FieldRule], row: Row) -> bool:
        """Return whether a row has a value for one of these rules."""
        return any(self.cell(row, column) for rule in rules.values() for column in rule.named())

    def cell(self, row: Row, column: str) -> str:
        """Return the trimmed text of a cell; "" if it has no value or the row is too short."""
        index = self._index[column]
        return self._cells.text(row.cells[index]) if index < len(row.cells) else ""

    def key(self, row: Row, columns: list[str]) -> GroupKey:
        """Return the values that identify a group. A row that is too short for them is a group of its own."""
        if len(row.cells) <= max(self._index[column] for column in columns):
            return (f"line {row.line}",)
        return tuple(self.identity(row, column) for column in columns)

    def identity(self, row: Row, column: str) -> str:
        """Return the text of a cell that identifies records; "" for a word that means a missing value."""
        cell = self.cell(row, column)
        return "" if is_absent_identifier(cell) else cell

    def agreed(self, name: str, rule: FieldRule, rows: list[Row], reasons: list[Reason]) -> list[Row]:
        """Return the rows for a field. If they must agree on it, the first row with a value comes first."""
        if len(rows) == 1 or name not in AGREEING or not rule.agree or rule.constant is not None:
            return rows
        texts: dict[tuple[str, ...], Row] = {}
        for row in rows:
            text = tuple(self.cell(row, column) for column in rule.named())
            if any(text) and not all(map(is_absent_identifier, text)):
                texts.setdefault(text, row)
        values: dict[Any, Row] = {}
        for row in texts.values():  # nearly always only one
            values.setdefault(self._value(rule, [row], [] if len(texts) > 1 else reasons), row)
        if len(values) > 1:
            (one, first), (other, second), *_ = values.items()
            found = f"line {first.line} says {_short(one)}, line {second.line} says {_short(other)}"
            reasons.append(Reason(name, f"the rows of one order disagree: {found}"))
        chosen = next(iter(texts.values()), rows[0])
        return [chosen, *(row for row in rows if row is not chosen)]

    def identifiers(self, rules: dict[str, FieldRule], rows: list[Row]) -> dict[str, list[str]]:
        """Read the identifiers of customers in rows that may be damaged."""
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
            return [text for column in rule.columns if (text := self._mapped(rule, self.cell(first, column)))] or None
        if rule.pairs is not None:
            texts = {name: self._mapped(rule, self.cell(first, column)) for name, column in rule.pairs.items()}
            return [{"name": name, "value": text} for name, text in texts.items() if text] or None
        if rule.template is not None:
            return self._mapped(rule, self._filled(rule, first))
        value = self._converted(rule.column or "", rule.conversion, first, reasons)
        if rule.split is not None and value is not None:
            return [text for part in str(value).split(rule.split) if (text := self._mapped(rule, part.strip()))] or None
        return self._mapped(rule, value)

    def _mapped(self, rule: FieldRule, value: Any) -> Any:
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
            reasons.append(Reason(column, f"line {row.line}: is empty, but a sum needs it"))
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
