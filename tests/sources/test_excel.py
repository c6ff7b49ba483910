"""Workbooks through a mapping."""

from __future__ import annotations

import sys
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest

from tests.support.mapped import load, outcome, records
from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources import open_source
from woowup_async.sources.excel import ExcelTable

TEXT = """
[csv]
timezone = "America/Argentina/Buenos_Aires"
decimal = "."
{0}
[purchase]
key = ["Nr"]
[purchase.fields]
invoice_number = {{ column = "Nr" }}
document = {{ column = "Doc", as = "id" }}
createtime = {{ column = "At", as = "datetime" }}
"metadata.day" = {{ column = "Day", as = "date" }}
"metadata.hour" = {{ column = "Hour" }}
"metadata.paid" = {{ column = "Paid", as = "bool" }}
"prices.total" = {{ column = "Total", as = "decimal" }}
"""
HEADER = ["Nr", "Doc", "At", "Day", "Hour", "Paid", "Total"]
ROW = [1001, 27345678.0, datetime.fromisoformat("2026-01-02T23:04:05"), date(2026, 1, 2), time(10, 30), True, 0.1 + 0.2]


def book(path: Path, *rows: list[Any], sheet: str = "Ventas") -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook["Sheet"])
    first = workbook.create_sheet(sheet)
    for row in rows:
        first.append(row)
    workbook.create_sheet("Otra").append(["x"])
    workbook.save(path)
    return path


async def read(path: Path, more: str = "") -> list[Any]:
    return [outcome(record) for record in await records(path, TEXT.format(more))]


async def test_cells_keep_their_types(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, ROW)
    assert await read(path) == [
        {"invoice_number": "1001", "document": "27345678", "createtime": "2026-01-03 02:04:05",
         "metadata": {"day": "2026-01-02", "hour": "10:30:00", "paid": True}, "prices": {"total": Decimal("0.3")}}
    ]  # fmt: skip


def test_a_number_has_the_digits_that_excel_shows(tmp_path: Path) -> None:
    table = ExcelTable(tmp_path / "v.xlsx", load(TEXT.format("")))
    assert [table._cell(value) for value in (0.1 + 0.2, 1e21, 2000016796107272.0, -0.5, 3)] == [
        "0.3", "1" + "0" * 21, "2000016796107272", "-0.5", "3",
    ]  # fmt: skip


def test_the_ends_of_lines_that_excel_writes_are_no_text(tmp_path: Path) -> None:
    table = ExcelTable(tmp_path / "v.xlsx", load(TEXT.format("")))
    assert [table._cell(text) for text in ("ana@b.co_x000D_", "Ana_x000D_\nPaz")] == ["ana@b.co", "Ana\nPaz"]


async def test_an_identifier_of_more_digits_than_excel_keeps_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, [1234567890123456789.0, *ROW[1:]])
    ((reason, *_),) = [outcome(record) for record in await records(path, TEXT.format(""))]
    assert "has lost its digits in a spreadsheet" in reason


