"""Builds fields of records from the cells of rows, by the rules of a mapping.

Room: sources.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from woowup_async._text import printable
from woowup_async.errors import Reason
from woowup_async.models._absent import is_absent_identifier
from woowup_async.models._base import IDENTIFIERS
from woowup_async.sources.cells import Cells, day_shown, is_typed, marked, shown
from woowup_async.sources.columns import NOWHERE, places
from woowup_async.sources.field_rule import DAYS, FieldRule
from woowup_async.sources.grouping import GroupKey, Row
from woowup_async.sources.hints import hint
from woowup_async.sources.mapping import Mapping
from woowup_async.sources.mapping_checks import AGREEING
from woowup_async.sources.steps import compiled, default_of
from woowup_async.sources.sums import ReadCell, Sum
from woowup_async.sources.templates import filled
from woowup_async.sources.texts import is_shortened, unguarded

#: Fields in which a word for a missing value counts as empty.
_NAMES = frozenset((*IDENTIFIERS, "invoice_number"))
#: Conversions of codes, whose digits count.
_CODES = frozenset(("id", "sku"))
#: Makes a value from the rows of a record, and collects what cannot be read.
Read = Callable[[Sequence[Row], list[Reason]], Any]


class Field(NamedTuple):
    """A rule that is ready to read. The rows of an order must agree on some fields."""

    name: str
    path: tuple[str, ...]
    read: Read
    columns: tuple[str, ...]
    must_agree: bool
    is_name: bool


class Fields:
    """Builds fields from the rows of one table, and collects the reasons for cells that cannot be read.

    Args:
        header: names of the columns.
        mapping: a checked mapping.
        first_only: columns that have a value in the first row of a record only.

    """

    def __init__(self, header: Sequence[str], mapping: Mapping, first_only: Sequence[str] = ()) -> None:
        self._index = places(header)
        self._cells, self._lookups = Cells(mapping.csv, datetime.now(UTC).date()), mapping.lookups
        self._mark, self._first_only = mapping.csv.mark, frozenset(first_only)

    def prepared(self, rules: dict[str, FieldRule]) -> list[Field]:
        """Make rules ready to read."""
        return [
            Field(
                name,
                tuple(name.split(".")),
                self._reader(rule, is_name=name in _NAMES),
                tuple(rule.named()),
                name in AGREEING and rule.agree and rule.constant is None,
                name in _NAMES,
            )
            for name, rule in rules.items()
        ]

    def of(self, prepared: list[Field], rows: list[Row], reasons: list[Reason]) -> dict[str, Any]:
        """Build an object. Dotted names make nested objects."""
        fields: dict[str, Any] = {}
        for field in prepared:
            taken = self._agreed(field, rows, reasons) if field.must_agree and len(rows) > 1 else rows
            value = field.read(taken, reasons)
            if value is None or (field.is_name and isinstance(value, str) and is_absent_identifier(value)):
                continue
            if len(field.path) == 1:
                fields[field.name] = value
            else:
                put(fields, field.path, value)
        return fields

    def is_given(self, prepared: list[Field], row: Row) -> bool:
        """Return whether a row has a value for one of these rules."""
        return any(self.cell(row, column) for field in prepared for column in field.columns)

    def cell(self, row: Row, column: str) -> str:
        """Return the trimmed text of a cell; "" if it has no value or the row is too short."""
        index = self._index.get(column, NOWHERE)
        return self._cells.text(row.cells[index]) if index < len(row.cells) else ""

    def key(self, row: Row, columns: list[str]) -> GroupKey:
        """Return the values that identify a group. A row that is too short for them is a group of its own."""
        if len(row.cells) <= max(self._index.get(column, -1) for column in columns):
            return (f"line {row.line}",)
        return tuple(self.identity(row, column) for column in columns)

    def taker(self, columns: list[str]) -> Callable[[Row], list[str]]:
        """Return the function that returns cells as they are: none if a row is too short for them."""
        places = [self._index.get(column, NOWHERE) for column in columns]

        def taken(row: Row) -> list[str]:
            cells = row.cells
            try:
                return [cells[place] if place != NOWHERE else "" for place in places]
            except IndexError:
                return []

        return taken

    def identity(self, row: Row, column: str) -> str:
        """Return the text of a cell that identifies records; "" for a word that means a missing value.

        It does not have the guards of spreadsheets.
        """
        cell = unguarded(self.cell(row, column))
        return "" if is_absent_identifier(cell) else cell

    def identifiers(self, prepared: list[Field], rows: list[Row]) -> dict[str, list[str]]:
        """Read the identifiers of customers in rows that may be damaged."""
        found: dict[str, list[str]] = {}
        for field in prepared:
            for row in rows if field.name in IDENTIFIERS else ():
                value = field.read([row], [])
                if value is not None and not is_absent_identifier(str(value)):
                    known = found.setdefault(field.name, [])
                    known += [] if str(value) in known else [str(value)]
        return {name: found[name] for name in IDENTIFIERS if name in found}

    def _agreed(self, field: Field, rows: list[Row], reasons: list[Reason]) -> list[Row]:
        """Return the rows for a field on which they must agree: the first row with a value comes first."""
        texts: dict[tuple[str, ...], Row] = {}
        for row in rows:
            text = tuple([self.cell(row, column) for column in field.columns])
            if any(text) and not all(map(is_absent_identifier, text)):
                texts.setdefault(text, row)
        values: dict[Any, Row] = {}
        for row in texts.values() if len(texts) > 1 else ():
            unreadable: list[Reason] = []
            value = field.read([row], unreadable)
            if value is not None or unreadable:
                values.setdefault(value, row)
        if len(values) > 1:
            (one, first), (other, second), *_ = values.items()
            found = f"line {first.line} says {_short(one)}, line {second.line} says {_short(other)}"
            reasons.append(Reason(field.name, f"the rows of one order disagree: {found}"))
        chosen = next(iter((values or texts).values()), rows[0])
        return [chosen, *(row for row in rows if row is not chosen)]

    def _reader(self, rule: FieldRule, *, is_name: bool) -> Read:
        if rule.constant is not None:
            return lambda rows, reasons: rule.constant
        if rule.sum is not None:
            return Sum(self, rule).read
        plain = self._undefaulted(rule, is_name=is_name)
        if (default := default_of(rule, self._cells)) is None:
            return lambda rows, reasons: plain(rows[0], reasons)

        def defaulted(rows: Sequence[Row], reasons: list[Reason]) -> Any:
            value = plain(rows[0], reasons)
            return default if value is None else value

        return defaulted

    def _undefaulted(self, rule: FieldRule, *, is_name: bool) -> ReadCell:
        if rule.split is not None:
            return self._split(rule)
        if rule.template is not None:
            return self._template(rule, is_name=is_name)
        if rule.pairs is not None:
            named = [(name, self.reader(rule, column)) for name, column in rule.pairs.items()]
            return lambda row, reasons: (
                [{"name": name, "value": text} for name, read in named if (text := read(row, reasons))] or None
            )
        if rule.columns is not None:
            listed = [self.reader(rule, column) for column in rule.columns]
            return lambda row, reasons: [text for read in listed if (text := read(row, reasons))] or None
        if rule.first_of is not None:
            several = [self.reader(rule, column, is_name=is_name) for column in rule.first_of]
            return lambda row, reasons: next(
                (value for read in several if (value := read(row, reasons)) is not None), None
            )
        return self.reader(rule, rule.column or "", is_name=is_name)

    def reader(self, rule: FieldRule, column: str, *, is_name: bool = False) -> ReadCell:
        """Return the function that reads one cell by the steps of a rule. A name is no word for a missing value."""
        index, text_of = self._index.get(column, NOWHERE), self._cells.text
        step, is_code = compiled(rule, self._cells, self._lookups), is_name or rule.conversion in _CODES

        def read(row: Row, reasons: list[Reason]) -> Any:
            cells = row.cells
            text = text_of(cells[index]) if index < len(cells) else ""
            text = unguarded(text) if is_name else text
            if not text or (is_name and is_absent_identifier(text)):
                return None
            if is_code and is_shortened(text):
                reasons.append(_lost(column, row, text))
                return None
            try:
                value = step(text)
            except (ValueError, OverflowError):
                reasons.append(self._unreadable(rule, column, row, text))
                return None
            return None if value == "" else value

        return read

    def _template(self, rule: FieldRule, *, is_name: bool) -> ReadCell:
        parts, step = rule.parts(), compiled(rule, self._cells, self._lookups)
        is_day, columns, cell = rule.conversion in DAYS, tuple(rule.named()), self.identity if is_name else self.cell

        def read(row: Row, reasons: list[Reason]) -> Any:
            lost = [column for column in columns if is_name and is_shortened(cell(row, column))]
            if lost:
                reasons.append(_lost(lost[0], row, cell(row, lost[0])))
                return None
            as_text = day_shown if is_day else shown
            text = filled(parts, lambda column: as_text(cell(row, column)))
            if text is None:
                return None
            if is_day and any(is_typed(cell(row, column)) for column in columns):
                text = marked(text)
            try:
                value = step(text)
            except (ValueError, OverflowError):
                reasons.append(self._unreadable(rule, rule.template or "", row, text))
                return None
            return None if value == "" else value

        return read

    def _split(self, rule: FieldRule) -> ReadCell:
        column, mark = rule.column or "", rule.split
        step = compiled(rule, self._cells, self._lookups)

        def read(row: Row, reasons: list[Reason]) -> Any:
            parts = [text for part in shown(self.cell(row, column)).split(mark) if (text := part.strip())]
            try:
                return [value for part in parts if (value := step(part))] or None
            except (ValueError, OverflowError):
                reasons.append(self._unreadable(rule, column, row, self.cell(row, column)))
                return None

        return read

    def _unreadable(self, rule: FieldRule, column: str, row: Row, text: str) -> Reason:
        kind = "decimal" if rule.sum is not None and rule.conversion == "text" else rule.conversion
        advice = hint(kind, shown(text), rule.decimal or self._mark)
        return Reason(column, f"line {row.line}: expected {kind}, got {shown(text)[:40]!r}{advice}")

    def counts_once(self, columns: Sequence[str]) -> bool:
        """Return whether one of these columns has a value in the first row of a record only."""
        return not self._first_only.isdisjoint(columns)

    def default(self, rule: FieldRule) -> Any:
        """Return the value for a field that has none."""
        return default_of(rule, self._cells)


def put(fields: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set `a.b` as member b of object a."""
    *parents, last = path
    for parent in parents:
        fields = fields.setdefault(parent, {})
    fields[last] = value


def _lost(column: str, row: Row, text: str) -> Reason:
    what = f"{text!r} has lost its digits in a spreadsheet or a float: make the column text there"
    return Reason(column, f"line {row.line}: {what}")


def _short(value: object) -> str:
    return repr(printable(str(value), 60))
