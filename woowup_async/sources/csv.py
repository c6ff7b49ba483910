"""CSV files: rows of one key become one user or one purchase, by a mapping.

Room: sources. Built by users and by the command line. Rows are never skipped: a group that the mapping leaves out, and
one that cannot be read, is a record with its refusal.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
from collections.abc import AsyncGenerator, Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from woowup_async._flow import Entity, Position, Record
from woowup_async.errors import Reason, SourceError
from woowup_async.outcomes import Rejected
from woowup_async.sources._blocks import off_loop
from woowup_async.sources._files import STDIN, opened
from woowup_async.sources.grouping import Key, Row, adjacent, is_adjacent, regrouped
from woowup_async.sources.mapping import EntityRule, FieldRule, Mapping, nested

#: Rows of a refused group that its dead letter shows (guessed).
_SHOWN_ROWS = 100
#: Longest cell, in characters (guessed: no purchase may be longer).
_MAX_CELL = 262_144
#: Characters of a line that cannot be read which its dead letter shows (guessed).
_HEAD = 1_000


if TYPE_CHECKING:
    from _csv import Reader as _Reader

#: By decimal mark. With a comma, points may group thousands, in threes: 1.50 is then no number, rather than 150.
_NUMBERS = {
    ".": re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d*)?", re.ASCII),
}


class CsvFile:
    """One entity of a CSV file.

    Purchases are grouped by key wherever their rows stand; users by neighbouring rows, since identical users of a run
    are merged anyway.
    """

    def __init__(self, path: str | os.PathLike[str], mapping: Mapping, entity: Entity) -> None:
        """Bind a file to its mapping.

        Raises:
            SourceError: the mapping has no table for this entity.

        """
        rule = mapping.purchase if entity is Entity.PURCHASE else mapping.user
        if rule is None:
            raise SourceError(f"the mapping has no table [{entity.value}], so {path} cannot feed {entity.value}s")
        if Path(path) == STDIN:
            raise SourceError("a CSV cannot come from standard input: its rows are read twice; give a file")
        self.path, self._mapping, self._entity, self._rule = Path(path), mapping, entity, rule

    def check(self) -> None:
        """Raise `SourceError` where the file cannot be read or a column is missing, before anything is sent."""
        with self._open() as file:
            self._header(self._reader(file))

    def __aiter__(self) -> AsyncGenerator[Record, None]:
        return off_loop(self._records())

    def _records(self) -> Generator[Record, None, None]:
        with self._open() as file:
            header = self._header(self._reader(file))
        builder = _Builder(self.path.name, header, self._mapping, self._rule)
        for group in self._groups(builder):
            yield builder.record(group)

    def _groups(self, builder: _Builder) -> Iterator[list[Row]]:
        if self._entity is Entity.PURCHASE and not is_adjacent(self._rows(builder.width), builder.key):
            return regrouped(self._rows(builder.width), builder.key)
        return adjacent(self._rows(builder.width), builder.key)

    def _rows(self, width: int) -> Generator[Row, None, None]:
        with self._open() as file:
            lines = _Lines(file)
            reader = self._reader(lines)
            next(reader, None)
            while True:
                line = reader.line_num + 1
                lines.taken.clear()
                try:
                    cells = next(reader)
                except StopIteration:
                    return
                except csv.Error as error:
                    yield from self._unreadable(line, lines.taken, error)
                    continue
                if cells:
                    fault = "" if len(cells) == width else f"has {len(cells)} columns, the header has {width}"
                    yield Row(line, cells, fault)

    def _unreadable(self, line: int, taken: list[str], error: csv.Error) -> Iterator[Row]:
        """Make every line that the reader took a row of its own, so that a stray quote swallows none.

        Each is read alone and leniently, only to tell which group it seems to belong to: that group is refused whole.
        """
        for number, text in enumerate(taken, line):
            if not text.strip():
                continue
            start = f" (the trouble starts in line {line})" if number > line else ""
            cells = next(csv.reader([text[: min(_HEAD, _MAX_CELL)]], delimiter=self._mapping.csv.delimiter))
            yield Row(number, cells, f"cannot be read: {error}{start}")

    def _reader(self, lines: Iterable[str]) -> _Reader:
        # strict: otherwise a quote that is never closed takes the rows after it into its cell, and nobody hears of it
        return csv.reader(lines, delimiter=self._mapping.csv.delimiter, strict=True)

    def _header(self, reader: Iterator[list[str]]) -> list[str]:
        try:
            header = [name.strip() for name in next(reader)]
        except StopIteration:
            raise SourceError(f"{self.path} is empty: it needs a header row") from None
        except csv.Error as error:
            raise SourceError(f"{self.path}: the header cannot be read: {error}") from error
        for column in self._rule.columns():
            if header.count(column) > 1:
                raise SourceError(f"{self.path} has the column {column!r} twice: which one is meant?")
            if column not in header:
                close = difflib.get_close_matches(column, header, n=1)
                hint = f"; was {close[0]!r} meant?" if close else f"; {self._described(header)}"
                raise SourceError(f"{self.path} has no column {column!r}, which the mapping names{hint}")
        return header

    def _described(self, header: list[str]) -> str:
        if set(header) & set(self._rule.columns()):
            return f"it has {', '.join(header)}"
        # perhaps there is no header, and this is somebody's data: never show it
        return f"none of the {len(header)} cells of its first row is a column of the mapping"

    @contextmanager
    def _open(self) -> Generator[TextIO, None, None]:
        csv.field_size_limit(max(_MAX_CELL, csv.field_size_limit()))  # it is the process's: never lower it
        encoding = self._mapping.csv.encoding
        try:
            # what is not in this encoding becomes half a surrogate pair, and the record that holds it is refused
            with opened(self.path) as file, io.TextIOWrapper(file, encoding, "surrogateescape", newline="") as text:
                yield text
        except UnicodeError as error:  # UTF-16 and its like cannot escape every byte
            raise SourceError(f"cannot read {self.path} as {encoding}: {error}") from error


class _Lines:
    """The lines of a file, and those taken since `taken` was last cleared."""

    def __init__(self, file: Iterable[str]) -> None:
        self.taken: list[str] = []
        self._file = iter(file)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.taken.append(line)
        return line


class _Builder:
    """Makes a record of a group of rows."""

    def __init__(self, name: str, header: list[str], mapping: Mapping, rule: EntityRule) -> None:
        self.width = len(header)
        self._name, self._header, self._rule = name, header, rule
        self._index = {column: number for number, column in enumerate(header)}
        self._key = [self._index[column] for column in rule.key]
        self._leave_out = [(each, re.compile(each.matches)) for each in rule.leave_out]
        self._format, self._lookups = mapping.csv, mapping.lookups
        self._zone = ZoneInfo(mapping.csv.timezone)

    def key(self, row: Row) -> Key:
        """The values that tell groups apart; a row too short to have them stands alone."""
        if len(row.cells) <= max(self._key):
            return (f"line {row.line}",)
        return tuple(row.cells[index].strip() for index in self._key)

    def record(self, group: list[Row]) -> Record:
        """Build the record, or say why there is none."""
        position = Position(self._name, group[0].line)
        refusal = self._unreadable(group) or self._left_out(group[0])
        if refusal is None:
            built = self._built(group)
            if not isinstance(built, Rejected):
                return Record(position, built, len(group))
            refusal = built
        return Record(position, self._shown(group), len(group), refusal)

    def _unreadable(self, group: list[Row]) -> Rejected | None:
        faults = tuple(Reason(f"line {row.line}", row.fault) for row in group if row.fault)
        return Rejected("client", "malformed", faults) if faults else None

    def _left_out(self, first: Row) -> Rejected | None:
        reasons = [Reason(column, "is empty") for column in self._rule.require if not self._cell(first, column)]
        reasons += [
            Reason(rule.column, rule.reason)
            for rule, pattern in self._leave_out
            if pattern.search(self._cell(first, rule.column))
        ]
        return Rejected("client", "left_out", tuple(reasons)) if reasons else None

    def _built(self, group: list[Row]) -> dict[str, Any] | Rejected:
        reasons: list[Reason] = []
        fields = self._fields(self._rule.fields, group, reasons)
        if self._rule.lines:
            fields["purchase_detail"] = [self._fields(self._rule.lines, [row], reasons) for row in group]
        # one column may feed several fields: each bad cell is told once
        return Rejected("client", "malformed", tuple(dict.fromkeys(reasons))) if reasons else fields

    def _fields(self, rules: dict[str, FieldRule], rows: list[Row], reasons: list[Reason]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, rule in rules.items():
            value = self._value(rule, rows, reasons)
            if value is not None:
                nested(fields, name, value)
        return fields

    def _value(self, rule: FieldRule, rows: list[Row], reasons: list[Reason]) -> Any:
        if rule.constant is not None:
            return rule.constant
        if rule.sum is not None:
            return sum((self._product(rule.sum, row, reasons) for row in rows), Decimal(0))
        column = rule.column or ""
        value = self._converted(column, rule.conversion, rows[0], reasons)
        if rule.lookup is None or value is None:
            return value
        table = self._lookups[rule.lookup]
        return table.get(str(value), table.get("*", value)) or None

    def _product(self, columns: list[str], row: Row, reasons: list[Reason]) -> Decimal:
        factors = [self._converted(column, "decimal", row, reasons) for column in columns]
        if empty := [column for column in columns if not self._cell(row, column)]:
            reasons.append(Reason(empty[0], f"line {row.line}: is empty, and a sum needs it"))
        return prod((factor for factor in factors if factor is not None), start=Decimal(1))

    def _converted(self, column: str, conversion: str, row: Row, reasons: list[Reason]) -> Any:
        text = self._cell(row, column)
        if not text:
            return None
        try:
            return self._convert(text, conversion)
        except (ValueError, OverflowError):
            reasons.append(Reason(column, f"line {row.line}: expected {conversion}, got {text[:40]!r}"))
            return None

    def _convert(self, text: str, conversion: str) -> Any:
        match conversion:
            case "id":
                return text[:-2] if re.fullmatch(r"(0|[1-9][0-9]*)\.0", text) else text
            case "int":
                number = self._decimal(text)
                return int(number) if number == number.to_integral_value() else _refuse()
            case "decimal":
                return self._decimal(text)
            case "datetime":
                moment = datetime.strptime(text, self._format.datetime)  # noqa: DTZ007 - its zone follows
                local = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
                return local.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return text

    def _decimal(self, text: str) -> Decimal:
        if not _NUMBERS[self._format.decimal].fullmatch(text):
            _refuse()
        return Decimal(text.replace(".", "").replace(",", ".") if self._format.decimal == "," else text)

    def _cell(self, row: Row, column: str) -> str:
        return row.cells[self._index[column]].strip()

    def _shown(self, group: list[Row]) -> dict[str, Any]:
        return {"rows": [self._as_is(row.cells) for row in group[:_SHOWN_ROWS]], "rows_in_all": len(group)}

    def _as_is(self, cells: list[str]) -> dict[str, Any]:
        shown: dict[str, Any] = dict(zip(self._header, cells, strict=False))
        beyond = cells[self.width :]
        return {**shown, "(beyond the header)": beyond} if beyond else shown


def _refuse() -> Any:
    raise ValueError
