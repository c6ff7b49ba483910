"""The head of a file, and how the file is read."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from woowup_async.errors import SourceError
from woowup_async.sources.drafting.sampling import sample_of

_TABLE = "Pedido;Descripción;Total\n1;Año;10,50\n2;Niño;9,00\n"


def _written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "utf-16", "utf-16-le"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    found = sample_of(_written(tmp_path / "f.csv", _TABLE, encoding), 10)
    assert [column.name for column in found.columns] == ["Pedido", "Descripción", "Total"]
    assert found.columns[1].cells == ["Año", "Niño"]
    assert found.settings["csv.delimiter"][0] == ";"
    assert (found.rows, found.is_whole) == (2, True)


def test_a_preamble_columns_of_one_name_and_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"Informe;;\n\nPedido;Estado;Estado\n1;pagado;Lima\n2;pagado;Quito\n"))
    found = sample_of(path, 1)
    assert [column.name for column in found.columns] == ["Pedido", "Estado#1", "Estado#2"]
    assert found.settings["csv.header_row"][0] == 3
    assert (found.rows, found.is_whole) == (1, False)


def test_rows_with_a_delimiter_at_their_end(tmp_path: Path) -> None:
    found = sample_of(_written(tmp_path / "f.csv", "Pedido;Total\n1;10,50;\n2;9,00;\n"), 10)
    assert found.settings["csv.header"][0] == ["Pedido", "Total", "(empty 1)"]
    assert found.settings["csv.skip_rows"][0] == 1
    assert found.columns[1].cells == ["10,50", "9,00"]


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Portada"])
    sheet = book.create_sheet("Ventas")
    for row in (["Ventas de enero"], [], ["Pedido", "Fecha", "Total"], [1, date(2026, 1, 2), 10.5], [2, None, "9,00"]):
        sheet.append(row)
    book.save(tmp_path / "f.xlsx")
    found = sample_of(tmp_path / "f.xlsx", 10)
    assert (found.settings["excel.sheet"][0], found.settings["csv.header_row"][0]) == ("Ventas", 3)
    assert [column.cells for column in found.columns] == [
        ["1", "2"], ["\x012026-01-02T00:00:00", ""], ["10.5", "9,00"],
    ]  # fmt: skip


def test_json_lines_a_list_and_an_envelope(tmp_path: Path) -> None:
    orders = [{"id": n, "date": "2026-01-02", "email": "a@x.co", "items": [{"sku": "A-1", "qty": 1}]} for n in (1, 2)]
    orders[1]["note"] = "x"
    lines = _written(tmp_path / "f.jsonl", "".join(json.dumps(order) + "\n" for order in orders))
    whole = _written(tmp_path / "f.json", json.dumps(orders, indent=1))
    inside = _written(tmp_path / "g.json", json.dumps({"data": {"orders": orders}, "page": 1}))
    for path in (lines, whole, inside):
        found = sample_of(path, 10)
        assert [column.name for column in found.columns][:3] == ["id", "date", "email"]
        assert found.documents == (1, 2)
        assert found.sometimes == {"note"}
    assert found.settings == {"json.records": ("data.orders", "the list of records inside the document")}
    assert not sample_of(lines, 1).is_whole


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("f.csv", b"", "is empty"),
        ("f.csv", b" \n", "is empty"),
        ("f.csv", b"Pedido;Total\n", "has no rows below its header"),
        ("f.csv", b"Pedido;Total\n1\n", r"f.csv:2 has 1 columns"),
        ("f.csv", bytes(range(256)), "is not text"),
        ("f.csv", b"PK\x03\x04", "is a workbook or a ZIP archive"),
        ("f.csv", b"1;a@x.co;2026-01-02\n2;b@x.co;2026-01-02\n", "has no header"),
        ("f.json", b"", "is empty"),
        ("f.json", b"\x00\x01", "is not JSON"),
        ("f.json", b"[1, 2]", "f.json:1 is not a JSON object"),
        ("f.json", b"{}", "its JSON objects have no values"),
        ("f.xlsx", b"nothing", "is damaged or not an .xlsx workbook"),
        ("f.pdf", b"Pedido", "can be read by a mapping"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=said):
        sample_of(tmp_path / name, 10)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        sample_of(tmp_path / "none.csv", 10)
    with pytest.raises(SourceError, match="is a folder"):
        sample_of(tmp_path, 10)
    with pytest.raises(SourceError, match="standard input"):
        sample_of(Path("-"), 10)
    book = openpyxl.Workbook()
    book.save(tmp_path / "f.xlsx")
    with pytest.raises(SourceError, match="no sheet with a header and rows"):
        sample_of(tmp_path / "f.xlsx", 10)
