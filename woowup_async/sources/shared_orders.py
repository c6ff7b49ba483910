"""Orders with rows in several tables.

Room: sources. Overlapping exports have the same order twice, row for row: that is one purchase. Different rows with one
key are an order that was split, or two orders. The rows do not show which, so the whole order is refused. Memory: some
30 MB at 10^7 orders; shared orders are in SQLite's private temporary file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from woowup_async._flow import Notice, digest_of
from woowup_async._journal.versions import Versions
from woowup_async.errors import Reason
from woowup_async.outcomes import Rejected
from woowup_async.sources.grouping import Row

if TYPE_CHECKING:
    from woowup_async.sources.table import TableFile

CellOf = Callable[[Row, str], str]
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
    """Knows which keys are in several tables. The first call of `find` reads them.

    Args:
        tables: the tables of purchases.

    """

    def __init__(self, tables: Sequence[TableFile]) -> None:
        self._tables = tables
        self._shared: Versions | None = None
        self._database: sqlite3.Connection | None = None
        self._continued: dict[str, str] = {}  # the last order of a table → the place where it seems to continue

    def find(self, table: TableFile, group: list[Row]) -> tuple[int, Rejected | Notice] | None:
        """Return what other tables have of an order. The first call blocks.

        Returns:
            None if the order is only in this table. Otherwise the number of rows that count for it (0: another table
            sends it), and its refusal or its notice.

        """
        if self._shared is None:
            self._shared = self._found()
        name = _name(group)
        refused = self._cut(name, table, group)
        if self._database is None or self._shared.get(name) is None:
            return (len(group), refused) if refused is not None else None
        query = "SELECT file, line, rows, other_file, other_line, is_equal FROM orders WHERE key = ?"
        file, line, rows, other_file, other_line, is_equal = self._database.execute(query, (name,)).fetchone()
        here, there = self._place(file, line), self._place(other_file, other_line)
        found: Rejected | Notice = Notice("merged_files", f"the same rows are in {here} and in {there}")
        if not is_equal:
            found = _refused(f"the order is in {here} and in {there}, with different rows: put it into one file")
        return (rows if self._tables[file] is table else 0), refused or found

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

    def _place(self, file: int, line: int) -> str:
        return f"{self._tables[file].path.name}:{line}"

    def _found(self) -> Versions:
        seen, shared = Versions(), Versions()
        for number, _, name, _ in self._groups():
            mark = number.to_bytes(4, "big")
            if seen.get(name) not in (None, mark):
                shared.put(name, b"1")
            seen.put(name, mark)
        seen.close()
        for number, (before, after) in enumerate(pairwise(self._tables), 1):
            if before.edges and before.edges.last and after.edges and after.edges.loose:
                self._continued[json.dumps(before.edges.last)] = self._place(number, after.edges.loose)
        if shared:
            self._compare(shared)
        return shared

    def _compare(self, shared: Versions) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(_TABLE)
        self._database.execute("BEGIN")
        for number, group, name, cell in self._groups():
            if shared.get(name) is not None:
                content = digest_of(_content(group, self._tables[number].columns, cell))
                self._database.execute(_SEE, (name, number, group[0].line, content, len(group)))
        self._database.execute("COMMIT")

    def _groups(self) -> Iterator[tuple[int, list[Row], str, CellOf]]:
        for number, table in enumerate(self._tables):
            for group, cell in table.groups():
                if group[0].key != (f"line {group[0].line}",):  # a row that cannot be assigned belongs to no order
                    yield number, group, _name(group), cell


def _refused(why: str) -> Rejected:
    return Rejected("client", "malformed", (Reason("", why),))


def _name(group: list[Row]) -> str:
    return json.dumps(group[0].key)


def _content(group: list[Row], columns: Sequence[str], cell: CellOf) -> bytes:
    rows = [[row.fault, *(cell(row, column) for column in columns)] for row in group]
    return json.dumps(rows).encode()
