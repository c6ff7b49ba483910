"""Orders with rows in several tables, and orders that would be sent under one invoice number.

Room: sources. Overlapping exports have the same order twice, row for row: that is one purchase. Different rows with one
key are an order that was split, or two orders. The rows do not show which, so the whole order is refused. So are orders
whose keys differ and whose number and branch do not, since the server would keep only the last one. Memory: some 30 MB
at 10^7 orders; shared orders are in SQLite's private temporary file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from woowup_async._flow import Notice, digest_of
from woowup_async._journal.versions import Versions
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected
from woowup_async.sources.grouping import Row

if TYPE_CHECKING:
    from woowup_async.sources.table import TableFile

CellOf = Callable[[Row, str], str]


class Reader(Protocol):
    """Reads the rows of one table."""

    @property
    def cell(self) -> CellOf:
        """Returns a cell of a row."""
        ...

    def sent_as(self, group: list[Row]) -> str | None:
        """Return the key by which the server will identify an order, or None if it has no number or is left out."""
        ...


class _Seen(NamedTuple):
    """Where an order was seen first, how many rows it has in all, and where else it was seen."""

    file: int
    line: int
    rows: int
    other_file: int
    other_line: int
    is_equal: int


_TABLE = """
CREATE TABLE orders (
    key TEXT PRIMARY KEY, file INTEGER, line INTEGER, digest BLOB, rows INTEGER,
    other_file INTEGER, other_line INTEGER, is_equal INTEGER
) WITHOUT ROWID
"""
_SEE = """
INSERT INTO orders VALUES (?, ?, ?, ?, ?, NULL, NULL, 1) ON CONFLICT (key) DO UPDATE SET
    rows = rows + excluded.rows, is_equal = is_equal AND digest = excluded.digest,
    other_file = CASE WHEN other_file IS NULL OR is_equal AND digest <> excluded.digest THEN excluded.file
        ELSE other_file END,
    other_line = CASE WHEN other_line IS NULL OR is_equal AND digest <> excluded.digest THEN excluded.line
        ELSE other_line END
"""


class SharedOrders:
    """Knows which orders are in several tables or share a number. The first call of `find` reads them.

    Args:
        tables: the tables of purchases.

    """

    def __init__(self, tables: Sequence[TableFile]) -> None:
        self._tables = tables
        first = tables[0].keys
        #: Whether orders with different keys may have one number.
        self._are_numbers_doubtful = any(not (t.keys.is_exact and t.keys.made_by == first.made_by) for t in tables)
        self._shared: Versions | None = None
        self._database: sqlite3.Connection | None = None
        self._continued: dict[str, str] = {}  # the last order of a table → the place where it seems to continue

    def find(self, table: TableFile, group: list[Row], reader: Reader) -> tuple[int, Rejected | Notice] | None:
        """Return what is known of an order beside its own rows. The first call blocks.

        Returns:
            None if there is nothing. Otherwise the number of rows that count for it (0: another table sends it), and
            its refusal or its notice.

        """
        if self._shared is None:
            self._shared = self._found()
        name = _name(group)
        refused = self._cut(name, table, group)
        if self._database is None:
            return (len(group), refused) if refused is not None else None
        of_key, of_number = self._seen(name), self._seen(self._number(group, reader))
        if of_number is not None and of_number.is_equal:
            of_key, of_number = of_key or of_number, None
        if of_number is not None and (of_key is None or of_key.is_equal):
            here, there = self._places(of_number)
            refused = refused or _refused(
                f"the orders of {here} and {there} have one invoice number and branch, and different keys in the "
                "mapping: add to the number or the branch what tells them apart, or leave it out of the key"
            )
        if of_key is None:
            return (len(group), refused) if refused is not None else None
        here, there = self._places(of_key)
        found: Rejected | Notice = Notice("merged_files", f"the same rows are in {here} and in {there}")
        if not of_key.is_equal:
            found = _refused(f"the order is in {here} and in {there}, with different rows: put it into one file")
        return (of_key.rows if self._tables[of_key.file] is table else 0), refused or found

    def close(self) -> None:
        """Delete the temporary data."""
        if self._shared is not None:
            self._shared.close()
        if self._database is not None:
            self._database.close()

    def _cut(self, name: str, table: TableFile, group: list[Row]) -> Rejected | None:
        place = self._continued.get(name)
        if place is None:
            return None
        here = f"{table.path.name}:{group[0].line}"
        return _refused(
            f"the order of {here} seems to continue at {place}, in a row without a number: put it into one file"
        )

    def _number(self, group: list[Row], reader: Reader) -> str | None:
        """Return the name of an order by what is sent, if its key does not say that."""
        sent = reader.sent_as(group) if self._are_numbers_doubtful else None
        return None if sent is None else f"={sent}"

    def _seen(self, name: str | None) -> _Seen | None:
        if name is None or self._database is None or self._shared is None or self._shared.get(name) is None:
            return None
        query = "SELECT file, line, rows, other_file, other_line, is_equal FROM orders WHERE key = ?"
        found = self._database.execute(query, (name,)).fetchone()
        return None if found is None or found[3] is None else _Seen(*found)

    def _places(self, seen: _Seen) -> tuple[str, str]:
        return self._place(seen.file, seen.line), self._place(seen.other_file, seen.other_line)

    def _place(self, file: int, line: int) -> str:
        return f"{self._tables[file].path.name}:{line}"

    def _found(self) -> Versions:
        seen, shared = Versions(), Versions()
        for number, group, reader in self._groups():
            mark, name = number.to_bytes(4, "big"), _name(group)
            if len(self._tables) > 1:
                if seen.get(name) not in (None, mark):
                    shared.put(name, b"1")
                seen.put(name, mark)
            if (sent := self._number(group, reader)) is not None:
                if seen.get(sent) is not None:  # two orders of one table may have it, too
                    shared.put(sent, b"1")
                seen.put(sent, mark)
        seen.close()
        last = ""
        for number, table in enumerate(self._tables):
            if table.edges and table.edges.loose and last:
                self._continued.setdefault(last, self._place(number, table.edges.loose))
            if table.edges and table.edges.last:  # a file without an order does not end the one before
                last = json.dumps(table.edges.last)
        if not shared.is_empty:
            self._compare(shared)
        return shared

    def _compare(self, shared: Versions) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")
        for number, group, reader in self._groups():
            for name in (_name(group), self._number(group, reader)):
                if name is not None and shared.get(name) is not None:
                    content = digest_of(_content(group, self._tables[number].columns, reader.cell))
                    self._database.execute(_SEE, (name, number, group[0].line, content, len(group)))
        self._database.execute("COMMIT")

    def _groups(self) -> Iterator[tuple[int, list[Row], Reader]]:
        for number, table in enumerate(self._tables):
            for group, reader in table.groups():
                if group[0].key != (f"line {group[0].line}",):  # a row that cannot be assigned belongs to no order
                    yield number, group, reader


def _refused(why: str) -> Rejected:
    return Rejected("client", "malformed", (Reason("", why),))


def _name(group: list[Row]) -> str:
    return json.dumps(group[0].key)


def _content(group: list[Row], columns: Sequence[str], cell: CellOf) -> bytes:
    rows = [[row.fault, *(cell(row, column) for column in columns)] for row in group]
    return json.dumps(rows).encode()
