"""Rows and groups that a mapping uses or leaves out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from woowup_async.sources.cells import typed
from woowup_async.sources.grouping import Row
from woowup_async.sources.mapping import EntityRule, LeaveOut, RowTest
from woowup_async.sources.row_tests import RowTests

COLUMNS = {"state": 0, "kind": 1, "sku": 2}


def checks(**rules: Any) -> RowTests:
    return RowTests(EntityRule(key=["sku"], **rules), lambda row, column: row.cells[COLUMNS[column]])


def rows(*cells: str) -> list[Row]:
    return [Row(number, text.split("|")) for number, text in enumerate(cells, 2)]


def test_a_group_is_tested_by_its_first_row() -> None:
    tests = checks(
        require=["sku"],
        where=[RowTest(column="state", one_of=["paid", ""])],
        leave_out=[LeaveOut(column="kind", matches="^x", reason="an x")],
    )
    first, second, third = rows("paid|y|1", "open|xy|", "|y|2")
    assert [str(reason) for reason in tests.refused(second)] == [
        "sku: is empty", "state: 'open' is not what the mapping takes (where)", "kind: an x",
    ]  # fmt: skip
    assert tests.refused(first) == tests.refused(third) == []
    assert not tests.has_row_tests


def test_single_rows_are_left_out_with_a_notice() -> None:
    tests = checks(leave_out=[LeaveOut(column="kind", one_of=["shipping"], reason="not a product", by="row")])
    kept, notices = tests.kept(rows("paid|item|1", "paid|shipping|2", "paid|item|3"))
    assert [row.line for row in kept] == [2, 4]
    assert [(notice.kind, notice.message) for notice in notices] == [
        ("left_out_row", "line 3 is left out: kind: not a product")
    ]
    assert tests.refused(rows("paid|shipping|1")[0]) == []


def test_repeated_rows_of_one_line_are_dropped_too() -> None:
    group = [Row(7, ["paid", "item", "1"]), Row(7, ["paid", "item", "1"]), Row(7, ["paid", "item", "2"])]
    assert [row.cells[2] for row in checks(drop_duplicates=True).kept(group)[0]] == ["1", "2"]


def test_repeated_rows_are_dropped_whole_or_by_columns() -> None:
    group = rows("paid|item|1", "paid|item|1", "open|item|1", "open|item|2")
    assert [row.line for row in checks(drop_duplicates=True).kept(group)[0]] == [2, 4, 5]
    kept, notices = checks(drop_duplicates=["kind", "sku"]).kept(group)
    assert [row.line for row in kept] == [2, 5]
    assert [notice.message for notice in notices] == [
        "line 3 repeats line 2 and is dropped", "line 4 repeats line 2 and is dropped",
    ]  # fmt: skip


def test_a_typed_time_is_tested_as_it_is_shown() -> None:
    tests = checks(
        where=[RowTest(column="state", matches="^2026")],
        leave_out=[LeaveOut(column="kind", one_of=["2026-01-05T00:00:00"], reason="a holiday")],
    )
    day, other = typed(datetime(2026, 1, 5)), typed(datetime(2025, 1, 5))  # noqa: DTZ001
    assert tests.refused(Row(2, [day, other, "1"])) == []
    assert [str(reason) for reason in tests.refused(Row(2, [other, day, "1"]))] == [
        "state: '2025-01-05T00:00:00' is not what the mapping takes (where)", "kind: a holiday",
    ]  # fmt: skip
