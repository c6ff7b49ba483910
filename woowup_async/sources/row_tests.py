"""Which rows and groups a mapping takes: `where`, `leave_out` and `drop_duplicates`.

Room: sources. Pure. A row that is left out stays in the counts of its record, and a notice says where it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from woowup_async._flow import Notice
from woowup_async.errors import Reason
from woowup_async.sources.cells import shown
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import EntityRule, LeaveOut, RowTest

CellOf = Callable[[Row, str], str]


class RowTests:
    """Tests the rows of one table.

    Args:
        rule: the rule of the entity.
        cell: returns the text of a cell; "" if it has no value.

    """

    def __init__(self, rule: EntityRule, cell: CellOf) -> None:
        self._rule, self._cell = rule, cell
        tests = [(each, _matcher(each)) for each in (*rule.where, *rule.leave_out)]
        self._of_rows = [(each, fits) for each, fits in tests if each.by == "row"]
        self._of_groups = [(each, fits) for each, fits in tests if each.by == "group"]
        #: Whether single rows can be left out.
        self.has_row_tests: bool = bool(self._of_rows) or bool(rule.drop_duplicates)

    def refused(self, first: Row) -> list[Reason]:
        """Return why a group is left out, by its first row."""
        empty = [Reason(column, "is empty") for column in self._rule.require if not self._cell(first, column)]
        return empty + list(self._failed(self._of_groups, first))

    def refused_row(self, row: Row) -> list[Reason]:
        """Return why a single row is left out."""
        return list(self._failed(self._of_rows, row))

    def kept(self, group: list[Row]) -> tuple[list[Row], list[Notice]]:
        """Return the rows of a group that count, and a notice for each other row."""
        rows: list[Row] = []
        notices: list[Notice] = []
        seen: dict[tuple[str, ...], int] = {}
        for row in group:
            if reasons := self.refused_row(row):
                notices.append(Notice("left_out_row", f"line {row.line} is left out: {reasons[0]}"))
                continue
            if self._rule.drop_duplicates:
                content = self._content(row)
                if (line := seen.get(content)) is not None:
                    notices.append(Notice("dropped_row", f"line {row.line} repeats line {line} and is dropped"))
                    continue
                seen[content] = row.line
            rows.append(row)
        return rows, notices

    def _content(self, row: Row) -> tuple[str, ...]:
        columns = self._rule.drop_duplicates
        return tuple([self._cell(row, column) for column in columns] if isinstance(columns, list) else row.cells)

    def _failed(self, tests: Sequence[tuple[RowTest, Callable[[str], bool]]], row: Row) -> Iterator[Reason]:
        for test, fits in tests:
            text = shown(self._cell(row, test.column))
            if isinstance(test, LeaveOut):
                if fits(text):
                    yield Reason(test.column, test.reason)
            elif not fits(text):
                yield Reason(test.column, f"{text[:40]!r} is not what the mapping takes (where)")


def _matcher(test: RowTest) -> Callable[[str], bool]:
    if test.one_of is not None:
        texts = frozenset(test.one_of)
        return lambda text: text in texts
    pattern = re.compile(test.matches or "")
    return lambda text: pattern.search(text) is not None
