"""What a file is, by its first bytes, where its name says something else."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest
import zstandard

from woowup_async._flow import Entity
from woowup_async.errors import SourceError
from woowup_async.sources import JsonLines, Mapping, open_source
from woowup_async.sources._contents import is_utf8, is_wide, is_wrapped

TEXT = '[user]\nkey = ["id"]\n[user.fields]\nservice_uid = { column = "id" }\n'
RULES, JSON = Mapping.parse(TEXT, "m.toml"), Mapping.parse(f"[json]\n{TEXT}", "m.toml")
KINDS = [
    (gzip.compress(b"id\n1\n", mtime=0), r"is compressed: name it .*\.gz"),
    (bz2.compress(b"id\n1\n"), r"is compressed: name it .*\.bz2"),
    (zstandard.ZstdCompressor().compress(b"id\n1\n"), r"is compressed: name it .*\.zst"),
    (b"PK\x03\x04\x14\x00", r"is a ZIP archive: unpack it, or name it .*\.xlsx if it is a workbook"),
    (b"PAR1\x15\x04", r"is a Parquet file: name it .*\.parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", r"is an old workbook of Excel: save it as \.xlsx"),
    (b"%PDF-1.7\n", "is a PDF"),
    (b"SQLite format 3\x00", "is a database of SQLite"),
]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
@pytest.mark.parametrize(("data", "said"), KINDS, ids=[said[:12] for _, said in KINDS])
def test_a_file_of_another_kind_than_its_name_says(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    for mapping in [RULES] if name == "a.csv" else [None, JSON]:
        with pytest.raises(SourceError, match=said):
            list(open_source(path, Entity.USER, mapping).records())  # type: ignore[attr-defined]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("mapping", [None, JSON])
def test_json_in_utf_16_is_said_once(tmp_path: Path, encoding: str, mapping: Mapping | None) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"email": "ana@example.com"}\n{"email": "eva@example.com"}\n'.encode(encoding))
    with pytest.raises(SourceError, match=r"a\.jsonl is not UTF-8 \(UTF-16\?\): save it as UTF-8"):
        list(open_source(path, Entity.USER, mapping).records())  # type: ignore[attr-defined]


def test_a_column_may_have_the_name_of_a_kind(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"PAR1,id\n1,2\n")
    assert len(list(open_source(path, Entity.USER, RULES).records())) == 1  # type: ignore[attr-defined]


def test_a_nul_or_two_are_no_utf_16() -> None:
    assert not is_wide(b"id,name\n1,A\x00na\n")
    assert not is_wide(b"")


@pytest.mark.parametrize(
    "first",
    [b'{"customers":[{"email":"a@b.co"}]}', b'{"total": 2, "page": {"n": 1}, "orders": [ {"id":1} ]}', b'{"data": [',
     b'{"data":{"orders":[{"id":1}]}}', b'{"data": {"orders": [', b'{"orders": [{"id": 1},'],
)  # fmt: skip
def test_a_list_inside_a_document_is_no_record(tmp_path: Path, first: bytes) -> None:
    assert is_wrapped(first)
    path = tmp_path / "a.jsonl"
    path.write_bytes(first + b"\n")
    with pytest.raises(SourceError, match="is one JSON document, not JSON Lines"):
        open_source(path, Entity.USER)


@pytest.mark.parametrize("rest", [" " * 5_000, ""])
def test_only_the_only_line_is_a_document(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "a.jsonl"
    order = '{"orderId":"1","items":[{"id":"7"}]' + rest + "}\n"
    path.write_text(order, encoding="utf-8")
    with pytest.raises(SourceError, match="is one JSON document"):
        list(JsonLines(path).records())
    path.write_text(order * 3, encoding="utf-8")
    open_source(path, Entity.PURCHASE)
    assert [record.position.number for record in JsonLines(path).records()] == [1, 2, 3]


@pytest.mark.parametrize(
    "first",
    [b'{"email":"a@b.co"}', b'{"email":"a@b.co","tags":["a"]}', b'{"invoice_number":"1","x":[{"sku":"AA"}]}',
     b'{"unknown":[{"a":1}],"document":"7"}', b'{"orders":[]}', b'{"orders":["a"]}', b'{"email":"a@b.co', b"{", b"1",
     b'{"identity":{"email":"a@b.co"},"members":[{"uid":"1","relationship":"son"}]}',
     b'{"a":{"b":1}}', b'{"custom_attributes":{"a":[{"b":1}]}}', b'{"email":"a@b.co","x":[',
     b'{"entity":"user","reasons":[{"path":"x"}],"raw":{}}'],
)  # fmt: skip
def test_a_record_is_no_document(first: bytes) -> None:
    assert not is_wrapped(first)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "cp850"])
def test_utf_8_is_not_read_as_another_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    rules = Mapping.parse(f'[csv]\nencoding = "{encoding}"\n{TEXT}', "m.toml")
    path.write_bytes("id,name\n1,José\n".encode())
    with pytest.raises(SourceError, match=rf"a\.csv is UTF-8, not {encoding}: leave csv\.encoding out"):
        open_source(path, Entity.USER, rules)
    for others in ("id,name\n1,José\n", "id,name\n1,Jose\n"):
        path.write_bytes(others.encode(encoding))
        open_source(path, Entity.USER, rules)


@pytest.mark.parametrize("start", ["CAFÉ’S".encode("cp1252"), b"plain", "é".encode()[:1], "日本".encode()])
def test_few_bytes_do_not_prove_utf_8(start: bytes) -> None:
    assert not is_utf8(start, is_all=True)
