"""Files of text: what separates their columns, and where their header is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tests.support.mapped import load, outcome, records
from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources import open_source

TEXT = """
[csv]
{csv}
[user]
key = ["Id"]
[user.fields]
service_uid = {{ column = "Id", as = "id" }}
first_name = {{ column = "Name" }}
"""
ANA = {"service_uid": "1", "first_name": "Ana, M"}


async def read(tmp_path: Path, name: str, data: str, csv: str = "") -> list[object]:
    path = tmp_path / name
    packed = gzip.compress(data.encode()) if path.suffix == ".gz" else data.encode()
    path.write_bytes(packed)
    found = await records(path, TEXT.format(csv=csv), Entity.USER)
    return [(record.position.number, outcome(record)) for record in found]


@pytest.mark.parametrize(
    ("name", "data", "csv"),
    [
        ("u.csv", 'Id,Name\n1,"Ana, M"\n', ""),
        ("u.tsv", "Id\tName\n1\tAna, M\n", ""),
        ("u.txt", "Id\tName\r\n1\tAna, M\r\n", ""),
        ("u.TSV", "Id\tName\n1\tAna, M\n", ""),
        ("u.tsv.gz", "Id\tName\n1\tAna, M\n", ""),
        ("u.txt", "Id;Name\n1;Ana, M\n", 'delimiter = ";"'),
        ("u.tsv", "Id|Name\n1|Ana, M\n", 'delimiter = "|"'),
        ("u.csv", "Id;Name\n1;Ana, M\n", 'delimiter = [",", ";"]'),
        ("u.csv", 'Id,Name\n1,"Ana, M"\n', 'delimiter = [";", ","]'),
    ],
)
async def test_what_separates_columns_is_said_or_usual_for_the_kind(
    name: str, data: str, csv: str, tmp_path: Path
) -> None:
    assert await read(tmp_path, name, data, csv) == [(2, ANA)]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "\ufeffsep=;", "SEP=;", '\ufeff"sep=;"'])
@pytest.mark.parametrize("name", ["u.csv", "u.txt", "u.csv.gz"])
@pytest.mark.parametrize("csv", ["", 'delimiter = ","', "header_row = 2"])
async def test_a_line_sep_overrides_it_and_is_no_row(first: str, name: str, csv: str, tmp_path: Path) -> None:
    assert await read(tmp_path, name, f"{first}\r\nId;Name\r\n1;Ana, M\r\n", csv) == [(3, ANA)]


async def test_a_line_sep_names_a_tab_and_may_be_above_a_file_without_a_header(tmp_path: Path) -> None:
    assert await read(tmp_path, "u.csv", "sep=\t\nId\tName\n1\tAna, M\n") == [(3, ANA)]
    assert await read(tmp_path, "u.csv", "sep=;\n1;Ana, M\n", 'header = ["Id", "Name"]') == [(2, ANA)]


async def test_only_the_first_line_is_a_line_sep(tmp_path: Path) -> None:
    assert await read(tmp_path, "u.csv", "Id,Name\nsep=;,x\n") == [(2, {"service_uid": "sep=;", "first_name": "x"})]


async def test_the_header_is_found_below_a_preamble(tmp_path: Path) -> None:
    csv = 'header_with = ["ID", "Número"]\ndelimiter = ";"'
    rows = 'Id;Name\n1;"Ana, M"\n'
    for above in ("", "Ventas;;\n", 'Ventas;\n\n"Al 3/4";x\n'):
        assert await read(tmp_path, "u.csv", above + rows, csv) == [(above.count("\n") + 2, ANA)]
    with pytest.raises(SourceError, match=r"u\.csv: none of its first 50 lines has the column 'ID', 'Número', which"):
        await read(tmp_path, "u.csv", "\n" * 50 + rows, csv)


def test_the_place_of_the_header_is_said_once() -> None:
    with pytest.raises(SourceError, match="csv.header_with: use it without header_row, skip_rows and header"):
        load(TEXT.format(csv='header_with = ["Id"]\nskip_rows = 1'))


async def test_what_cannot_be_seen_is_not_part_of_a_name_or_an_id(tmp_path: Path) -> None:
    data = "\u200bId\u00a0,\u202aName\u202c\n\ufeff1\u200b,\u200e Ana\u200d\n\u200b,Eva\n"
    found = await read(tmp_path, "u.csv", data)
    assert found == [(2, {"service_uid": "1", "first_name": "Ana"}), (3, {"first_name": "Eva"})]


def test_a_folder_has_files_of_all_kinds(tmp_path: Path) -> None:
    for name in ("a.csv", "b.tsv", "c.txt"):
        (tmp_path / name).write_text("Id\tName\n" if name != "a.csv" else "Id,Name\n")
    chain = open_source(tmp_path, Entity.USER, load(TEXT.format(csv="")))
    assert len(chain.sources) == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
async def test_the_first_encoding_that_can_read_the_start(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "u.csv"
    text = TEXT.format(csv='encoding = ["utf-8-sig", "latin-1"]').replace('"Name"', '"Año"')
    path.write_bytes(("Id,Año\n" + "1,Peña\n" * 2_000).encode(encoding))
    (record, *_) = await records(path, text, Entity.USER)
    assert record.raw == {"service_uid": "1", "first_name": "Peña"}


def test_each_encoding_and_each_delimiter_must_be_possible() -> None:
    with pytest.raises(SourceError, match="csv.encoding: unknown encoding 'latim'"):
        load(TEXT.format(csv='encoding = ["utf-8", "latim"]'))
    with pytest.raises(SourceError, match="cannot separate columns"):
        load(TEXT.format(csv="delimiter = [',', '\"']"))


async def test_the_mark_at_the_end_of_a_file_of_dos_is_no_row(tmp_path: Path) -> None:
    assert await read(tmp_path, "a.csv", 'Id,Name\n1,"Ana, M"\n\x1a') == [(2, ANA)]
