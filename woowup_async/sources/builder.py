"""Makes one record from a group of rows, by the rules of a mapping.

Room: sources. Nothing is lost: a row that the mapping leaves out or that cannot be read is in a notice or a refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from woowup_async._flow import Entity, Notice, Position, Record
from woowup_async._wire.purchase_shape import purchase_key
from woowup_async.errors import Reason, SourceError
from woowup_async.models._base import IDENTIFIERS
from woowup_async.outcomes import Rejected
from woowup_async.sources.cells import shown
from woowup_async.sources.columns import checked, numbered, places
from woowup_async.sources.fields import Fields
from woowup_async.sources.grouping import GroupKey, Row, Shelf
from woowup_async.sources.headers import is_misread
from woowup_async.sources.json_paths import lines_of
from woowup_async.sources.mapping import EntityRule, JoinedRows, Mapping
from woowup_async.sources.noticing import noticed
from woowup_async.sources.order_keys import SENT, OrderKeys
from woowup_async.sources.order_rows import OrderRows
from woowup_async.sources.row_tests import CellOf, RowTests
from woowup_async.sources.table_protocol import Table

#: Rows of a refused group that its dead letter shows (guessed).
_SHOWN_ROWS = 100


class JoinedPayments:
    """Payments from another file, found by key.

    Raises:
        SourceError: a row names no order, so its payment would be lost.

    """

    def __init__(self, table: Table, rule: JoinedRows, mapping: Mapping, keys: OrderKeys) -> None:
        header = checked(table, rule.columns(), (), mapping.columns)
        self._rule, self._fields = rule, Fields(header, mapping)
        self._prepared = self._fields.prepared(rule.fields)
        self._name, self._key_of = table.path.name, keys.reader(self._fields, rule.key)
        rows = (row for row in table.rows(len(header)) if any(cell.strip() for cell in row.cells))
        self._shelf = Shelf(rows, self._key)

    def of(self, key: GroupKey, reasons: list[Reason]) -> list[dict[str, Any]]:
        """Build the payments of a purchase. An error in one of their rows is an error of the purchase."""
        payments: list[dict[str, Any]] = []
        for row in self._shelf.of(key):
            if row.fault:
                reasons.append(Reason("payment", f"{self._name}:{row.line} {row.fault}"))
                continue
            found: list[Reason] = []
            payments.append(self._fields.of(self._prepared, [row], found))
            reasons += [Reason(f"payment.{each.path}", f"{self._name}: {each.message}") for each in found]
        return payments

    def close(self) -> None:
        """Delete the temporary data."""
        self._shelf.close()

    def _key(self, row: Row) -> GroupKey:
        key = self._key_of(row)
        if not any(key) or key == (f"line {row.line}",):
            names = ", ".join(self._rule.key)
            raise SourceError(
                f"{self._name}:{row.line} names no order ({names}), so a payment would be lost: correct it"
            )
        return key


class Builder:
    """Makes one record from a group of rows.

    Args:
        name: of the file.
        header: names of the columns.
        mapping: a checked mapping with a rule for the entity.
        entity: what the rows become.
        payments: those of another file.
        own_names: the names that the file has for its columns, if they are not those of the mapping.

    """

    def __init__(
        self,
        name: str,
        header: list[str],
        mapping: Mapping,
        entity: Entity,
        payments: JoinedPayments | None = None,
        own_names: Sequence[str] = (),
    ) -> None:
        rule = mapping.rule_of(entity) or EntityRule()
        self.width: int = len(header)
        self._is_user = entity is Entity.USER
        self._name, self._header, self._rule, self._payments = name, numbered(own_names or header), rule, payments
        self._own_names = {ours: theirs for ours, theirs in zip(header, own_names) if ours != theirs}
        self._fields = fields = Fields(header, mapping, rule.first_row_only)
        self.cell: CellOf = fields.cell
        #: The columns of the entity's own fields.
        self.own_columns: list[str] = list(
            dict.fromkeys(column for each in rule.fields.values() for column in each.named())
        )
        self._own, self._lines = fields.prepared(rule.fields), fields.prepared(rule.lines)
        self._paid = [fields.prepared(each) for each in rule.payments]
        self._tests = RowTests(rule, fields.cell)
        known = places(header)
        self._blank = [known[column] for column in rule.first_row_only if column in known]
        self._tolerance = None if rule.tolerance is None else Decimal(str(rule.tolerance))
        #: Whether the rows of one line are a whole order, as those of a JSON document with lines.
        self._is_whole = mapping.json is not None and bool(lines_of(mapping.columns_of(entity)))
        self._sent = [field for field in self._own if field.name in SENT]
        #: Returns the values that identify a group.
        self.key: Callable[[Row], GroupKey] = OrderKeys(mapping, entity).reader(fields, rule.key)
        is_left_out = (lambda row: bool(self._tests.refused_row(row))) if self._tests.has_row_tests else None
        whose, orders = (entity, rule) if rule.made_from is None else (Entity.PURCHASE, mapping.purchase or rule)
        self.order_rows: OrderRows = OrderRows(header, orders, whose, fields.identity, self.key, is_left_out, own_names)
        self.order_rows.is_ordered = mapping.json is None or bool(orders.fill_down)

    def record(self, group: list[Row]) -> Record:
        """Build the record, or return one with the reasons why it cannot be built."""
        position = Position(self._name, group[0].line)
        rows, notices = group, list[Notice]()
        refusal = self._unreadable(group)
        if refusal is None and self._is_whole and group[0].line != group[-1].line:
            rows, notices, refusal = _first_document(group)
        if refusal is None and self._tests.has_row_tests:
            rows, dropped = self._tests.kept(rows)
            notices += dropped
        refusal = refusal or self._left_out(rows, group[0])
        if refusal is None:
            built = self._built(self._once(rows))
            if not isinstance(built, Rejected):
                notices += () if self._is_user else noticed(rows, built, self._tolerance)
                return Record(position, built, len(group), notices=tuple(notices))
            refusal = built
        return Record(position, self._shown(group), len(group), self._in_words_of_the_file(refusal))

    def sent_as(self, group: list[Row]) -> str | None:
        """Return the key by which the server will identify an order, or None if it has no number or is left out."""
        rows = self._tests.kept(group)[0] if self._tests.has_row_tests else group
        if self._left_out(rows, group[0]) is not None:
            return None
        found = self._fields.of(self._sent, self._once(rows), [])
        number = found.get("invoice_number")
        return None if number is None else purchase_key(str(number), str(found.get("branch_name") or ""))

    def shared_record(self, group: list[Row], rows: int, found: Rejected | Notice) -> Record:
        """Build the record of an order that is in several tables."""
        record = self.record(group)
        if isinstance(found, Notice):
            return msgspec.structs.replace(record, rows=rows, notices=(*record.notices, found))
        refusal = record.refusal or found
        return Record(record.position, self._shown(group), rows, refusal)

    def _in_words_of_the_file(self, refusal: Rejected) -> Rejected:
        """Name columns as the file does."""
        if not self._own_names:
            return refusal
        reasons = [Reason(self._own_names.get(each.path, each.path), each.message) for each in refusal.reasons]
        return Rejected(refusal.by, refusal.code, tuple(reasons))

    def _unreadable(self, group: list[Row]) -> Rejected | None:
        faults = tuple([Reason(f"line {row.line}", row.fault) for row in group if row.fault])
        return Rejected("client", "malformed", faults) if faults else None

    def _left_out(self, rows: list[Row], first: Row) -> Rejected | None:
        reasons = self._tests.refused(rows[0]) if rows else self._tests.refused_row(first)
        return Rejected("client", "left_out", tuple(reasons)) if reasons else None

    def _once(self, rows: list[Row]) -> list[Row]:
        """Empty the columns that count in the first row only."""
        kept = rows[:1]
        if not self._blank:
            return rows
        for row in rows[1:]:
            cells = [*row.cells]
            for place in self._blank:
                cells[place] = ""
            kept.append(row._replace(cells=cells))
        return kept

    def _built(self, group: list[Row]) -> dict[str, Any] | Rejected:
        reasons: list[Reason] = []
        fields = self._fields.of(self._own, group, reasons)
        if self._lines:
            fields["purchase_detail"] = [self._fields.of(self._lines, [row], reasons) for row in group]
        if payments := self._payments_of(group, reasons):
            fields["payment"] = payments
        if not reasons and self._rule.made_from is not None and not any(name in fields for name in IDENTIFIERS):
            return Rejected("client", "left_out", (Reason("", "the order does not name a customer"),))
        # one column may feed several fields: each bad cell is reported once
        return Rejected("client", "malformed", tuple(dict.fromkeys(reasons))) if reasons else fields

    def _payments_of(self, group: list[Row], reasons: list[Reason]) -> list[dict[str, Any]]:
        fields = self._fields
        payments = [fields.of(each, group, reasons) for each in self._paid if fields.is_given(each, group[0])]
        return payments + (self._payments.of(group[0].key, reasons) if self._payments else [])

    def _shown(self, group: list[Row]) -> dict[str, Any]:
        letter = {"rows": [self._as_is(row.cells) for row in group[:_SHOWN_ROWS]], "rows_in_all": len(group)}
        readable = [row for row in group[:_SHOWN_ROWS] if self._is_user and not is_misread(row.fault)]
        named = self._fields.identifiers(self._own, readable)
        key = "" if group[0].key[0].startswith("line ") else " ".join(shown(each) for each in group[0].key if each)
        return letter | ({"key": key} if key else {}) | ({"identifiers": named} if named else {})

    def _as_is(self, cells: Sequence[str]) -> dict[str, Any]:
        cells = [shown(cell) for cell in cells]
        found: dict[str, Any] = dict(zip(self._header, cells, strict=False))
        beyond = cells[self.width :]
        return {**found, "(beyond the header)": beyond} if beyond else found


def _first_document(group: list[Row]) -> tuple[list[Row], list[Notice], Rejected | None]:
    """Return the rows of the first of several documents with one key, which must all be equal."""
    documents: dict[int, list[Row]] = {}
    for row in group:
        documents.setdefault(row.line, []).append(row)
    (first, rows), *others = documents.items()
    for line, other in others:
        if [row.cells for row in other] != [row.cells for row in rows]:
            why = f"lines {first} and {line} have the same key and different contents"
            return rows, [], Rejected("client", "malformed", (Reason("", why),))
    return rows, [Notice("repeated_document", f"line {line} repeats line {first}") for line, _ in others], None