async def test_a_preamble_blank_rows_and_errors_of_formulas(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", ["Ventas"], [], HEADER, [1], [], [2, "#REF!"], [*ROW, None], [*ROW, "more"])
    found = await records(path, TEXT.format("header_row = 3"))
    assert [(record.position.number, outcome(record)) for record in found if record.refusal] == [
        (6, ["line 6: cannot be read: a cell has the error #REF!"]),
        (7, ["line 8: has 8 columns, the header has 7"]),
    ]
    assert found[0].raw == {"invoice_number": "1"}


async def test_another_sheet_and_one_that_is_missing(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, ROW)
    with pytest.raises(SourceError, match=r"has no column 'Nr'"):
        await read(path, '[excel]\nsheet = "Otra"')
    with pytest.raises(SourceError, match=r"has no sheet 'Hoja 1', which excel\.sheet names; it has Ventas, Otra"):
        await read(path, '[excel]\nsheet = "Hoja 1"')


async def test_a_sheet_without_a_header(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", ROW)
    (found,) = await read(path, f"header = {HEADER}".replace("'", '"'))
    assert found["invoice_number"] == "1001"
    with pytest.raises(SourceError, match=r"row 9 is empty: set csv\.header_row"):
        await read(path, "header_row = 9")


async def test_a_sheet_that_is_cut_short(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, *([ROW] * 50))
    with ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    with ZipFile(path, "w") as cut:
        for name, content in parts.items():
            cut.writestr(name, content[:-200] if name == "xl/worksheets/sheet1.xml" else content)
    with pytest.raises(SourceError, match=r"v\.xlsx is damaged \(.*\); what was read of it is settled"):
        await read(path)


def test_a_file_that_is_not_a_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "v.xlsx"
    with pytest.raises(SourceError, match=r"cannot read .*v\.xlsx: No such file"):
        open_source(path, Entity.PURCHASE, load(TEXT.format("")))
    path.write_text("Nr,Doc")
    with pytest.raises(SourceError, match=r"is damaged or not an \.xlsx workbook"):
        open_source(path, Entity.PURCHASE, load(TEXT.format("")))
    with pytest.raises(SourceError, match="a workbook needs a mapping"):
        open_source(path, Entity.PURCHASE)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(SourceError, match=r"needs an extra: pip install 'woowup_async\[excel\]'"):
        open_source(path, Entity.PURCHASE, load(TEXT.format("")))


async def test_the_header_is_found_below_a_preamble(tmp_path: Path) -> None:
    found = 'header_with = ["nr"]'
    path = book(tmp_path / "v.xlsx", ["Ventas"], [], [None, "al 3/4"], HEADER, ROW)
    (record,) = await records(path, TEXT.format(found))
    assert (record.position.number, record.raw["invoice_number"]) == (5, "1001")
    with pytest.raises(SourceError, match="none of its first 50 rows has the column 'Sale'"):
        await read(path, 'header_with = ["Sale"]')


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        (date(2026, 1, 2), time(23, 4, 5)),
        (datetime.fromisoformat("2026-01-02"), "23:04:05"),
        ("2026-01-02", time(23, 4, 5)),
    ],
)
async def test_a_day_and_a_time_of_two_cells(tmp_path: Path, day: Any, hour: Any) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, [1, 2, "", day, hour, "", 1])
    text = TEXT.replace('{{ column = "At", as', '{{ template = "{{Day}} {{Hour}}", as')
    (found,) = [outcome(record) for record in await records(path, text.format("datetime = '%Y-%m-%d %H:%M:%S'"))]
    assert found["createtime"] == "2026-01-03 02:04:05"


async def test_a_typed_cell_has_no_value_if_its_text_is_in_null(tmp_path: Path) -> None:
    none = datetime.fromisoformat("1900-01-01")
    path = book(tmp_path / "v.xlsx", HEADER, [1, 2, none, none, "", "", 1])
    text = TEXT.replace('"Day", as', '"Day", null = ["1900-01-01T00:00:00"], as')
    (found,) = [outcome(record) for record in await records(path, text.format(""))]
    assert (found["createtime"][:10], "metadata" in found) == ("1900-01-01", False)
    (found,) = [outcome(record) for record in await records(path, TEXT.format("null = ['1900-01-01T00:00:00']"))]
    assert "createtime" not in found
    assert found["invoice_number"] == "1"


async def test_a_cell_with_an_error_refuses_its_whole_order(tmp_path: Path) -> None:
    path = book(tmp_path / "v.xlsx", HEADER, ROW, [1001, *ROW[1:4], "#N/A", *ROW[5:]], [1002, *ROW[1:]])
    refused, whole = await records(path, TEXT.format(""))
    assert (outcome(refused), refused.rows) == (["line 3: cannot be read: a cell has the error #N/A"], 2)
    assert whole.refusal is None
